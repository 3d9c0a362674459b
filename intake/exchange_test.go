package intake_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/winnowd/winnow/intake"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/openapi/openapitest"
)

// FuzzExchange asks for anything in any way: every answer must be as the description of
// the interface says, and an error must leave nothing behind.
func FuzzExchange(f *testing.F) {
	for _, seed := range [][4]string{
		{"POST", "/v1/comments", "wait=0", `{"id":"a","content":"x","author":{"name":"Ann"},"meta":{"a":[1]}}`},
		{"POST", "/v1/comments", "", `{"id":1.5,"author":[]}`},
		{"POST", "/v1/comments/batch", "", "{}\n{\n\n{\"id\":\"b\"}"},
		{"GET", "/v1/comments/a", "", ""}, {"DELETE", "/v1/comments/a?erase=true", "", ""}, {"DELETE", "/v1/comments/a?erase=maybe", "", ""},
		{"POST", "/v1/comments/a/label", "", `{"label":"spam"}`}, {"POST", "/v1/comments/a/label", "", `{"label":null}`},
		{"GET", "/v1/decisions?limit=5&after=now", "", ""}, {"GET", "/v1/decisions?after=3.1", "", ""}, {"HEAD", "/v1/decisions", "", ""},
		{"PUT", "/v1/comments/batch", "", ""}, {"GET", "/v1/comments/%2E%2E", "", ""}, {"OPTIONS", "/v1", "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], []byte(seed[3]), true)
	}
	d, err := openapitest.Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target, prefer string, body []byte, authorized bool) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Host != "" || u.Scheme != "" || u.Query().Has("wait") || !validMethod(method) || prefer != "" && prefer != "wait=0" {
			return
		}
		m := newMemory()
		m.atOnce = true
		m.accepted, m.polled = make(chan *models.Revision, 2000), make(chan struct{}, 10)
		h, err := intake.New(options(m))
		if err != nil {
			t.Fatal(err)
		}
		r := &http.Request{Method: method, URL: u, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)),
			ContentLength: int64(len(body))}
		media := "application/json"
		if u.EscapedPath() == "/v1/comments/batch" {
			media = "application/x-ndjson"
		}
		r.Header.Set("Content-Type", media)
		if authorized {
			r.Header.Set("Authorization", "Bearer "+key)
		}
		if prefer != "" {
			r.Header.Set("Prefer", prefer)
		}
		w := httptest.NewRecorder()
		begun := time.Now()
		h.ServeHTTP(w, r)
		if took := time.Since(begun); took > 20*time.Second {
			t.Fatalf("took %s", took)
		}
		res := w.Result()
		if err := d.Check(r, body, res, w.Body.Bytes()); err != nil {
			t.Fatal(err)
		}
		if stored := m.Position().Seq > 0; res.StatusCode >= 300 && stored || !authorized && stored {
			t.Fatalf("answered %d and left something behind", res.StatusCode)
		}
	})
}

// validMethod tells whether net/http lets a method through to a handler.
func validMethod(method string) bool {
	_, err := http.NewRequest(method, "/", nil)
	return err == nil && method != "" && method != http.MethodConnect
}
