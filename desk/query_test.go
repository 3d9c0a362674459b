package desk

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestAQueryIsReadOrRefused(t *testing.T) {
	q, p := listQuery("site=blog&q=cheap+pills&min_score=0.25&max_score=1&since=2026-03-01&until=2026-03-02T10:00:00Z&limit=200&order=oldest", models.Hold)
	if p != nil {
		t.Fatalf("refused: %s", p.Detail)
	}
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if q.Site != "blog" || q.Text != "cheap pills" || q.MinScore != 0.25 || q.MaxScore != 1 || !q.Since.Equal(day) || !q.Until.Equal(day.Add(34*time.Hour)) ||
		q.Limit != 200 || q.Order != models.Oldest || q.Action != models.Hold {
		t.Errorf("read as %+v", q)
	}
	if q, p := listQuery("action=reject&limit=", ""); p != nil || q.Action != models.Reject || q.Limit != 50 {
		t.Errorf("read as %+v, %v", q, p)
	}
	for raw, names := range map[string]string{
		"colour=red":        `"colour" is unknown`,
		"action=reject":     `"action" is unknown`, // held comments are held
		"site=a&site=b":     "site must not be given twice",
		"q=%zz":             "cannot be read",
		"q=a;b":             "cannot be read",
		"limit=0":           "limit must be a whole number from 1 to 200",
		"limit=201":         "limit must be",
		"limit=1.5":         "limit must be",
		"min_score=-0.1":    "min_score must be a number from 0 to 1",
		"min_score=NaN":     "min_score must be",
		"max_score=1.01":    "max_score must be",
		"max_score=0":       "max_score must be over 0",
		"since=yesterday":   "since must be a date or a time",
		"until=2026-13-01":  "until must be",
		"until=1771234567":  "until must be",
		"min_score=0,5":     "min_score must be",
		"limit=99999999999": "limit must be",
	} {
		if _, p := listQuery(raw, models.Hold); p == nil || p.Status != http.StatusBadRequest || !strings.Contains(p.Detail, names) {
			t.Errorf("%s: %+v, want %q", raw, p, names)
		}
	}
}

func TestABodyIsJSONInUTF8(t *testing.T) {
	for contentType, want := range map[string]int{
		"application/json":                   0,
		"Application/JSON; charset=UTF-8":    0,
		"application/json; charset=latin1":   http.StatusUnsupportedMediaType,
		"text/json":                          http.StatusUnsupportedMediaType,
		"application/x-www-form-urlencoded":  http.StatusUnsupportedMediaType, // what forms of other sites can send
		"":                                   http.StatusUnsupportedMediaType,
		"application/json; charset=utf-8; =": http.StatusUnsupportedMediaType,
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"away":true}`))
		r.Header.Set("Content-Type", contentType)
		var body struct {
			Away bool `json:"away"`
		}
		p := read(httptest.NewRecorder(), &request{Request: r}, &body)
		got := 0
		if p != nil {
			got = p.Status
		}
		if got != want || body.Away != (want == 0) {
			t.Errorf("%q: %d, %+v, want %d", contentType, got, body, want)
		}
	}
}
