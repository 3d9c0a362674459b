package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

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
	today := time.Now().UTC()
	day := func(days int) string { return today.AddDate(0, 0, days).Format(time.DateOnly) }
	has(t, ann.page("/audit?kind=verdict&since="+day(-1)+"&until="+day(2)), `/comments/default/secret`)
	has(t, ann.page("/audit?until="+day(-1)), "Nothing like that", "!secret")
	program := i.token(t, "program@example.com", models.RoleAdmin)
	for query, want := range map[string]string{
		"since=" + day(-1) + "&until=" + day(2): `"kind":"verdict"`, "until=" + day(-1): `"acts":[]`, "since=" + today.Add(time.Hour).Format(time.RFC3339): `"acts":[]`, "since=monday": "must be a date or a time",
	} {
		if got, body := i.as(t, "GET", "/v1/moderation/audit?"+query, "", "Authorization", "Bearer "+program); !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", query, got, body)
		}
	}
	has(t, ann.page("/audit?since="+day(2)), "Nothing like that", "!secret")
	has(t, ann.page("/audit?kind="+url.QueryEscape(hostile)), "Nothing like that", "!"+hostile)
	has(t, bob.page("/audit"), "!secret", "!default", "!ann@example.com")
	for path, want := range map[string]int{"/audit?site=default": 404, "/audit?after=x": 400, "/audit?since=monday": 400, "/audit?comment=secret": 400} {
		if got, body, _ := bob.ask("GET", path, nil); got != want {
			t.Errorf("%s: %d %s", path, got, body)
		}
	}
	for path, want := range map[string]string{"/audit?since=monday": "From day: must be a day", "/held?min_score=7": "Score from: must be a number from 0 to 1"} {
		if got, body, _ := ann.ask("GET", path, nil); got != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("%s: %d, want it to say %q", path, got, want)
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
	i.sendAllAgain(t, ann, bob, logEntries-1)
	for path, want := range map[string]int{"/deliveries?site=default": 404, "/deliveries?state=x": 400, "/deliveries?after=x": 400} {
		if got, body, _ := bob.ask("GET", path, nil); got != want {
			t.Errorf("%s: %d %s", path, got, body)
		}
	}
}

// sendAllAgain has what was given up at the site sent again, by page and by program.
func (i *instance) sendAllAgain(t *testing.T, ann, bob *visitor, dead int) {
	t.Helper()
	has(t, ann.page("/deliveries?state=dead"), "Choose a site", `!name="all"`)
	has(t, ann.page("/deliveries?state=dead&site=default"), `name="all" value="dead"`)
	all := url.Values{"site": {"default"}, "all": {"dead"}, "back": {"/deliveries?state=dead&site=default"}}
	if got, _, _ := bob.ask("POST", "/deliveries/resend", all); got != 404 {
		t.Errorf("all sent again by a stranger: %d", got)
	}
	for _, form := range []url.Values{{"site": {""}, "all": {"dead"}}, {"site": {"default"}, "all": {"waiting"}}, {"site": {"nowhere"}, "all": {"dead"}}} {
		if got, body, _ := ann.ask("POST", "/deliveries/resend", form); got != 404 && got != 400 {
			t.Errorf("%v: %d %s", form, got, body)
		}
	}
	if rows, err := i.store.ListDeliveries(t.Context(), "default", models.DeliveryDead, 1000); err != nil || len(rows) != dead {
		t.Fatalf("%d are given up, want %d: %v", len(rows), dead, err)
	}
	got, body, to := ann.ask("POST", "/deliveries/resend", all)
	if got != 303 || to != fmt.Sprintf("/deliveries?did=resend&n=%d&site=default&state=dead", dead) {
		t.Fatalf("send all again: %d %s %s", got, body, to)
	}
	has(t, ann.page(to), fmt.Sprintf("%d decisions will be delivered again", dead))
	has(t, ann.page("/audit?kind=deliveries.resend"), fmt.Sprintf("<bdi>%d</bdi>", dead))
}

