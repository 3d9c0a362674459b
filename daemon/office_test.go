package daemon

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/winnowd/winnow/accounts"
	"github.com/winnowd/winnow/models"
)

// visitor is a browser without script that is signed in.
type visitor struct {
	t      *testing.T
	at     string
	cookie string
}

// visitor adds a user and signs in.
func (i *instance) visitor(t *testing.T, email string, role models.Role, sites ...string) *visitor {
	t.Helper()
	i.token(t, email, role, sites...)
	cookie, _, err := i.accounts.SignIn(t.Context(), email, "correct horse", accounts.Where{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, "http://" + i.Addr(), cookie}
}

// ask makes a request and follows no redirect.
func (v *visitor) ask(method, path string, form url.Values, headers ...string) (status int, body, location string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, v.at+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.cookie != "" {
		req.Header.Set("Cookie", "winnow="+v.cookie)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header.Get("Location")
}

// page reads a page, which must be there and must not show what it has no words for.
func (v *visitor) page(path string) string {
	v.t.Helper()
	status, body, _ := v.ask(http.MethodGet, path, nil)
	if status != http.StatusOK {
		v.t.Fatalf("GET %s: %d %s", path, status, body)
	}
	if strings.Contains(body, "%!") {
		v.t.Errorf("GET %s: a text lacks its values: %s", path, body)
	}
	return body
}

// has wants each of some texts in a page, or, after a "!", wants it not to be there.
func has(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if no, ok := strings.CutPrefix(text, "!"); ok == strings.Contains(page, strings.TrimPrefix(no, "!")) {
			t.Errorf("%q: want it there: %v, in\n%s", no, !ok, page)
		}
	}
}

// linked is a comment that the default policy holds.
const linked = "links https://a.example https://b.example https://c.example"

// twoSites starts a daemon whose first site holds a comment, beside a site named other.
func twoSites(t *testing.T) *instance {
	t.Helper()
	i := start(t, testConfig(t.TempDir()), "")
	if _, err := i.admin(models.Operator).AddSite(t.Context(), models.Site{Name: "other"}); err != nil {
		t.Fatal(err)
	}
	i.post(t, "secret", linked)
	i.feed(t, i.site(t, "default"), 1)
	return i
}

func TestTheOverviewCountsWhatItsUserMaySee(t *testing.T) {
	i := twoSites(t)
	ann, bob := i.visitor(t, "ann@example.com", models.RoleModerator), i.visitor(t, "bob@example.com", models.RoleModerator, "other")
	page := ann.page("/")
	has(t, page, `<a href="/held"><b>1</b> held now</a>`, `order=oldest`, `<rect class="hold"`, `rule=classifier`, "default", "other")
	has(t, bob.page("/"), `<a href="/held"><b>0</b> held now</a>`, "No rule has found anything", "!rule=classifier", "!default", "other")
	has(t, ann.page("/?site=other&days=7"), `<b>0</b> held now`, `site=other`, `<option value="7" selected>`)
	if status, _, _ := ann.ask("POST", "/comments/default/secret/decide", url.Values{"verdict": {"approve"}, "sequence": {"1"}}); status != http.StatusSeeOther {
		t.Fatalf("decide: %d", status)
	}
	has(t, ann.page("/"), `<b>0</b> held now`, `<b>1</b> decided by people`, `action=approve&amp;rule=moderator&amp;since=`, "100 %")
	for path, want := range map[string]int{"/?site=default": 404, "/?site=nowhere": 404, "/?days=0": 400, "/?days=x": 400, "/?days=367": 400} {
		if got, body, _ := bob.ask("GET", path, nil); got != want {
			t.Errorf("%s: %d %s", path, got, body)
		}
	}
}

func TestTheAuditLogShowsWhatWasDoneToThoseWhoMaySeeIt(t *testing.T) {
	i := twoSites(t)
	ann, bob := i.visitor(t, "ann@example.com", models.RoleModerator), i.visitor(t, "bob@example.com", models.RoleModerator, "other")
	const hostile = `<script>alert(1)</script>"'`
	form := url.Values{"verdict": {"approve"}, "sequence": {"1"}, "note": {hostile}}
	if status, _, _ := ann.ask("POST", "/comments/default/secret/decide", form); status != http.StatusSeeOther {
		t.Fatalf("decide: %d", status)
	}
	has(t, ann.page("/audit"), "Decided a comment", "/comments/default/secret", "Added a site", "Signed in", "&lt;script&gt;alert(1)", "!"+hostile)
	has(t, ann.page("/audit?kind=verdict&actor=ann@example.com&site=default&comment=secret"), `/comments/default/secret`, "!Added a site</td>")
	has(t, ann.page("/audit?kind="+url.QueryEscape(hostile)), "Nothing like that", "!"+hostile)
	has(t, bob.page("/audit"), "!secret", "!default", "!ann@example.com")
	for path, want := range map[string]int{"/audit?site=default": 404, "/audit?after=x": 400, "/audit?comment=secret": 400} {
		if got, body, _ := bob.ask("GET", path, nil); got != want {
			t.Errorf("%s: %d %s", path, got, body)
		}
	}
	for range logEntries {
		if err := i.admin(models.Operator).SetSite(t.Context(), "other", models.SiteChange{}); err != nil {
			t.Fatal(err)
		}
	}
	page := bob.page("/audit?site=other&kind=site.set")
	_, next, ok := strings.Cut(page, `class="button" href="`)
	next, _, _ = strings.Cut(next, `"`)
	if !ok || strings.Count(page, "Changed a site</td>") != 50 {
		t.Fatalf("the first page: %s", page)
	}
	page = bob.page(strings.ReplaceAll(next, "&amp;", "&"))
	if n := strings.Count(page, "Changed a site</td>"); n != logEntries-50 {
		t.Errorf("%d entries on the second page", n)
	}
}

// logEntries are more than a page of a log has.
const logEntries = 60

func TestDeliveriesAreListedPageByPageAndSentAgainByThoseWhoSeeTheirSite(t *testing.T) {
	i := twoSites(t)
	callback := "http://127.0.0.1:9/"
	private := true
	if err := i.store.SetSite(t.Context(), "default", models.SiteChange{Callback: &callback, AllowPrivateCallback: &private}); err != nil {
		t.Fatal(err)
	}
	site := i.site(t, "default")

	for n := range logEntries - 1 {
		i.post(t, fmt.Sprintf("c%d", n), linked)
	}
	decisions := i.feed(t, site, logEntries)
	progress := models.LaneProgress{SiteID: site}
	places, _, err := i.store.Outgoing(t.Context(), site, 0, 1000)
	if err != nil || len(places) != logEntries {
		t.Fatalf("%d decisions to deliver, %v", len(places), err)
	}
	for _, o := range places {
		progress.Failed = append(progress.Failed, models.Delivery{Seq: o.Decision.Seq, Place: o.Place, State: models.DeliveryDead, Attempts: 1, LastStatus: 400, LastError: "<b>no</b>", LastAttemptAt: o.Decision.DecidedAt})
	}
	if err := i.store.RecordDeliveries(t.Context(), progress); err != nil {
		t.Fatal(err)
	}
	ann, bob := i.visitor(t, "ann@example.com", models.RoleModerator), i.visitor(t, "bob@example.com", models.RoleModerator, "other")
	page := ann.page("/deliveries?state=dead")
	has(t, page, "HTTP 400", "&lt;b&gt;no", "!<b>no")
	_, next, ok := strings.Cut(page, `class="button" href="`)
	next, _, _ = strings.Cut(next, `"`)
	seen := strings.Count(page, `name="decision"`)
	if !ok || seen != 50 {
		t.Fatalf("the first page has %d: %s", seen, page)
	}
	if n := strings.Count(ann.page(strings.ReplaceAll(next, "&amp;", "&")), `name="decision"`); n != logEntries-50 {
		t.Errorf("%d on the second page", n)
	}
	has(t, bob.page("/deliveries?state=dead"), "Nothing is here", "!secret")
	form := url.Values{"site": {"default"}, "decision": {decisions[0].ID}, "back": {"https://evil.example/"}}
	if got, _, _ := bob.ask("POST", "/deliveries/resend", form); got != 404 {
		t.Errorf("sent again by a stranger: %d", got)
	}
	if got, _, _ := ann.ask("POST", "/deliveries/resend", form, "Origin", "https://evil.example"); got != 403 {
		t.Errorf("sent again from elsewhere: %d", got)
	}
	if got, body, to := ann.ask("POST", "/deliveries/resend", form); got != 303 || to != "/deliveries?did=resend" {
		t.Errorf("send again: %d %s %s", got, to, body)
	}
	has(t, ann.page("/audit?kind=deliveries.resend"), decisions[0].ID, "ann@example.com")
	for path, want := range map[string]int{"/deliveries?site=default": 404, "/deliveries?state=x": 400, "/deliveries?after=x": 400} {
		if got, body, _ := bob.ask("GET", path, nil); got != want {
			t.Errorf("%s: %d %s", path, got, body)
		}
	}
}
