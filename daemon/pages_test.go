package daemon

import (
	"net/http"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestASessionThatEndsInTheMiddleGoesOnWhereItWas(t *testing.T) {
	i := twoSites(t)
	ann := i.visitor(t, "ann@example.com", models.RoleModerator)
	if err := i.accounts.SignOut(t.Context(), ann.cookie); err != nil {
		t.Fatal(err)
	}
	const page, next = "/held?lane=look&q=pills", "/login?next=%2Fheld%3Flane%3Dlook%26q%3Dpills"
	for name, tt := range map[string]struct{ method, path, header, value, want string }{
		"a page":               {"GET", page, "", "", next},
		"a verdict":            {"POST", "/comments/default/secret/decide", "HX-Current-URL", ann.at + page, next},
		"a part of a page":     {"GET", "/comments/default/secret/text", "HX-Current-URL", ann.at + page, next},
		"a form":               {"POST", "/comments/default/secret/decide", "Referer", ann.at + page, next},
		"a form from nowhere":  {"POST", "/undo", "", "", "/login"},
		"a page of no address": {"POST", "/undo", "HX-Current-URL", "about:blank", "/login"},
		"the first page":       {"GET", "/", "", "", "/login"},
		"another host's path":  {"POST", "/undo", "HX-Current-URL", "https://x.example//evil.example", "/login"},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tt.method, ann.at+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Cookie", "winnow="+ann.cookie)
			req.Header.Set("Sec-Fetch-Site", "same-origin")
			if tt.header != "" {
				req.Header.Set(tt.header, tt.value)
			}
			where := "Location"
			if strings.HasPrefix(tt.header, "HX-") {
				req.Header.Set("HX-Request", "true")
				where = "HX-Redirect"
			}
			res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if got := res.Header.Get(where); got != tt.want {
				t.Errorf("sent to %q, want %q", got, tt.want)
			}
		})
	}
}
