package problem

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"
)

func TestWriteAnswersWithStatusHeadersAndBody(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Content-Encoding", "gzip")
	p := New(CursorEpoch, "go on from the cursor given").With("cursor", "a.b").WithHeader("Allow", "GET")
	p.Errors = []FieldError{{Pointer: "/a~1b", Detail: "must be a string"}}
	Write(w, p)

	res := w.Result()
	if res.StatusCode != http.StatusConflict || res.ContentLength != int64(w.Body.Len()) {
		t.Errorf("status %d, length %d for %d bytes", res.StatusCode, res.ContentLength, w.Body.Len())
	}
	for name, want := range map[string]string{"Content-Type": MediaType, "Content-Encoding": "", "Allow": "GET"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	want := `{"type":"urn:winnow:problem:cursor-epoch","title":"The cursor is from before a restore","status":409,` +
		`"detail":"go on from the cursor given","errors":[{"pointer":"/a~1b","detail":"must be a string"}],"cursor":"a.b"}`
	if got := w.Body.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEmptyMembersAreLeftOut(t *testing.T) {
	want := `{"type":"urn:winnow:problem:not-found","title":"There is no such thing","status":404}`
	if got := string(New(NotFound, "").JSON()); got != want {
		t.Errorf("got %s", got)
	}
}

func TestAnyTextAndAnyExtensionGivesValidJSON(t *testing.T) {
	for name, p := range map[string]*Problem{
		"not UTF-8":           New(BadRequest, "a\xff\"\x00b"),
		"cannot be marshaled": New(BadRequest, "x").With("f", func() {}),
		"name twice":          New(BadRequest, "x").With("status", 1),
		"nested":              New(BadRequest, "x").With("m", map[string]any{"b": 1, "a": []int{1}}),
	} {
		var got map[string]any
		if err := json.Unmarshal(p.JSON(), &got); err != nil {
			t.Errorf("%s: %v: %s", name, err, p.JSON())
		} else if got["status"] != 400.0 || got["type"] != p.Type {
			t.Errorf("%s: got %s", name, p.JSON())
		}
	}
}

func TestRetryAfterIsWholeSecondsRoundedUp(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "1", 0: "1", time.Millisecond: "1", time.Second: "1", 1001 * time.Millisecond: "2", time.Hour: "3600",
	} {
		if got := New(Unavailable, "").RetryAfter(d).Header.Get("Retry-After"); got != want {
			t.Errorf("%s is sent as %q, want %q", d, got, want)
		}
	}
}

func TestProblemIsAnError(t *testing.T) {
	var err error = New(NotFound, "no comment x")
	if got, want := err.Error(), "There is no such thing: no comment x"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := New(NotFound, "").Error(), "There is no such thing"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWriteLeavesTheProblemAsItWas(t *testing.T) {
	p := New(OverLimit, "slow down").RetryAfter(time.Second)
	before := *p
	Write(httptest.NewRecorder(), p)
	if !reflect.DeepEqual(*p, before) {
		t.Errorf("problem changed to %+v", p)
	}
}
