package daemon

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/winnowd/winnow/accounts"
	"github.com/winnowd/winnow/desk"
	"github.com/winnowd/winnow/models"
)

// as makes a request with given headers, in pairs, and gives status and body.
func (i *instance) as(t *testing.T, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+i.Addr()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	client := i.client // holds what it sees against the description
	if !described(method, path) {
		client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res.StatusCode, "" // it does not end by itself
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// described tells whether the description knows what a stranger is answered: of what is
// not there it says 404 and 405, which a stranger does not learn. A stream cannot be
// looked at as a whole.
func described(method, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	got := strings.Split(path, "/")
	for _, r := range desk.Routes() {
		want := strings.Split(r.Pattern, "/")
		if r.Method != method && (r.Method != "GET" || method != "HEAD") || len(want) != len(got) || strings.HasSuffix(path, "/events") {
			continue
		}
		same := true
		for n := range want {
			same = same && (want[n] == got[n] || strings.HasPrefix(want[n], "{"))
		}
		if same {
			return true
		}
	}
	return false
}

// token adds a user and gives an API token.
func (i *instance) token(t *testing.T, email string, role models.Role, sites ...string) string {
	t.Helper()
	if _, err := i.accounts.AddUser(t.Context(), models.NewUser{Email: email, Role: role, Sites: sites, Password: "correct horse"}, models.Operator); err != nil {
		t.Fatal(err)
	}
	token, err := i.accounts.Token(t.Context(), email, models.Operator)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestNobodyReachesWhatIsNotTheirs walks every route of the moderation API with every
// method, as everybody there is.
func TestNobodyReachesWhatIsNotTheirs(t *testing.T) {
	i := start(t, testConfig(t.TempDir()), "")
	if _, err := i.admin(models.Operator).AddSite(t.Context(), models.Site{Name: "other"}); err != nil {
		t.Fatal(err)
	}
	i.post(t, "secret", "links https://a.example https://b.example https://c.example")
	i.feed(t, i.site(t, "default"), 1)
	admin := i.token(t, "admin@example.com", models.RoleAdmin)
	moderator := i.token(t, "mod@example.com", models.RoleModerator, "default")
	stranger := i.token(t, "other@example.com", models.RoleModerator, "other")
	from := accounts.Where{Address: "127.0.0.1"}
	cookie, _, err := i.accounts.SignIn(t.Context(), "mod@example.com", "correct horse", from)
	if err != nil {
		t.Fatal(err)
	}
	stolen, _, err := i.accounts.SignIn(t.Context(), "mod@example.com", "correct horse", from)
	if err == nil {
		err = i.accounts.SignOut(t.Context(), stolen)
	}
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]struct {
		want    int
		headers []string
	}{
		"nobody":                  {401, nil},
		"an unknown token":        {401, []string{"Authorization", "Bearer wu_unknown"}},
		"no bearer":               {401, []string{"Authorization", "Basic " + admin}},
		"an unknown site's key":   {401, []string{"Authorization", "Bearer wk_unknown"}},
		"a site's key":            {403, []string{"Authorization", "Bearer " + i.key}},
		"a session that is over":  {401, []string{"Cookie", "winnow=" + stolen}},
		"a forged cookie":         {401, []string{"Cookie", "winnow=forged"}},
		"another name of cookie":  {401, []string{"Cookie", "__Host-winnow=" + cookie}},
		"a cookie and a bad key":  {401, []string{"Cookie", "winnow=" + cookie, "Authorization", "Bearer wu_x"}},
		"a cookie from elsewhere": {403, []string{"Cookie", "winnow=" + cookie, "Sec-Fetch-Site", "cross-site"}},
		"a sister site":           {403, []string{"Cookie", "winnow=" + cookie, "Sec-Fetch-Site", "same-site"}},
		"a forged origin":         {403, []string{"Cookie", "winnow=" + cookie, "Origin", "https://evil.example"}},
		"a null origin":           {403, []string{"Authorization", "Bearer " + admin, "Origin", "null"}},
	}
	methods := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	patterns := map[string]map[string]bool{"/v1/moderation/nothing": {}, "/v1/moderation": {}, "/v1/moderation/": {}}
	for _, r := range desk.Routes() {
		if patterns[r.Pattern] == nil {
			patterns[r.Pattern] = map[string]bool{}
		}
		patterns[r.Pattern][r.Method] = true
		if r.Method == "GET" {
			patterns[r.Pattern]["HEAD"] = true
		}
	}
	for pattern, known := range patterns {
		path := strings.NewReplacer("{site}", "default", "{id}", "secret").Replace(pattern)
		for _, method := range methods {
			for who, as := range refused {
				if got, body := i.as(t, method, path, "{}", as.headers...); got != as.want {
					t.Errorf("%s %s as %s: %d %s, want %d", method, path, who, got, body, as.want)
				}
			}
			got, body := i.as(t, method, path, "{}", "Authorization", "Bearer "+stranger)
			switch {
			case len(known) == 0 && got != 404, len(known) > 0 && !known[method] && got != 405:
				t.Errorf("%s %s: %d %s", method, path, got, body)
			case strings.Contains(path, "secret") && known[method] && got != 404 && got != 422:
				t.Errorf("%s %s of another site: %d %s", method, path, got, body)
			case strings.Contains(body, "secret"), strings.Contains(body, "default"):
				t.Errorf("%s %s tells of another site: %s", method, path, body)
			}
		}
	}
	for _, query := range []string{"held?site=default", "comments?action=hold&site=default", "overview?site=default", "audit?site=default", "held?site=nowhere"} {
		if got, body := i.as(t, "GET", "/v1/moderation/"+query, "", "Authorization", "Bearer "+stranger); got != 404 {
			t.Errorf("%s: %d %s", query, got, body)
		}
	}
	const path = "/v1/moderation/comments/default/secret/decision"
	for name, body := range map[string]string{"no action": `{}`, "unknown action": `{"action":"delete"}`, "unknown label": `{"action":"approve","label":"maybe"}`, "wrong type": `{"action":1}`, "no revision 0": `{"action":"approve","revision":0}`} {
		if got, _ := i.as(t, "POST", path, body, "Authorization", "Bearer "+moderator); got != 422 {
			t.Errorf("%s: %d", name, got)
		}
	}
	for name, body := range map[string]string{"no object": `[]`, "doubled": `{"action":"approve","action":"hold"}`, "cut off": `{"action":`} {
		if got, _ := i.as(t, "POST", path, body, "Authorization", "Bearer "+moderator); got != 400 && got != 422 {
			t.Errorf("%s: %d", name, got)
		}
	}
	i.walkVerdict(t, path, moderator, stranger, cookie)
}

func TestWhatModeratorsSendIsOneObjectOfGoodText(t *testing.T) {
	i := start(t, testConfig(t.TempDir()), "")
	i.post(t, "a", "links https://a.example https://b.example https://c.example")
	i.feed(t, i.site(t, "default"), 1)
	moderator := i.token(t, "mod@example.com", models.RoleModerator)
	const decision, undo, look = "/v1/moderation/comments/default/a/decision", "/v1/moderation/undo", "/v1/moderation/comments/default/a/look"
	if got, body := i.as(t, "POST", decision, `{"action":"approve"}`, "Authorization", "Bearer "+moderator); got != 200 {
		t.Fatalf("verdict: %d %s", got, body)
	}
	for _, c := range []struct {
		path, body string
		want       int
		says       string
	}{
		{decision, "null", 400, ":unreadable"}, {undo, "null", 400, ":unreadable"}, {undo, " null\n", 400, ":unreadable"}, {look, "null", 400, ":unreadable"},
		{undo, "", 400, ":unreadable"}, {undo, "{}{}", 400, ":unreadable"}, {undo, "\ufeff{}", 400, ":unreadable"}, {undo, `{"a":"` + "\xff" + `"}`, 400, ":unreadable"},
		{decision, `{"action":"hold","note":"a\u0000b"}`, 422, `"pointer":"/note"`},
		{undo, `{"unknown":{"deep":["\u0000"]}}`, 422, `"pointer":"/unknown/deep/0"`}, {look, `{"a\u0000":1}`, 422, "U+0000"},
	} {
		if got, body := i.as(t, "POST", c.path, c.body, "Authorization", "Bearer "+moderator); got != c.want || !strings.Contains(body, c.says) {
			t.Errorf("%s %q: %d %s", c.path, c.body, got, body)
		}
	}
	for _, query := range []string{"q=%FF", "author=%C3%28", "q=a&q=b", "nosuch=1", "limit=x", "q=%zz"} {
		if got, body := i.as(t, "GET", "/v1/moderation/held?"+query, "", "Authorization", "Bearer "+moderator); got != 400 || !strings.Contains(body, ":bad-request") {
			t.Errorf("%s: %d %s", query, got, body)
		}
	}
	if got, body := i.as(t, "POST", decision, `{"action":"hold","note":"what \\u0000 is, and é"}`, "Authorization", "Bearer "+moderator); got != 200 || !strings.Contains(body, `"sequence":3`) {
		t.Errorf("an escaped backslash: %d %s", got, body)
	}
	if got, body := i.as(t, "POST", undo, "\t{ }\n", "Authorization", "Bearer "+moderator); got != 200 {
		t.Errorf("undo with spaces: %d %s", got, body)
	}
}

// walkVerdict decides, meets stale verdicts, and undoes.
func (i *instance) walkVerdict(t *testing.T, path, moderator, stranger, cookie string) {
	t.Helper()
	got, body := i.as(t, "POST", path, `{"action":"reject","label":"none","note":"rude","revision":1,"if_sequence":1}`, "Cookie", "winnow="+cookie, "Sec-Fetch-Site", "same-origin")
	var d struct {
		ActionID string `json:"action_id"`
		Action   string
		Sequence int
		Note     string
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil || got != 200 || d.Action != "reject" || d.Sequence != 2 || d.ActionID == "" || d.Note != "" {
		t.Fatalf("verdict: %d %s", got, body)
	}
	for _, stale := range []string{`{"action":"approve","if_sequence":1}`, `{"action":"approve","revision":2}`} {
		got, body := i.as(t, "POST", path, stale, "Authorization", "Bearer "+moderator)
		if got != 409 || !strings.Contains(body, `"current":{`) || !strings.Contains(body, `"sequence":2`) {
			t.Errorf("stale %s: %d %s", stale, got, body)
		}
	}
	undo := `{"action_id":"` + d.ActionID + `"}`
	if got, body := i.as(t, "POST", "/v1/moderation/undo", undo, "Authorization", "Bearer "+stranger); got != 404 {
		t.Errorf("undone by a stranger: %d %s", got, body)
	}
	if got, body := i.as(t, "POST", "/v1/moderation/undo", `{}`, "Authorization", "Bearer "+moderator); got != 200 || !strings.Contains(body, `"sequence":1`) {
		t.Errorf("undo: %d %s", got, body)
	}
	if got, body := i.as(t, "POST", "/v1/moderation/undo", undo, "Authorization", "Bearer "+moderator); got != 409 {
		t.Errorf("undo twice: %d %s", got, body)
	}
	if ds := i.feed(t, i.site(t, "default"), 1); len(ds) != 1 {
		t.Errorf("%d decisions in the feed: an undone verdict left a trace", len(ds))
	}
}

func TestAVerdictJoinsTheFeedAfterItsWindowAndAfterARestart(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.Moderation.UndoWindow = 600 * 1e9
	i := start(t, cfg, "")
	i.post(t, "c", "links https://a.example https://b.example https://c.example")
	i.feed(t, i.site(t, "default"), 1)
	token := i.token(t, "mod@example.com", models.RoleModerator)
	if got, body := i.as(t, "POST", "/v1/moderation/comments/default/c/decision", `{"action":"approve"}`, "Authorization", "Bearer "+token); got != 200 {
		t.Fatalf("verdict: %d %s", got, body)
	}
	if ds := i.feed(t, i.site(t, "default"), 1); len(ds) != 1 {
		t.Errorf("%d decisions in the feed within the window", len(ds))
	}
	i.end(t)
	cfg.Moderation.UndoWindow = 0
	again := start(t, cfg, i.key)
	ds := again.feed(t, again.site(t, "default"), 2)
	if len(ds) != 2 || ds[1].Action != models.Approve || ds[1].Sequence != 2 {
		t.Errorf("after a restart: %+v", ds)
	}
}

func TestTheSitesLabelHasItsWayBesideAWaitingVerdict(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.Moderation.UndoWindow = 600 * 1e9
	i := start(t, cfg, "")
	token := i.token(t, "mod@example.com", models.RoleModerator)
	for n, c := range []struct {
		verdict, label, want string
		sequence             int
	}{
		{`{"action":"reject","label":"spam"}`, "spam", `"action":"reject"`, 2},  // the verdict itself
		{`{"action":"hold","label":"spam"}`, "spam", `"action":"reject"`, 3},    // was learnt already, and is decided otherwise
		{`{"action":"reject","label":"none"}`, "spam", `"action":"reject"`, 3},  // was not learnt
		{`{"action":"approve","label":"ham"}`, "spam", `"action":"reject"`, 3},  // another word
		{`{"action":"approve","label":"spam"}`, "ham", `"action":"approve"`, 3}, // another lesson
	} {
		id := "c" + strconv.Itoa(n)
		i.send(t, id, "links https://a.example https://b.example https://c.example "+id, map[string]any{"name": "Ann"})
		if got, body := i.as(t, "POST", "/v1/moderation/comments/default/"+id+"/decision", c.verdict, "Authorization", "Bearer "+token); got != 200 {
			t.Fatalf("%s: %d %s", c.verdict, got, body)
		}
		want := `"sequence":` + strconv.Itoa(c.sequence)
		for range 2 {
			got, body := i.as(t, "POST", "/v1/comments/"+id+"/label", `{"label":"`+c.label+`"}`, "Authorization", "Bearer "+i.key)
			if got != 200 || !strings.Contains(body, c.want) || !strings.Contains(body, want) {
				t.Errorf("%s, then %s: %d %s, want %s and %s", c.verdict, c.label, got, body, c.want, want)
			}
			if got, body = i.as(t, "GET", "/v1/comments/"+id, "", "Authorization", "Bearer "+i.key); got != 200 || !strings.Contains(body, want) {
				t.Errorf("%s, then %s: it stands as %d %s", c.verdict, c.label, got, body)
			}
		}
	}
}

func TestAVerdictOnWhatWasRemovedCannotBeUndone(t *testing.T) {
	i := start(t, testConfig(t.TempDir()), "")
	i.post(t, "c", "links https://a.example https://b.example https://c.example")
	i.feed(t, i.site(t, "default"), 1)
	token := i.token(t, "mod@example.com", models.RoleModerator)
	if got, body := i.as(t, "POST", "/v1/moderation/comments/default/c/decision", `{"action":"approve"}`, "Authorization", "Bearer "+token); got != 200 {
		t.Fatalf("verdict: %d %s", got, body)
	}
	if got, body := i.as(t, "DELETE", "/v1/comments/c", "", "Authorization", "Bearer "+i.key); got != 204 {
		t.Fatalf("removal: %d %s", got, body)
	}
	if got, body := i.as(t, "POST", "/v1/moderation/undo", `{}`, "Authorization", "Bearer "+token); got != 409 || !strings.Contains(body, "the comment was removed") {
		t.Errorf("undo: %d %s", got, body)
	}
}
