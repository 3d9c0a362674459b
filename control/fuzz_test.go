package control

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzProtocol sends anything to any command: it is carried out at most once and
// answered with JSON, and what could not be read is not carried out.
func FuzzProtocol(f *testing.F) {
	for path, body := range map[string]string{
		"/site/add":    `{"name":"blog","url":"https://blog.example"}`,
		"/site/set":    `{"name":"blog","change":{"url":""}}`,
		"/site/rotate": `{"name":"blog","kind":"key","at_once":true}`,
		"/site/remove": `{"name":"blog","purge":true}`,
		"/queue/retry": `{"site":"blog","comment":"c-1"}`,
		"/import":      `{"site":"blog","entries":[{"labelled":{"comment":{"content":"x"},"label":"ham"}}]}`,
		"/erase":       `[{"site_id":1,"comment_id":"c-1"}]`,
		"/backup":      `{"path":"/b","replace":true}`,
		"/nothing":     `{}`,
	} {
		f.Add(http.MethodPost, path, []byte(body))
		f.Add(http.MethodGet, path, []byte(body))
		f.Add(http.MethodPost, path, []byte(body[:len(body)-1]))
		f.Add(http.MethodPost, path, []byte(`{"name":1}`))
	}
	f.Fuzz(func(t *testing.T, method, path string, body []byte) {
		r, err := http.NewRequest(method, "http://winnow"+path, bytes.NewReader(body))
		if err != nil || method == http.MethodConnect || !strings.HasPrefix(r.URL.Path, "/") {
			return
		}
		admin := new(record)
		w := httptest.NewRecorder()
		handler(admin).ServeHTTP(w, r)
		if len(admin.calls) > 1 || (w.Code == http.StatusOK) != (len(admin.calls) == 1) {
			t.Fatalf("%s %s %s: answered %d, calls %v", method, path, body, w.Code, admin.calls)
		}
		if (w.Code == http.StatusOK || w.Code == http.StatusUnprocessableEntity) && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s %s %s: answered %s", method, path, body, w.Body)
		}
	})
}
