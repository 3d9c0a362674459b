package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/winnowd/winnow/models"
)

//go:embed assets
var assetFiles embed.FS

// assets are the files that pages load. Each has the hash of its content in its name, so
// that browsers may keep it for ever.
type assets struct {
	urls   map[string]string // by file name
	byName map[string]asset  // by name in the URL
}

type asset struct {
	media string
	body  []byte
}

func readAssets() (*assets, error) {
	a := &assets{urls: map[string]string{}, byName: map[string]asset{}}
	entries, err := assetFiles.ReadDir("assets")
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	for _, e := range entries {
		body, err := assetFiles.ReadFile(path.Join("assets", e.Name()))
		if err != nil {
			return nil, fmt.Errorf("assets: %w", err)
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(e.Name())
		name := strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:6]) + ext
		a.urls[e.Name()] = "/assets/" + name
		a.byName[name] = asset{mime.TypeByExtension(ext), body}
	}
	return a, nil
}

// url is where a file is served. The error names one that is not there.
func (a *assets) url(name string) (string, error) {
	u, ok := a.urls[name]
	if !ok {
		return "", fmt.Errorf("asset %q: there is none", name)
	}
	return u, nil
}

// asset serves a file.
func (h *Handler) asset(w http.ResponseWriter, r *request) error {
	a, ok := h.assets.byName[r.name]
	if !ok {
		return models.ErrNotFound
	}
	header := w.Header()
	header.Set("Content-Type", a.media)
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // the client has gone: nobody is left to tell
	}
	return nil
}