func TestProgramsListDeliveriesAndSendThemAgain(t *testing.T) {
	i := twoSites(t)
	callback, private := "http://127.0.0.1:9/", true
	if err := i.store.SetSite(t.Context(), "default", models.SiteChange{Callback: &callback, AllowPrivateCallback: &private}); err != nil {
		t.Fatal(err)
	}
	site := i.site(t, "default")
	for n := range 2 {
		i.post(t, fmt.Sprintf("c%d", n), linked)
	}
	decisions := i.feed(t, site, 3)
	progress := models.LaneProgress{SiteID: site}
	for _, d := range decisions {
		progress.Failed = append(progress.Failed, models.Delivery{Seq: d.Seq, State: models.DeliveryDead, Attempts: 1, LastStatus: 400, LastError: "no", LastAttemptAt: d.DecidedAt})
		progress.Attempts = append(progress.Attempts, models.Attempted{Seq: d.Seq, Attempt: models.Attempt{At: d.DecidedAt, Seconds: 1.5, Status: 400, Error: "<b>no</b>"}})
	}
	progress.Cursor = 1 << 40
	if err := i.store.RecordDeliveries(t.Context(), progress); err != nil {
		t.Fatal(err)
	}
	mod := []string{"Authorization", "Bearer " + i.token(t, "mod@example.com", models.RoleModerator)}
	stranger := []string{"Authorization", "Bearer " + i.token(t, "stranger@example.com", models.RoleModerator, "other")}
	const path = "/v1/moderation/deliveries"
	var page struct {
		Deliveries []struct{ ID, Site, State string }
		Cursor     string
		More       bool
	}
	read := func(query string, as []string) {
		t.Helper()
		page.Deliveries = nil
		got, body := i.as(t, "GET", path+query, "", as...)
		if err := json.Unmarshal([]byte(body), &page); got != 200 || err != nil {
			t.Fatalf("%s: %d %s", query, got, body)
		}
	}
	read("?state=dead&limit=2", mod)
	if len(page.Deliveries) != 2 || !page.More || page.Deliveries[0].ID != decisions[0].ID || page.Deliveries[0].State != "dead" {
		t.Errorf("the first page: %+v", page)
	}
	if read("?state=dead&limit=2&site=default&after="+page.Cursor, mod); len(page.Deliveries) != 1 || page.More {
		t.Errorf("the second page: %+v", page)
	}
	if read("", mod); len(page.Deliveries) != 0 {
		t.Errorf("waiting: %+v", page)
	}
	if read("?state=dead", stranger); len(page.Deliveries) != 0 {
		t.Errorf("a stranger sees %+v", page)
	}
	for query, want := range map[string]int{"?site=default": 404, "?site=nowhere": 404, "?state=delivered": 400, "?after=x": 400, "?limit=0": 400, "?x=1": 400} {
		if got, body := i.as(t, "GET", path+query, "", stranger...); got != want {
			t.Errorf("%s: %d %s", query, got, body)
		}
	}
	for body, want := range map[string]int{
		`{}`: 422, `{"site":"default"}`: 422, `{"site":"default","id":"x","all":"dead"}`: 422, `{"site":"default","all":"waiting"}`: 422,
		`{"site":"default","id":"x"}`: 422, `{"site":"default","id":""}`: 422, `{"site":"nowhere","all":"dead"}`: 404, `{"site":"","all":"dead"}`: 422,
		`{"site":"other","id":"` + decisions[0].ID + `"}`: 404,
	} {
		if got, answer := i.as(t, "POST", path+"/resend", body, mod...); got != want {
			t.Errorf("%s: %d %s", body, got, answer)
		}
	}
	for _, body := range []string{`{"site":"default","all":"dead"}`, `{"site":"default","id":"` + decisions[0].ID + `"}`} {
		if got, answer := i.as(t, "POST", path+"/resend", body, stranger...); got != 404 {
			t.Errorf("%s by a stranger: %d %s", body, got, answer)
		}
	}
	ann := i.visitor(t, "ann@example.com", models.RoleModerator)
	has(t, ann.page("/comments/default/secret"), "1 attempt</summary>", "1.50 s", "HTTP 400", "&lt;b&gt;no", "!<b>no", "Send again")
	if got, answer := i.as(t, "GET", "/v1/moderation/comments/default/secret", "", mod...); got != 200 || !strings.Contains(answer, `"log":[{"at":`) {
		t.Errorf("the comment: %d %s", got, answer)
	}
	for body, want := range map[string]string{`{"site":"default","id":"` + decisions[0].ID + `"}`: `{"resent":1}`} {
		if got, answer := i.as(t, "POST", path+"/resend", body, mod...); got != 200 || answer != want {
			t.Errorf("%s: %d %s", body, got, answer)
		}
	}
	if got, answer := i.as(t, "POST", path+"/resend", `{"site":"default","all":"dead"}`, mod...); got != 200 || answer != `{"resent":2}` {
		t.Errorf("all: %d %s", got, answer)
	}
	has(t, ann.page("/audit?kind=deliveries.resend"), decisions[0].ID, "mod@example.com", "<bdi>2</bdi>")
}

