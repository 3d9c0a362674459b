package daemon

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/web"
)

// adminPath is one of a route that only admins may use, filled in.
func adminPath(pattern string) string {
	return strings.NewReplacer("{site}", "other", "{id}", "bob@example.com").Replace(pattern)
}

func TestOnlyAdminsReachSitesAndUsersAndNoOtherSiteMakesThem(t *testing.T) {
	i := twoSites(t)
	root, bob := i.visitor(t, "root@example.com", models.RoleAdmin), i.visitor(t, "bob@example.com", models.RoleModerator)
	nobody := &visitor{t, bob.at, ""}
	walked := 0
	for _, rt := range web.Routes() {
		if !rt.Admin {
			continue
		}
		walked++
		path := adminPath(rt.Pattern)
		if got, body, _ := bob.ask(rt.Method, path, nil); got != http.StatusNotFound || strings.Contains(body, "root@example.com") {
			t.Errorf("%s %s as a moderator: %d %s", rt.Method, path, got, body)
		}
		if got, _, to := nobody.ask(rt.Method, path, nil); got != http.StatusSeeOther || !strings.HasPrefix(to, "/login") {
			t.Errorf("%s %s signed out: %d %s", rt.Method, path, got, to)
		}
		if rt.Method != http.MethodPost {
			continue
		}
		for _, forged := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
			if got, _, _ := root.ask(rt.Method, path, nil, forged...); got != http.StatusForbidden {
				t.Errorf("%s %s from elsewhere (%v): %d", rt.Method, path, forged, got)
			}
		}
	}
	if walked < 14 {
		t.Errorf("only %d routes are for admins", walked)
	}
	has(t, bob.page("/audit"), `!href="/sites"`, `!href="/users"`, "!Renewed a key</td>")
	has(t, root.page("/audit"), `href="/sites"`, `href="/users"`)
}

func TestAnAdminAddsASiteSeesItsKeysOnceAndTestsItsCallback(t *testing.T) {
	i := twoSites(t)
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	callback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte(`<b>short and stout</b>`))
	}))
	defer callback.Close()
	form := url.Values{"name": {"blog"}, "url": {"https://blog.example"}, "callback": {callback.URL}, "private": {"1"}}
	status, page, _ := root.ask("POST", "/sites", form)
	key := regexp.MustCompile(`wk_[A-Za-z0-9_-]+`).FindString(page)
	if status != http.StatusOK || key == "" || !strings.Contains(page, "whsec_") {
		t.Fatalf("add: %d %s", status, page)
	}
	has(t, root.page("/sites"), "!"+key, "!whsec_", "https://blog.example", callback.URL)
	status, page, _ = root.ask("POST", "/sites/blog/test", nil)
	if status != http.StatusOK {
		t.Fatalf("test: %d %s", status, page)
	}
	has(t, page, "HTTP 418", "&lt;b&gt;short and stout", "!<b>short")
	status, page, _ = root.ask("POST", "/sites/blog/rotate", url.Values{"what": {"key"}, "now": {"1"}})
	fresh := regexp.MustCompile(`wk_[A-Za-z0-9_-]+`).FindString(page)
	if status != http.StatusOK || fresh == "" || fresh == key {
		t.Fatalf("rotate: %d %s", status, page)
	}
	if got, _ := i.as(t, "GET", "/v1/decisions", "", "Authorization", "Bearer "+key); got != http.StatusUnauthorized {
		t.Errorf("the old key: %d", got)
	}
	if got, _, to := root.ask("POST", "/sites/blog/set", url.Values{"enabled": {"no"}}); got != http.StatusSeeOther || to != "/sites?did=set" {
		t.Errorf("disable: %d %s", got, to)
	}
	has(t, root.page("/sites"), "disabled")
	has(t, root.page("/audit?site=blog"), "Added a site</td>", "Renewed a key</td>", "Changed a site</td>")
	for name, c := range map[string]struct {
		path string
		form url.Values
		want int
	}{
		"a name in use":      {"/sites", url.Values{"name": {"blog"}}, 409},
		"a name that is bad": {"/sites", url.Values{"name": {"<script>"}}, 400},
		"a script's address": {"/sites", url.Values{"name": {"x"}, "url": {"javascript:alert(1)"}}, 400},
		"no such site":       {"/sites/nowhere/set", url.Values{"enabled": {"no"}}, 404},
		"no such key":        {"/sites/blog/rotate", url.Values{"what": {"door"}}, 400},
		"a bad callback":     {"/sites/blog/set", url.Values{"callback": {"ftp://x"}}, 400},
	} {
		if got, body, _ := root.ask("POST", c.path, c.form); got != c.want || strings.Contains(body, "<script>\"") {
			t.Errorf("%s: %d %s", name, got, body)
		}
	}
}

