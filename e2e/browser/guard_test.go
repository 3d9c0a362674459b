package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/winnowd/winnow/web"
)

// TestSignedOutReachesNothing walks every route with every method: all lead to the sign-in
// page, what there is and what there is not alike, and nothing is changed.
func TestSignedOutReachesNothing(t *testing.T) {
	w := serve(t)
	w.holdMany(1)
	fill := strings.NewReplacer("{site}", "default", "{id}", "c1", "{name}", "x", "{unknown}", "nothing")
	v := w.visitor()
	v.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, cookie := range []string{"", "stolen", strings.Repeat("A", 43)} {
		for _, rt := range web.Routes() {
			if rt.Open {
				continue
			}
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, "BREW"} {
				req, err := http.NewRequestWithContext(t.Context(), method, w.base+fill.Replace(rt.Pattern), strings.NewReader("verdict=spam"))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.Header.Set("Cookie", "winnow="+cookie)
				res, page := v.read(v.http.Do(req))
				if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/login") || strings.Contains(text(page), "comment number") {
					t.Errorf("%s %s: answered %d, %q", method, rt.Pattern, res.StatusCode, res.Header.Get("Location"))
				}
			}
		}
	}
	w.stands("c1", "hold")
}

// TestOtherSitesAreAsIfTheyWereNotThere has a moderator of one site ask for what another
// one has.
func TestOtherSitesAreAsIfTheyWereNotThere(t *testing.T) {
	w := serve(t)
	w.holdMany(2)
	var bulk, verdict struct {
		ID string `json:"action_id"`
	}
	w.ask(http.MethodPost, "/v1/moderation/comments/default/c2/decision", w.token, map[string]any{"action": "approve"}, &verdict)
	w.ask(http.MethodPost, "/v1/moderation/bulk", w.token, map[string]any{"action": "hold", "comments": []map[string]any{{"site": "default", "id": "c1"}}}, &bulk)
	v := w.visitor()
	_, page := v.get("/login")
	v.submit(v.form(page, "/login"), "", "", url.Values{"email": {cid}, "password": {password}})
	if res, page := v.get("/held"); res.StatusCode != http.StatusOK || strings.Contains(text(page), "comment number") || !strings.Contains(text(page), "Nothing is waiting") {
		t.Errorf("/held is answered %d\n%s", res.StatusCode, text(page))
	}
	for _, path := range []string{"/held?site=default", "/comments?site=default", "/comments/default/c1", "/comments/default/c1/text", "/comments/default/c1/rule", "/comments/default/nothing", "/comments/none/c1", "/jobs/" + url.PathEscape(bulk.ID), "/held/bulk?site=default", "/?site=default", "/audit?site=default&comment=c1", "/deliveries?site=default"} {
		if res, page := v.get(path); res.StatusCode != http.StatusNotFound || strings.Contains(text(page), "comment number") {
			t.Errorf("%s is answered %d", path, res.StatusCode)
		}
	}
	for path, form := range map[string]url.Values{
		"/comments/default/c1/decide": {"verdict": {"spam"}},
		"/comments/default/c2/resend": {"decision": {"wn_00000000000000000000000000"}},
		"/bulk":                       {"verdict": {"spam"}, "chosen": {"default/1/c1"}},
		"/comments/default/c1/rule":   {"rule": {"block-host:one.example"}, "site": {"other"}},
		"/undo":                       {"action": {verdict.ID}},
	} {
		if res, _ := v.read(v.http.PostForm(w.base+path, form)); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s is answered %d", path, res.StatusCode)
		}
	}
	if res, _ := v.read(v.http.PostForm(w.base+"/bulk", url.Values{"verdict": {"spam"}, "all": {"1"}, "query": {"site=default"}})); res.StatusCode != http.StatusNotFound {
		t.Errorf("deciding all of another site is answered %d", res.StatusCode)
	}
	fill := strings.NewReplacer("{site}", "default", "{id}", "c1")
	for _, rt := range web.Routes() { // also those that come to be after the lists above
		if !rt.Admin && !strings.Contains(rt.Pattern, "{site}") {
			continue
		}
		path := fill.Replace(rt.Pattern)
		var res *http.Response
		var page *html.Node
		if rt.Method == http.MethodGet {
			res, page = v.get(path)
		} else {
			res, page = v.read(v.http.PostForm(w.base+path, url.Values{"verdict": {"spam"}, "name": {"default"}, "rule": {"block-host:one.example"}, "site": {"default"}}))
		}
		if res.StatusCode != http.StatusNotFound || strings.Contains(text(page), "comment number") {
			t.Errorf("%s %s is answered %d", rt.Method, path, res.StatusCode)
		}
	}
	w.stands("c1", "hold")
	w.stands("c2", "approve")
}