func TestARejectionSaysWhatIsAgainstAComment(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.Moderation.UndoWindow = 0
	i := start(t, cfg, "")
	for n := range 3 {
		i.post(t, fmt.Sprintf("c%d", n), linked)
	}
	site := i.site(t, "default")
	i.feed(t, site, 3)
	ann := i.visitor(t, "ann@example.com", models.RoleModerator)
	mod := []string{"Authorization", "Bearer " + i.token(t, "mod@example.com", models.RoleModerator)}
	const path = "/v1/moderation/comments/default/c0/decision"
	for body, want := range map[string]int{
		`{"action":"reject","label":"none","reason":"rude"}`: 422, `{"action":"reject","label":"none","reason":""}`: 422, `{"action":"reject","label":"none","reason":7}`: 422,
		`{"action":"reject","reason":"abuse"}`: 422, `{"action":"reject","label":"ham","reason":"abuse"}`: 422, `{"action":"hold","label":"none","reason":"off-topic"}`: 422,
	} {
		if got, answer := i.as(t, "POST", path, body, mod...); got != want || !strings.Contains(answer, `/reason`) {
			t.Errorf("%s: %d %s", body, got, answer)
		}
	}
	if got, answer := i.as(t, "POST", path, `{"action":"reject","label":"none","reason":"abuse"}`, mod...); got != 200 ||
		!strings.Contains(answer, `"code":"moderator.reject","params":{"label":"none","reason":"abuse"},"detail":"rejected by a moderator as abuse"`) {
		t.Errorf("by a program: %d %s", got, answer)
	}
	if got, answer := i.as(t, "POST", "/v1/moderation/bulk", `{"action":"approve","reason":"abuse","query":""}`, mod...); got != 422 {
		t.Errorf("many approved for abuse: %d %s", got, answer)
	}
	if got, body, to := ann.ask("POST", "/comments/default/c1/decide", url.Values{"verdict": {"off-topic"}, "back": {"/held"}}); got != 303 || !strings.HasPrefix(to, "/held?did=off-topic&done=") {
		t.Errorf("by a form: %d %s %s", got, to, body)
	} else {
		has(t, ann.page(to), "Rejected as off topic. The filter learnt nothing from it.")
	}
	if got, answer := i.as(t, "POST", "/v1/moderation/bulk", `{"action":"reject","label":"none","reason":"off-topic","query":"site=default"}`, mod...); got != 202 {
		t.Errorf("many by a program: %d %s", got, answer)
	}
	details := map[string]string{}
	for _, d := range i.feed(t, site, 6)[3:] {
		details[d.CommentID] = d.Reasons[0].Detail
	}
	for id, want := range map[string]string{"c0": "rejected by a moderator as abuse", "c1": "rejected by a moderator as off topic", "c2": "rejected by a moderator as off topic"} {
		if details[id] != want {
			t.Errorf("%s: %q in the feed, want %q", id, details[id], want)
		}
	}
	has(t, ann.page("/audit?kind=verdict"), "<bdi>abuse</bdi>", "<bdi>off topic</bdi>", "!<bdi>off-topic</bdi>")
	has(t, ann.page("/audit?kind=bulk"), "<bdi>off topic</bdi>")
	has(t, ann.page("/comments/default/c1"), "rejected by a moderator as off topic")
}