func TestAnAdminLooksAfterUsers(t *testing.T) {
	i := twoSites(t)
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	const hostile = `"<svg/onload=alert(1)>@example.com`
	status, page, _ := root.ask("POST", "/users", url.Values{"email": {"Eve@Example.com"}, "role": {"moderator"}, "sees": {"some"}, "site": {"other"}})
	link := regexp.MustCompile(`/login\?token=[A-Za-z0-9_%-]+`).FindString(page)
	if status != http.StatusOK || link == "" {
		t.Fatalf("add: %d %s", status, page)
	}
	has(t, root.page("/users"), "!/login?token=", "eve@example.com")
	if status, page, _ = root.ask("POST", "/users", url.Values{"email": {hostile}, "role": {"moderator"}, "sees": {"all"}}); status == http.StatusOK {
		has(t, page, "!<svg/onload", "&lt;svg/onload")
		has(t, root.page("/users"), "!<svg/onload", "&lt;svg/onload")
	} else if strings.Contains(page, "<svg/onload") {
		t.Errorf("a hostile name is markup: %s", page)
	}
	const eve = "/users/eve@example.com"
	if status, page, _ = root.ask("POST", eve+"/token", nil); status != http.StatusOK {
		t.Fatalf("token: %d %s", status, page)
	}
	bearer := "Bearer " + regexp.MustCompile(`wu_[A-Za-z0-9_-]+`).FindString(page)
	if got, body := i.as(t, "GET", "/v1/moderation/me", "", "Authorization", bearer); got != http.StatusOK || !strings.Contains(body, `"other"`) {
		t.Errorf("the token: %d %s", got, body)
	}
	for _, c := range []struct {
		path string
		form url.Values
		want int
	}{
		{eve + "/revoke", nil, 303}, {eve + "/set", url.Values{"role": {"moderator"}, "sees": {"some"}, "site": {"default", "other"}}, 303},
		{eve + "/set", url.Values{"role": {"admin"}, "sees": {"some"}, "site": {"other"}}, 400}, {eve + "/set", url.Values{"role": {"king"}, "sees": {"all"}}, 400},
		{eve + "/set", url.Values{"role": {"admin"}, "sees": {"all"}}, 303}, {eve + "/link", nil, 200}, {eve + "/remove", nil, 400},
		{eve + "/remove", url.Values{"sure": {"1"}}, 303}, {eve + "/remove", url.Values{"sure": {"1"}}, 404},
		{"/users/nobody@example.com/set", url.Values{"role": {"moderator"}, "sees": {"all"}}, 404}, {"/users/nobody@example.com/token", nil, 404},
	} {
		if got, body, _ := root.ask("POST", c.path, c.form); got != c.want {
			t.Errorf("%s %v: %d, want %d: %s", c.path, c.form, got, c.want, body)
		}
	}
	if got, _ := i.as(t, "GET", "/v1/moderation/me", "", "Authorization", bearer); got != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", got)
	}
	has(t, root.page("/users"), "!eve@example.com</bdi>")
	has(t, root.page("/audit?actor=root@example.com"), "Added a user</td>", "Changed a user</td>", "Made an API token</td>", "Removed a user</td>")
}

