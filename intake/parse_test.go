package intake

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func FuzzTime(f *testing.F) {
	for _, seed := range []string{
		"2026-03-01T10:00:00Z", "2026-03-01t10:00:00.1239z", "2026-06-30T23:59:60Z", "2026-03-01T10:00:00+23:59", "2026-12-31T23:59:60-05:30",
		"2026-03-01 10:00:00Z", "2026-02-30T10:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-03-01T10:00:00,5Z", "2026-03-01T24:00:00Z", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseTime([]byte(text))
		upper := strings.ToUpper(text)
		want, err := time.Parse(time.RFC3339, upper)
		if !ok {
			// What the time package takes and we do not is none of RFC 3339, or beyond its years in UTC.
			if err == nil && shapedAsTime([]byte(text)) && want.UTC().Year() >= 0 && want.UTC().Year() <= 9999 {
				t.Fatalf("%q is refused", text)
			}
			return
		}
		if err != nil && !strings.Contains(text, ":60") {
			t.Fatalf("%q is taken: %v", text, err)
		}
		if err == nil && !got.Equal(want.Truncate(time.Millisecond)) {
			t.Fatalf("%q is %s, should be %s", text, got, want)
		}
		if got.Location() != time.UTC || got.Nanosecond()%1e6 != 0 || got.Year() < 0 || got.Year() > 9999 {
			t.Fatalf("%q is %s", text, got)
		}
		if again, ok := parseTime([]byte(got.Format(time.RFC3339Nano))); !ok || !again.Equal(got) {
			t.Fatalf("%q is %s, and that %s", text, got, again)
		}
	})
}

func FuzzCommentPath(f *testing.F) {
	for _, seed := range []string{"/v1/comments/c-1", "/v1/comments/a%2Fb/label", "/v1/comments/%2E%2E", "/v1/comments/..", "/v1/comments//label", "/v1/comments/%zz", "/v1/comments/%FF%00", "/v1/comments/a/b/c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		id, below, ok := commentPath(path)
		if !ok {
			return
		}
		if id == "" {
			t.Fatalf("%q is the path of a comment without an id", path)
		}
		again, _, ok := commentPath(location(id))
		if !ok || again != id {
			t.Fatalf("%q leads to %q and %q to %q", path, id, location(id), again)
		}
		u, err := url.Parse(location(id))
		if err != nil || u.EscapedPath() != location(id) || u.Path != submitPattern+"/"+id && id != "." && id != ".." {
			t.Fatalf("the location %q of %q is no path: %v", location(id), id, err)
		}
		if strings.Count(path, "/") != 3+strings.Count(below, "/")+min(1, len(below)) {
			t.Fatalf("%q has %q below it", path, below)
		}
	})
}

func FuzzFeedQuery(f *testing.F) {
	for _, seed := range []string{"", "after=now", "after=7.5&limit=2&wait=60", "limit=1&limit=2", "limit=0", "limit=+5", "limit=1e3", "wait=-1", "after=8.1", "after=%zz", "a;b", "after=7.7fffffffffffffff"} {
		f.Add(seed)
	}
	h := &Handler{opts: Options{Feed: still{}}}
	f.Fuzz(func(t *testing.T, raw string) {
		q, p := h.feedQuery(raw)
		if p != nil {
			if p.Status != http.StatusBadRequest && p.Status != http.StatusConflict || p.Detail == "" {
				t.Fatalf("%q: %v", raw, p)
			}
			return
		}
		if q.limit < 1 || q.limit > maxPage || q.wait < 0 || q.wait > maxPollWait*time.Second || q.after.Seq < 0 || q.after.Epoch != (still{}).Position().Epoch {
			t.Fatalf("%q: %+v", raw, q)
		}
	})
}

// still is a feed in which nothing happens.
type still struct{}

func (still) Feed(context.Context, int64, int64, int) ([]*models.Decision, bool, error) {
	return nil, false, nil
}

func (still) Position() models.Cursor { return models.Cursor{Epoch: 7, Seq: 9} }

func (still) Translate(models.Cursor) (models.Cursor, bool) { return models.Cursor{}, false }

func FuzzHeaders(f *testing.F) {
	for _, seed := range [][2]string{
		{"Bearer wk_x", "application/json"}, {"bearer  wk_x ", `Application/JSON;charset="UTF-8"`}, {"Basic x", "text/json"}, {"Bearer a b", "application/json; charset"},
		{"Bearer", "application/json; charset=latin-1"}, {"Bearer a,b", "application/x-ndjson; a=b; a=c"}, {"", ""},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, authorization, contentType string) {
		token, ok := bearer([]string{authorization})
		if ok && (token == "" || !strings.Contains(authorization, token) || strings.ContainsAny(token, " \t,") || !strings.EqualFold(authorization[:6], "Bearer")) {
			t.Fatalf("%q has the token %q", authorization, token)
		}
		if _, two := bearer([]string{authorization, authorization}); two {
			t.Fatal("two headers have a token")
		}
		kinds := slices.DeleteFunc([]string{mediaJSON, mediaLines}, func(media string) bool { return !isMedia(contentType, media) })
		if len(kinds) > 1 || len(kinds) == 1 && !strings.Contains(strings.ToLower(contentType), kinds[0]) {
			t.Fatalf("%q is %v", contentType, kinds)
		}
	})
}