var undoForm = regexp.MustCompile(`action="/undo"><input type="hidden" name="action" value="([^"]+)"`)

func TestWhatWasDoneIsUndoneFromTheAuditLog(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.Moderation.UndoWindow = 0 // over at once: what is undone is told the site by a new decision
	i := start(t, cfg, "")
	if _, err := i.admin(models.Operator).AddSite(t.Context(), models.Site{Name: "other"}); err != nil {
		t.Fatal(err)
	}
	i.post(t, "c1", linked)
	i.post(t, "c2", linked)
	site := i.site(t, "default")
	i.feed(t, site, 2)
	ann, root := i.visitor(t, "ann@example.com", models.RoleModerator), i.visitor(t, "root@example.com", models.RoleAdmin)
	bob := i.visitor(t, "bob@example.com", models.RoleModerator, "other")
	decide := func(who *visitor, id, verdict string) {
		t.Helper()
		if got, body, _ := who.ask("POST", "/comments/default/"+id+"/decide", url.Values{"verdict": {verdict}}); got != http.StatusSeeOther {
			t.Fatalf("decide: %d %s", got, body)
		}
	}
	offered := func(who *visitor, path string) []string {
		t.Helper()
		var ids []string
		for _, m := range undoForm.FindAllStringSubmatch(who.page(path), -1) {
			ids = append(ids, html.UnescapeString(m[1]))
		}
		return ids
	}
	const log = "/audit?kind=verdict&site=default"
	decide(ann, "c1", "spam")
	ids := offered(root, log)
	if len(ids) != 1 {
		t.Fatalf("offered %v", ids)
	}
	form := url.Values{"action": ids, "back": {log}}
	if got, body, _ := bob.ask("POST", "/undo", form); got != http.StatusNotFound {
		t.Errorf("undone by a stranger: %d %s", got, body)
	}
	got, body, to := root.ask("POST", "/undo", form)
	if got != http.StatusSeeOther || !strings.HasPrefix(to, "/audit?did=undo&kind=verdict") {
		t.Fatalf("undo: %d %s %s", got, to, body)
	}
	page := root.page(to)
	has(t, page, "Undone.</p>", `<span class="tag">undone</span>`, "!action=\"/undo\"><input type=\"hidden\" name=\"action\"")
	ds := i.feed(t, site, 4)
	if d := ds[3]; d.CommentID != "c1" || d.Action != models.Hold || d.Sequence != 3 {
		t.Errorf("the site is told %+v", d)
	}
	if got, body, _ := root.ask("POST", "/undo", form); got != http.StatusConflict || !strings.Contains(body, "undone already") {
		t.Errorf("undone twice: %d %s", got, body)
	}
	// What somebody has decided since stays.
	decide(ann, "c2", "approve")
	stale := offered(ann, log)
	if len(stale) != 1 {
		t.Fatalf("offered %v", stale)
	}
	decide(root, "c2", "spam")
	if got, body, _ := ann.ask("POST", "/undo", url.Values{"action": stale, "back": {log}}); got != http.StatusConflict || !strings.Contains(body, "somebody has decided since") {
		t.Errorf("undone over a later verdict: %d %s", got, body)
	}
	has(t, root.page("/comments?action=reject"), "c2")
	// Many at once are undone as one, by who decided them or an admin.
	if got, body, _ := ann.ask("POST", "/bulk", url.Values{"all": {"1"}, "query": {""}, "verdict": {"approve"}}); got != http.StatusSeeOther {
		t.Fatalf("many: %d %s", got, body)
	}
	i.feed(t, site, 7)
	other := i.visitor(t, "eve@example.com", models.RoleModerator)
	if many := offered(other, "/audit?kind=bulk"); len(many) != 0 {
		t.Errorf("another moderator is offered %v", many)
	}
	many := offered(ann, "/audit?kind=bulk")
	if len(many) != 1 {
		t.Fatalf("offered %v", many)
	}
	if got, body, to := ann.ask("POST", "/undo", url.Values{"action": many, "back": {"/audit?kind=bulk"}}); got != http.StatusSeeOther || !strings.HasPrefix(to, "/jobs/") {
		t.Fatalf("undo many: %d %s %s", got, to, body)
	}
	if ds := i.feed(t, site, 8); ds[7].CommentID != "c1" || ds[7].Action != models.Hold {
		t.Errorf("the site is told %+v", ds[7])
	}
	has(t, ann.page("/audit?kind=bulk"), `<span class="tag">undone</span>`)
}

