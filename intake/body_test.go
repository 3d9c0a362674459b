package intake

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/winnowd/winnow/problem"
)

// Room for a long body comes with the body, not with its announcement.
func TestABodyTakesRoomAsItComes(t *testing.T) {
	const announced = 8 << 20
	for name, c := range map[string]struct {
		sent  int
		whole bool
	}{
		"nothing came": {0, false},
		"a part came":  {1 << 20, false},
		"all came":     {announced, true},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", io.NopCloser(strings.NewReader(strings.Repeat("x", c.sent))))
		r.ContentLength = announced
		var body bytes.Buffer
		p := readBody(httptest.NewRecorder(), r, &body, announced)
		if c.whole != (p == nil) || p != nil && p.Kind != problem.Unreadable {
			t.Errorf("%s: %+v", name, p)
		}
		if body.Len() != c.sent || body.Cap() > max(4*c.sent, 2*roomAhead) {
			t.Errorf("%s: %d bytes in room for %d", name, body.Len(), body.Cap())
		}
	}
}

// postBatch posts a batch and gives the answer.
func postBatch(t *testing.T, h http.Handler, length int, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/comments/batch", io.NopCloser(body))
	r.ContentLength = int64(length)
	r.Header.Set("Content-Type", "application/x-ndjson")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestBodiesOfUnknownSendersAreBoundedTogether(t *testing.T) {
	h := benchHandler(t, nothing{})
	h.unproven.most = 1 << 20
	const length = 700 << 10
	body := strings.Repeat(" ", length)
	slow, writer := io.Pipe()
	first := make(chan int, 1)
	go func() { first <- postBatch(t, h, length, slow, "Winnow-Site", "blog").Code }()
	for _, part := range []string{body[:length-2], " "} { // with the second one the first is read
		if _, err := io.WriteString(writer, part); err != nil {
			t.Fatal(err)
		}
	}
	w := postBatch(t, h, length, strings.NewReader(body), "Winnow-Site", "blog")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("a second one: %d, %v", w.Code, w.Header())
	}
	if w := postBatch(t, h, length, strings.NewReader(body), "Authorization", "Bearer wk_1"); w.Code != http.StatusOK {
		t.Errorf("with a key: %d", w.Code)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-first; code != http.StatusBadRequest {
		t.Errorf("the first one, which broke off: %d", code)
	}
	if w := postBatch(t, h, length, strings.NewReader(body), "Winnow-Site", "blog"); w.Code != http.StatusUnauthorized {
		t.Errorf("when there is room again: %d", w.Code)
	}
	if n := h.unproven.taken.Load(); n != 0 {
		t.Errorf("%d bytes are taken at the end", n)
	}
}