func TestAUserWhoseSitesAreGoneSeesNothingUntilAnAdminSaysOtherwise(t *testing.T) {
	i := twoSites(t)
	root, bob := i.visitor(t, "root@example.com", models.RoleAdmin), i.visitor(t, "bob@example.com", models.RoleModerator, "other")
	const form = "/users/bob@example.com/set"
	blind := func(when string) {
		t.Helper()
		for _, path := range []string{"/held", "/comments?action=hold", "/"} {
			has(t, bob.page(path), "!secret", "!default")
		}
		if status, body, _ := bob.ask("GET", "/comments/default/secret", nil); status != http.StatusNotFound {
			t.Errorf("%s: a comment of a site that was never the user's: %d %s", when, status, body)
		}
		if status, body, _ := bob.ask("POST", "/bulk", url.Values{"all": {"1"}, "verdict": {"approve"}}); strings.Contains(body, "1 of 1") {
			t.Errorf("%s: decided all there are: %d %s", when, status, body)
		}
		has(t, root.page("/held"), "secret")
	}
	if _, err := i.admin(models.Operator).RemoveSite(t.Context(), "other", true); err != nil {
		t.Fatal(err)
	}
	blind("after the only site was removed")
	has(t, root.page("/users"), `value="some" required checked> Only these`, "this user sees no comment")
	for _, c := range []struct {
		what string
		form url.Values
		want int
	}{
		{"saved as it stands", url.Values{"role": {"moderator"}, "sees": {"some"}}, 303},
		{"no word on sites", url.Values{"role": {"moderator"}}, 400},
		{"a word that there is not", url.Values{"role": {"moderator"}, "sees": {""}}, 400},
		{"all, and one", url.Values{"role": {"moderator"}, "sees": {"all"}, "site": {"default"}}, 400},
		{"an admin who sees none", url.Values{"role": {"admin"}, "sees": {"some"}}, 400},
		{"the site that is gone", url.Values{"role": {"moderator"}, "sees": {"some"}, "site": {"other"}}, 404},
	} {
		if got, body, _ := root.ask("POST", form, c.form); got != c.want {
			t.Errorf("%s: %d, want %d: %s", c.what, got, c.want, body)
		}
		blind(c.what)
	}
	if got, body, _ := root.ask("POST", "/users", url.Values{"email": {"new@example.com"}, "role": {"moderator"}, "sees": {"some"}}); got != http.StatusBadRequest {
		t.Errorf("a new user without sites: %d %s", got, body)
	}
	if got, body, _ := root.ask("POST", form, url.Values{"role": {"moderator"}, "sees": {"all"}}); got != http.StatusSeeOther {
		t.Errorf("all: %d %s", got, body)
	}
	has(t, bob.page("/held"), "default")
	if got, _, _ := root.ask("POST", form, url.Values{"role": {"moderator"}, "sees": {"some"}}); got != http.StatusSeeOther {
		t.Errorf("none: %d", got)
	}
	blind("after all were taken away")
	has(t, root.page("/audit?kind=user.set"), "<bdi>all</bdi>", "<bdi>none</bdi>")
}

func TestASiteHasCutoffsOfItsOwn(t *testing.T) {
	i := twoSites(t)
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	const path = "/sites/default/cutoffs"
	for name, c := range map[string]struct {
		form url.Values
		says string
	}{
		"no number":                       {url.Values{"hold_above": {"x"}}, "<p>Hold from: must be a number from 0 to 1"},
		"over 1":                          {url.Values{"hold_above": {"1.1"}}, "<p>Hold from: must be a number from 0 to 1"},
		"below 0":                         {url.Values{"reject_above": {"-0.1"}}, "<p>Reject from: must be a number from 0 to 1"},
		"no finite number":                {url.Values{"hold_above": {"NaN"}}, "<p>Hold from: must be a number from 0 to 1"},
		"a comma":                         {url.Values{"hold_above": {"0,6"}}, "<p>Hold from: must be a number from 0 to 1"},
		"hold everything":                 {url.Values{"hold_above": {"0"}}, "hold from 0: must be over 0"},
		"reject below hold":               {url.Values{"hold_above": {"0.8"}, "reject_above": {"0.7"}}, "reject from 0.7: must be 0 (never), or at least the 0.8 from which comments are held"},
		"reject below what is configured": {url.Values{"reject_above": {"0.4"}}, "reject from 0.4: must be 0 (never), or at least the 0.5 from which comments are held"},
	} {
		got, body, _ := root.ask("POST", path, c.form)
		if got != http.StatusBadRequest || !strings.Contains(body, c.says) || strings.Contains(strings.ToLower(body), "_above") {
			t.Errorf("%s: %d %s", name, got, body)
		}
	}
	if got, _, _ := root.ask("POST", "/sites/nowhere/cutoffs", url.Values{"hold_above": {"0.6"}}); got != http.StatusNotFound {
		t.Errorf("no such site: %d", got)
	}
	if got, body, to := root.ask("POST", path, url.Values{"hold_above": {" 0.95 "}, "reject_above": {"0.99"}}); got != http.StatusSeeOther || to != "/sites?did=set" {
		t.Fatalf("set: %d %s %s", got, to, body)
	}
	has(t, root.page("/sites"), `name="hold_above" value="0.95" placeholder="0.5"`, `name="reject_above" value="0.99" placeholder="0"`, "now held from 95 %, rejected from 99 %")
	has(t, root.page("/audit?kind=site.set"), "<bdi>0.95</bdi>", "<bdi>0.99</bdi>")
	bar := func(id string, nth int) models.Reason {
		t.Helper()
		i.post(t, id, "a plain comment on what was said before, "+id)
		for _, d := range i.feed(t, i.site(t, "default"), nth) {
			if n := slices.IndexFunc(d.Reasons, func(r models.Reason) bool { return r.Rule == "classifier" }); d.CommentID == id && n >= 0 {
				return d.Reasons[n]
			}
		}
		return models.Reason{}
	}
	if r := bar("strict", 2); r.Params["hold_above"] != 0.95 || r.Params["configured_hold_above"] != nil {
		t.Errorf("judged by %+v", r)
	}
	if got, _, _ := root.ask("POST", path, url.Values{}); got != http.StatusSeeOther {
		t.Errorf("as configured: %d", got)
	}
	has(t, root.page("/sites"), `name="hold_above" value="" placeholder="0.5"`, "The filter raises the first by itself")
	has(t, root.page("/audit?kind=site.set"), "<bdi>as configured</bdi>")
	if r := bar("plain", 3); r.Params["hold_above"] != 0.6 || r.Params["configured_hold_above"] != 0.5 {
		t.Errorf("judged by %+v", r)
	}
}

