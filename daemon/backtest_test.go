package daemon

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
	"github.com/winnowd/winnow/store"
)

// many is a policy with rules of every kind, those that read facts above all.
const many = `
rules:
  - {rule: required-fields}
  - {rule: link-limit}
  - {rule: duplicate}
  - {rule: similar, percent: 60}
  - {rule: rate, max: 3, window: 10s, per: [person], action: stricter 4}
  - {rule: burst, max: 30, window: 1m, mode: shadow}
  - {rule: first-comment, action: stricter 2}
  - {rule: trusted-author, min: 2}
  - {rule: blocked-words, terms: [casino, pills], action: stricter 10}
  - {rule: closed-thread, after: 30d, until: 2199-12-31}
  - {rule: parent, action: hold final}
  - {rule: edited, approved_only: true}
  - {rule: custom, name: late, when: 'score > 0.3 && author.last_1m > 2 && found("first-comment")', action: reject}
  - {rule: custom, name: mild, when: 'author.approved > 2 || comment.similar > 1', action: milder 5}
`

// TestABacktestOfThePolicyThatWasRunningChangesNothing sends random comments, edits,
// answers and labels, and replays what was decided.
func TestABacktestOfThePolicyThatWasRunningChangesNothing(t *testing.T) {
	cfg := testConfig(t.TempDir())
	file := filepath.Join(cfg.DataDir, "policy.yaml")
	if err := os.WriteFile(file, []byte(many), 0o600); err != nil {
		t.Fatal(err)
	}
	d := start(t, cfg, "")
	random := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("the casino has cheap pills for you and me but I have tried this at home where it worked well https://a.example https://b.example https://c.example")
	const n = 300
	actions := map[models.Action]int{}
	for i := range n {
		var text strings.Builder
		for range 3 + random.IntN(25) {
			text.WriteString(words[random.IntN(len(words))] + " ")
		}
		content := text.String()
		if i%7 == 0 {
			content = "I have tried this at home and it worked the second time, when I had read the part about valve " + fmt.Sprint(i%3)
		}
		id := fmt.Sprint("c-", random.IntN(n))
		body := comment(id, content)
		body["author"].(map[string]any)["email"] = fmt.Sprintf("a%d@example.com", random.IntN(12))
		body["parent_id"] = fmt.Sprint("c-", random.IntN(n))
		body["submitted_at"] = "2026-03-01T10:00:00.123456789Z"
		body["post"] = map[string]any{"id": fmt.Sprint("p-", i%3), "published_at": []string{"2026-01-30T10:00:00Z", "2026-01-30T10:00:00.1235Z", "2026-02-28T10:00:00Z"}[i%3]}
		a, err := d.ask(t.Context(), http.MethodPost, "/v1/comments", body, "Prefer", "wait=30")
		if err != nil || a.code != http.StatusOK && a.code != http.StatusAccepted {
			t.Fatalf("%v: %d %s", err, a.code, a.body)
		}
		if i%9 == 0 {
			if _, err := d.Label(t.Context(), "default", id, models.Labels[i/9%2], models.OriginSite); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, dec := range d.feed(t, d.site(t, "default"), n) {
		if dec.Source != models.FromModerator {
			actions[dec.Action]++
		}
	}
	if len(actions) < 3 {
		t.Errorf("the comments tell little: %v", actions)
	}
	r, err := d.TryPolicy(t.Context(), d.policy.Current(), Backtest{Site: "default"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Replayed < n/2 || r.Changed != 0 || r.Unknown != nil {
		t.Errorf("replayed %d, changed %d: %+v %+v, unknown %+v", r.Replayed, r.Changed, r.By, r.Examples, r.Unknown)
	}

	other, err := policy.Parse("other.yaml", []byte(`rules: [{rule: custom, name: all, when: "true", action: reject}]`))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := store.OpenReader(t.Context(), cfg.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	r, err = BacktestFrom(t.Context(), reader, other, Backtest{})
	if err != nil {
		t.Fatal(err)
	}
	agrees, disagrees := 0, 0
	for _, c := range r.By {
		if c.To != models.Reject || c.Rule != "all" {
			t.Errorf("%+v", c)
		}
		agrees, disagrees = agrees+c.Agrees, disagrees+c.Disagrees
	}
	if want := r.Replayed - actions[models.Reject]; r.Changed != want || agrees == 0 || disagrees == 0 {
		t.Errorf("changed %d, want %d; moderators agree with %d, disagree with %d", r.Changed, want, agrees, disagrees)
	}
	if _, err := BacktestFrom(t.Context(), reader, other, Backtest{Site: "nosuch"}); err == nil {
		t.Error("an unknown site is no error")
	}
}

func TestAChangedPolicyJudgesWithoutARestart(t *testing.T) {
	cfg := testConfig(t.TempDir())
	d := start(t, cfg, "")
	d.post(t, "c-1", "fine")
	site := d.site(t, "default")
	before := d.feed(t, site, 1)[0]
	if err := os.WriteFile(filepath.Join(cfg.DataDir, "policy.yaml"), []byte("rules: [{rule: blocked-words, terms: [fine]}, {rule: honeypot, mode: shadow}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new policy is in force", func() bool { return d.policy.Current().Version() != before.PolicyVersion })
	d.post(t, "c-2", "fine, too")
	after := d.feed(t, site, 2)[1]
	if before.Action != models.Approve || after.Action != models.Hold || after.PolicyVersion != d.policy.Current().Version() {
		t.Errorf("before %s by %s, after %s by %s", before.Action, before.PolicyVersion, after.Action, after.PolicyVersion)
	}
}
