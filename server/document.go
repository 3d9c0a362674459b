package server

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
)

// Document answers with the description of the HTTP interface, a JSON document that
// anybody may read, from a browser at another site, too. Clients and caches may keep it,
// and learn by its ETag (RFC 9110, section 8.8.3) whether it changed.
func Document(body []byte) http.Handler {
	sum := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return reading(documentPattern, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("ETag", tag)
		h.Set("Cache-Control", "public, no-cache") // kept, but asked about: it changes with winnow
		h.Set("Access-Control-Allow-Origin", "*")
		if holds(r.Header.Values("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // the client has gone: nobody is left to tell
	})
}

// holds tells whether a list of entity tags has one, by weak comparison; "*" has all.
func holds(lists []string, tag string) bool {
	for _, list := range lists {
		for entry := range strings.SplitSeq(list, ",") {
			entry = strings.TrimPrefix(strings.Trim(entry, " \t"), "W/")
			if entry == tag || entry == "*" {
				return true
			}
		}
	}
	return false
}