func TestNothingOfARemovedCommentIsOfferedInTheAuditLog(t *testing.T) {
	i := twoSites(t)
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	bearer := "Bearer " + i.token(t, "ann@example.com", models.RoleModerator)
	i.post(t, "c1", linked)
	i.feed(t, i.site(t, "default"), 2)
	for _, id := range []string{"secret", "c1"} {
		if got, body, _ := root.ask("POST", "/comments/default/"+id+"/decide", url.Values{"verdict": {"approve"}, "sequence": {"1"}}); got != http.StatusSeeOther {
			t.Fatalf("decide %s: %d %s", id, got, body)
		}
	}
	const log = "/audit?kind=verdict&comment=secret&site=default"
	page := root.page(log)
	has(t, page, `href="/comments/default/secret"`, `!<span class="tag">removed</span>`)
	act := undoForm.FindStringSubmatch(page)[1]
	if a, err := i.ask(t.Context(), http.MethodDelete, "/v1/comments/secret", nil); err != nil || a.code != http.StatusNoContent {
		t.Fatalf("remove: %+v, %v", a, err)
	}
	has(t, root.page(log), "<bdi>secret</bdi>", `<span class="tag">removed</span>`, `!href="/comments/default/secret"`, "!"+act)
	has(t, root.page("/audit?kind=verdict"), `href="/comments/default/c1"`, `action="/undo"`, "!"+act)
	got, body := i.as(t, "GET", "/v1/moderation/audit?kind=verdict&comment=secret&site=default", "", "Authorization", bearer)
	if got != http.StatusOK || !strings.Contains(body, `"comment_removed":true`) || !strings.Contains(body, `"undoable":false`) {
		t.Errorf("the API: %d %s", got, body)
	}
}

func TestNothingOfARemovedSiteIsOfferedInTheAuditLog(t *testing.T) {
	i := twoSites(t)
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	bearer := "Bearer " + i.token(t, "ann@example.com", models.RoleModerator)
	if got, body, _ := root.ask("POST", "/comments/default/secret/decide", url.Values{"verdict": {"approve"}, "sequence": {"1"}}); got != http.StatusSeeOther {
		t.Fatalf("decide: %d %s", got, body)
	}
	const log = "/audit?kind=verdict"
	page := root.page(log)
	has(t, page, `href="/comments/default/secret"`, `action="/undo"`, "!site removed")
	act := undoForm.FindStringSubmatch(page)[1]
	if got, body, _ := root.ask("POST", "/sites/default/remove", url.Values{"name": {"default"}}); got != http.StatusSeeOther {
		t.Fatalf("remove: %d %s", got, body)
	}
	has(t, root.page(log), "<bdi>secret</bdi>", `<span class="tag">site removed</span>`, `!href="/comments/default/secret"`, "!"+act)
	if got, body, _ := root.ask("POST", "/undo", url.Values{"action": {act}, "back": {log}}); got != http.StatusConflict || !strings.Contains(body, "the site default was removed") {
		t.Errorf("undone from a page that was open before: %d %s", got, body)
	}
	got, body := i.as(t, "GET", "/v1/moderation/audit?kind=verdict", "", "Authorization", bearer)
	if got != http.StatusOK || !strings.Contains(body, `"site_removed":true`) || !strings.Contains(body, `"undoable":false`) {
		t.Errorf("the API: %d %s", got, body)
	}
}
