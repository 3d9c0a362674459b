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
