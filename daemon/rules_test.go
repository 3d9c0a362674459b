package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
	"github.com/winnowd/winnow/store"
)

// send posts a comment by somebody and waits for its decision.
func (i *instance) send(t *testing.T, id, content string, author map[string]any) *models.Decision {
	t.Helper()
	body := comment(id, content)
	for name, v := range author {
		body["author"].(map[string]any)[name] = v
	}
	a, err := i.ask(t.Context(), http.MethodPost, "/v1/comments", body, "Prefer", "wait=30")
	if err != nil || a.code != http.StatusOK {
		t.Fatalf("%v: %d %s", err, a.code, a.body)
	}
	var d models.Decision
	if err := json.Unmarshal(a.body, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// somebody is an author with a rule for each of the ways to name one.
var somebody = map[string]any{"id": `u"3`, "logged_in": true, "email": "ann@mail.example", "url": "https://www.ann-shop.example/me"}

// judgedSite starts a daemon whose first site has decided some comments: three link to
// spam.example, of which moderators called two spam and one wanted.
func judgedSite(t *testing.T, file string) *instance {
	t.Helper()
	cfg := testConfig(t.TempDir())
	cfg.Classifier.Starter = configs.StarterNone // the rules decide here
	if cfg.Policy.File = file; file != "" {
		if err := os.WriteFile(file, []byte("# mine\nrules:\n  # about links\n  - rule: link-limit\n    max: 2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	i := start(t, cfg, "")
	if _, err := i.admin(models.Operator).AddSite(t.Context(), models.Site{Name: "other"}); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		id := fmt.Sprint("s-", n)
		if d := i.send(t, id, fmt.Sprintf("the %dth way to the 'cheap: pills' [now] is https://spam.example/%d", n, n), nil); d.Action != models.Approve {
			t.Fatalf("%s: %+v", id, d)
		}
	}
	i.send(t, "fine", "nothing but a kind word", nil)
	i.send(t, "held", "links https://a.example https://b.example https://c.example", somebody)
	for id, label := range map[string]models.Label{"s-0": models.Spam, "s-1": models.Spam, "s-2": models.Ham} {
		if _, err := i.Label(t.Context(), "default", id, label, models.OriginSite); err != nil {
			t.Fatal(err)
		}
	}
	return i
}

var trialAddress = regexp.MustCompile(`^/trials/([A-Z2-7]+)\?of=%2Fcomments%2Fdefault%2F`)

// try tries a rule by the page of a comment and gives the trial's address and id.
func (v *visitor) try(id, rule, phrase, site string) (path, trial string) {
	v.t.Helper()
	status, body, to := v.ask("POST", "/comments/default/"+id+"/rule", url.Values{"rule": {rule}, "phrase": {phrase}, "site": {site}})
	m := trialAddress.FindStringSubmatch(to)
	if status != http.StatusSeeOther || m == nil {
		v.t.Fatalf("try %s: %d %s\n%s", rule, status, to, body)
	}
	return to, m[1]
}

var version = regexp.MustCompile(`name="version" value="(sha256:[0-9a-f]+)"`)

// versionOn is the version of the policy that a trial's page is about.
func versionOn(t *testing.T, page string) string {
	t.Helper()
	m := version.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no version in\n%s", page)
	}
	return m[1]
}

func TestARuleIsTriedThenWrittenThenInForce(t *testing.T) {
	i := judgedSite(t, "")
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	has(t, root.page("/comments/default/s-0"), `href="/comments/default/s-0/rule"`)
	has(t, root.page("/held"), `href="/comments/default/held/rule"`)
	has(t, root.page("/comments/default/held/rule"), `value="block-host:a.example"`, `value="block-domain:ann-shop.example"`, `value="approve-account:u&#34;3"`,
		`value="approve-email:ann@mail.example"`, "Anybody can type it", `<option value="">at all sites`)
	path, id := root.try("s-0", "block-host:spam.example", "", "default")
	page := root.page(path)
	has(t, page, "winnow judged 5 comments", "would have changed 3 decisions", "new decision in 2 of them, and to the old one in 1", "!more harm", `href="/comments/default/s-2"`,
		`hosts: [&#34;spam.example&#34;]`, filepath.Join(i.cfg.DataDir, "policy.yaml"), "Write the rule")
	if _, err := os.Stat(filepath.Join(i.cfg.DataDir, "policy.yaml")); err == nil {
		t.Error("trying writes a file")
	}
	status, body, to := root.ask("POST", "/trials/"+id+"/write", url.Values{"version": {versionOn(t, page)}, "of": {"/comments/default/s-0"}})
	if status != http.StatusSeeOther || !strings.HasPrefix(to, "/trials/"+id) {
		t.Fatalf("write: %d %s %s", status, to, body)
	}
	has(t, root.page(to), "The rule is in force.", `href="/held?rule=block-host-`, "!Write the rule")
	text, err := os.ReadFile(filepath.Join(i.cfg.DataDir, "policy.yaml"))
	if err != nil || !strings.Contains(string(text), `hosts: ["spam.example"]`) || !strings.Contains(string(text), "# docs/policy.md describes every rule") {
		t.Errorf("%v: the file is\n%s", err, text)
	}
	d := i.send(t, "next", "another way is https://spam.example/next", nil)
	if d.Action != models.Hold || d.Reasons[0].Code != "blocked-sources.host" || d.PolicyVersion != i.policy.Current().Version() {
		t.Errorf("the next comment: %+v", d)
	}
	has(t, root.page("/held?rule="+d.Reasons[0].Rule), `href="/comments/default/next"`)
	has(t, root.page("/audit?kind=policy.add"), "Added a rule to the policy</td>", d.Reasons[0].Rule, "spam.example", "root@example.com")
	if status, page, _ = root.ask("POST", "/trials/"+id+"/write", url.Values{"version": {d.PolicyVersion}}); status != http.StatusConflict {
		t.Errorf("again: %d", status)
	}
	has(t, page, "written already")
	status, page, _ = root.ask("POST", "/comments/default/s-0/rule", url.Values{"rule": {"block-host:spam.example"}, "site": {"default"}})
	if status != http.StatusConflict {
		t.Errorf("the same rule: %d", status)
	}
	has(t, page, "has this rule already")
}

func TestARuleThatDoesHarmSaysSo(t *testing.T) {
	i := judgedSite(t, "")
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	path, _ := root.try("fine", "block-phrase:", "2th way", "")
	has(t, root.page(path), "would have changed 1 decision.", "new decision in 0 of them, and to the old one in 1", "more harm than good", "a moderator said it is wanted")
	path, _ = root.try("fine", "block-phrase:", "way to nowhere", "default")
	has(t, root.page(path), "would have changed no decision")
	path, _ = root.try("fine", "block-phrase:", "kind word", "default")
	has(t, root.page(path), "would have changed 1 decision.", "Nobody said anything of those")
	path, _ = root.try("held", `approve-account:u"3`, "", "default")
	has(t, root.page(path), "would have changed 1 decision.", `author.id == \&#34;u\\\&#34;3`, "holds that are final")
}

func TestRulesAreWrittenByAdminsAndTriedByThoseWhoSeeTheSite(t *testing.T) {
	i := judgedSite(t, "")
	root, mod := i.visitor(t, "root@example.com", models.RoleAdmin), i.visitor(t, "mod@example.com", models.RoleModerator, "default")
	stranger := i.visitor(t, "other@example.com", models.RoleModerator, "other")
	has(t, mod.page("/comments/default/s-0/rule"), "!at all sites")
	path, id := mod.try("s-0", "block-host:spam.example", "", "default")
	page := mod.page(path)
	has(t, page, "would have changed 3 decisions", "Only admins write rules", "!Write the rule", "!"+i.cfg.DataDir)
	if status, _, _ := mod.ask("POST", "/comments/default/s-0/rule", url.Values{"rule": {"block-host:spam.example"}, "site": {""}}); status != http.StatusNotFound {
		t.Errorf("at all sites: %d", status)
	}
	for _, do := range [][2]string{{"GET", path}, {"POST", "/trials/" + id + "/stop"}, {"GET", "/comments/default/s-0/rule"}, {"POST", "/comments/default/s-0/rule"}} {
		if status, body, _ := stranger.ask(do[0], do[1], url.Values{"rule": {"block-host:spam.example"}, "site": {"other"}}); status != http.StatusNotFound || strings.Contains(body, "spam.example") {
			t.Errorf("%s %s as a stranger: %d %s", do[0], do[1], status, body)
		}
	}
	shown := root.page(path)
	has(t, shown, "would have changed 3 decisions", "mod@example.com")
	form := url.Values{"version": {versionOn(t, shown)}}
	if status, _, _ := mod.ask("POST", "/trials/"+id+"/write", form); status != http.StatusNotFound {
		t.Errorf("a moderator writes: %d", status)
	}
	if status, _, _ := root.ask("POST", "/trials/"+id+"/write", form, "Origin", "https://evil.example"); status != http.StatusForbidden {
		t.Errorf("from elsewhere: %d", status)
	}
	if _, err := os.Stat(filepath.Join(i.cfg.DataDir, "policy.yaml")); err == nil {
		t.Error("the file was written")
	}
	if err := os.WriteFile(filepath.Join(i.cfg.DataDir, "policy.yaml"), []byte("rules: [{rule: secret-typo}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		v    *visitor
		want []string
	}{{mod, []string{"an admin has to mend", "!secret-typo"}}, {root, []string{"must be mended first", "secret-typo"}}} {
		status, page, _ := c.v.ask("POST", "/comments/default/s-0/rule", url.Values{"rule": {"block-host:spam.example"}, "site": {"default"}})
		if status != http.StatusConflict {
			t.Errorf("with an error in the file: %d", status)
		}
		has(t, page, c.want...)
	}
}

func TestARuleIsNotWrittenOverAPolicyThatChanged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	i := judgedSite(t, file)
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	path, id := root.try("s-0", "block-host:spam.example", "", "")
	form := url.Values{"version": {versionOn(t, root.page(path))}, "of": {"/comments/default/s-0"}}
	const newer = "rules:\n  - rule: link-limit\n    max: 1 # fewer\n"
	if err := os.WriteFile(file, []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	status, page, _ := root.ask("POST", "/trials/"+id+"/write", form)
	if status != http.StatusConflict {
		t.Errorf("%d", status)
	}
	has(t, page, "has changed since the rule was tried", "Try it again", "!Write the rule")
	if text, err := os.ReadFile(file); err != nil || string(text) != newer {
		t.Errorf("%v: the file is now\n%s", err, text)
	}
	path, id = root.try("s-0", "block-host:spam.example", "", "")
	status, page, _ = root.ask("POST", "/trials/"+id+"/write", url.Values{"version": {versionOn(t, root.page(path))}})
	if status != http.StatusSeeOther {
		t.Errorf("tried again: %d %s", status, page)
	}
	text, err := os.ReadFile(file)
	if rest := regexp.MustCompile(`(?m)^  - \{rule: blocked-sources.*\n`).ReplaceAllString(string(text), ""); err != nil || rest != newer {
		t.Errorf("%v: besides the rule, the file has\n%s", err, rest)
	}
}

func TestARuleThatCannotBeWrittenSaysWhyAndHowItIsWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), strings.Repeat("p", 250)) // no longer name can stand beside it
	i := judgedSite(t, file)
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	path, id := root.try("s-0", "block-phrase:", "'cheap: pills' [now]", "default")
	shown := root.page(path)
	has(t, shown, "would have changed 3 decisions", `terms: [&#34;&#39;cheap: pills&#39; [now]&#34;]`)
	status, page, _ := root.ask("POST", "/trials/"+id+"/write", url.Values{"version": {versionOn(t, shown)}})
	if status != http.StatusConflict {
		t.Errorf("%d", status)
	}
	has(t, page, "cannot be written", `terms: [&#34;&#39;cheap: pills&#39; [now]&#34;]`)
	has(t, root.page("/audit?kind=policy.add"), "Nothing like that")
	for phrase, want := range map[string]string{"": "something to look for", "a\u202eb": "characters that nobody sees", strings.Repeat("x", 201): "200", "\xff\xfe": "nobody sees"} {
		status, page, _ := root.ask("POST", "/comments/default/fine/rule", url.Values{"rule": {"block-phrase:"}, "phrase": {phrase}, "site": {"default"}})
		if status != http.StatusBadRequest {
			t.Errorf("%q: %d", phrase, status)
		}
		has(t, page, want)
	}
	for _, rule := range []string{"", "open-door:x", "block-host:not a host", "approve-email:nobody"} {
		if status, _, _ := root.ask("POST", "/comments/default/fine/rule", url.Values{"rule": {rule}, "site": {"default"}}); status != http.StatusBadRequest {
			t.Errorf("%q: %d", rule, status)
		}
	}
}

func TestThereIsNothingToTryARuleOn(t *testing.T) {
	i := judgedSite(t, "")
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	trial, err := i.trials.Begin(&models.User{ID: 1, Role: models.RoleAdmin}, models.Addition{Kind: models.BlockHost, Value: "spam.example", Site: "other"})
	if err != nil {
		t.Fatal(err)
	}
	has(t, root.page("/trials/"+trial.ID), "there is nothing to try a rule on", "Write the rule")
	if status, _, _ := root.ask("GET", "/trials/none", nil); status != http.StatusNotFound {
		t.Errorf("no such trial: %d", status)
	}
}

func TestAnExampleThatWasRemovedIsNotShown(t *testing.T) {
	i := judgedSite(t, "")
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	path, _ := root.try("s-0", "block-host:spam.example", "", "default")
	has(t, root.page(path), "0th way")
	if a, err := i.ask(t.Context(), http.MethodDelete, "/v1/comments/s-0?erase=true", nil); err != nil || a.code >= 300 {
		t.Fatalf("%v: %d %s", err, a.code, a.body)
	}
	has(t, root.page(path), "!0th way", "2th way")
}

// TestWhatATrialShowsIsWhatPolicyTestShowsOfTheWrittenFile tries and writes rules of every
// kind, one after the other, so that each is tried on top of the others.
func TestWhatATrialShowsIsWhatPolicyTestShowsOfTheWrittenFile(t *testing.T) {
	i := judgedSite(t, "")
	root := i.visitor(t, "root@example.com", models.RoleAdmin)
	user := &models.User{ID: 1, Role: models.RoleAdmin}
	reader, err := store.OpenReader(t.Context(), i.cfg.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	changed := 0
	for _, a := range []models.Addition{
		{Kind: models.BlockHost, Value: "spam.example"},
		{Kind: models.BlockDomain, Value: "ann-shop.example", Site: "default"},
		{Kind: models.BlockPhrase, Value: "kind word", Site: "default"},
		{Kind: models.BlockPhrase, Value: `'cheap: pills' [now]`},
		{Kind: models.ApproveAccount, Value: `u"3`},
		{Kind: models.ApproveEmail, Value: "ann@mail.example", Site: "default"},
	} {
		_, id := root.try("s-0", string(a.Kind)+":"+a.Value, "", a.Site)
		tried, err := i.trials.Trial(t.Context(), user, id)
		if err != nil || tried.State != models.TrialDone {
			t.Fatalf("%+v: %+v, %v", a, tried, err)
		}
		if tried, err = i.trials.Write(t.Context(), user, id, tried.Draft.Version); err != nil || !tried.InForce {
			t.Fatalf("%+v: %+v, %v", a, tried, err)
		}
		set, err := policy.Place{File: filepath.Join(i.cfg.DataDir, "policy.yaml")}.Load()
		if err != nil || set.Version() != tried.Draft.Version || i.policy.Current().Version() != tried.Draft.Version {
			t.Fatalf("%+v: the file is another policy than was tried, %v", a, err)
		}
		result, err := BacktestFrom(t.Context(), reader, set, Backtest{Since: tried.Since, Site: a.Site})
		if err != nil || !reflect.DeepEqual(result, tried.Result) {
			t.Errorf("%+v:\ntried %+v\ntest  %+v, %v", a, tried.Result, result, err)
		}
		changed += tried.Result.Changed
	}
	if changed == 0 {
		t.Error("the rules change nothing: this tells little")
	}
}