func TestASiteIsRemovedByThoseWhoTypeItsName(t *testing.T) {
	i := twoSites(t)
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	has(t, root.page("/sites"), "Type the name, other, to remove it", "its name is never used again")
	for name, c := range map[string]struct {
		path, typed string
		want        int
	}{
		"nothing typed":   {"/sites/other/remove", "", 400},
		"another site":    {"/sites/other/remove", "default", 400},
		"in capitals":     {"/sites/other/remove", "Other", 400},
		"one that is not": {"/sites/nowhere/remove", "nowhere", 404},
	} {
		if got, body, _ := root.ask("POST", c.path, url.Values{"name": {c.typed}}); got != c.want {
			t.Errorf("%s: %d, want %d: %s", name, got, c.want, body)
		}
	}
	if n := len(i.sites.All()); n != 2 {
		t.Fatalf("%d sites are left", n)
	}
	if got, body, to := root.ask("POST", "/sites/other/remove", url.Values{"name": {"other"}}); got != http.StatusSeeOther || to != "/sites?did=remove&held=0" {
		t.Fatalf("remove: %d %s %s", got, to, body)
	}
	has(t, root.page("/sites?did=remove&held=0"), "Removed.", "!held;", `!action="/sites/other/set"`, `action="/sites/default/set"`)
	has(t, root.page("/audit?kind=site.remove"), "Removed a site</td>", "root@example.com")
	if got, _, _ := root.ask("POST", "/sites", url.Values{"name": {"other"}}); got != http.StatusConflict {
		t.Errorf("its name again: %d", got)
	}
	has(t, root.page("/held"), "1 comment", "/comments/default/secret")
	got, body, to := root.ask("POST", "/sites/default/remove", url.Values{"name": {"default"}})
	if got != http.StatusSeeOther {
		t.Fatalf("the other one: %d %s", got, body)
	}
	has(t, root.page(to), "Removed. 1 comment of it was held; it stays undecided in the history.")
	has(t, root.page("/held"), "0 comments", "!/comments/default/secret")
	has(t, root.page("/audit?kind=site.remove"), `<span class="quiet">held</span> <bdi>1</bdi>`)
	if got, _ := i.as(t, "GET", "/v1/decisions", "", "Authorization", "Bearer "+i.key); got != http.StatusUnauthorized {
		t.Errorf("its key: %d", got)
	}
	for _, path := range []string{"/", "/held", "/sites", "/users", "/audit", "/deliveries"} {
		root.page(path)
	}
}

func TestAttemptsToSignInCountByTheAddressThatATrustedProxySays(t *testing.T) {
	for trusted, want := range map[string]int{"": http.StatusTooManyRequests, "127.0.0.1": http.StatusUnauthorized} {
		cfg := testConfig(t.TempDir())
		cfg.Server.TrustedProxies = trusted
		i := start(t, cfg, "")
		nobody := &visitor{t, "http://" + i.Addr(), ""}
		last := 0
		for n := range 31 { // 30 attempts may fail from one address
			form := url.Values{"email": {fmt.Sprintf("u%d@example.com", n)}, "password": {"wrong"}}
			last, _, _ = nobody.ask("POST", "/login", form, "X-Forwarded-For", fmt.Sprintf("198.51.100.1, 203.0.113.%d", n))
		}
		if last != want {
			t.Errorf("trusting %q, the last attempt is answered %d, want %d", trusted, last, want)
		}
	}
}
