package moderation_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/moderation"
	"github.com/winnowd/winnow/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bench is a service with a real store and model.
type bench struct {
	*moderation.Service
	t     *testing.T
	store *store.Store
	model *classifier.Model
	site  *models.Site
	user  *models.User
	// learner is the service's.
	learner *moderation.Learner
	metrics *prometheus.Registry
	desk    *meddled
}

type names struct{ site *models.Site }

func (n names) ByName(name string) *models.Site {
	if name == n.site.Name {
		return n.site
	}
	return nil
}

func newBench(t *testing.T, window time.Duration) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.AddSite(t.Context(), models.Site{Name: "blog"}); err != nil {
		t.Fatal(err)
	}
	sites, err := s.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.LoadedPolicy(t.Context(), "sha256:p", []byte("rules: []")); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: s, site: sites[0], metrics: prometheus.NewRegistry(), desk: &meddled{Store: s}, user: &models.User{ID: 1, Email: "ann@example.com", Role: models.RoleModerator}}
	b.model = newModel(t)
	b.learner = moderation.NewLearner(s, b.model)
	if err := b.learner.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.Service = moderation.New(moderation.Options{
		Store: s, Desk: b.desk, Sites: names{b.site}, Classifier: b.model, Learner: b.learner, Read: markup.Read, Lesson: classifier.LessonOf,
		Tokenizer: classifier.Tokenizer, Policy: func() string { return "sha256:p" }, Registerer: b.metrics,
		Window: window, SpamAbove: 0.9,
	})
	return b
}

func newModel(t *testing.T) *classifier.Model {
	t.Helper()
	m, err := classifier.New(classifier.Options{Epoch: "e"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func words(r *rand.Rand) string {
	list := []string{"cheap", "pills", "casino", "thanks", "great", "post", "https://spam.example/x", "hello", "watches", "weather"}
	text := ""
	for range 3 + r.IntN(6) {
		text += list[r.IntN(len(list))] + " "
	}
	return text
}

// submit accepts and judges a comment.
func (b *bench) submit(id, content string, action models.Action) {
	b.t.Helper()
	rev := &models.Revision{SiteID: b.site.ID, Site: b.site.Name, Protocol: "native", ReceivedAt: time.Now().UTC(),
		Comment: models.Comment{ID: id, Type: "comment", Content: content, ContentType: models.PlainText}}
	receipt, err := b.store.Accept(b.t.Context(), rev)
	if err != nil {
		b.t.Fatal(err)
	}
	if receipt.Repeated {
		return
	}
	d := &models.Decision{Action: action, Source: models.FromPolicy, Actor: models.System, Score: 0.5, Judged: true,
		PolicyVersion: "sha256:p", ModelVersion: "m", DecidedAt: time.Now().UTC().Truncate(time.Millisecond),
		Reasons: []models.Reason{{Rule: "r", Action: action, Code: "r.x", Detail: "x"}}}
	if err := b.store.Decide(b.t.Context(), []models.Judgement{{Revision: rev, Decision: d}}); err != nil {
		b.t.Fatal(err)
	}
}

// scores are those of a few texts, bit for bit.
func (b *bench) scores(m *classifier.Model) (bits []uint64) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 20 {
		text := words(r)
		v := m.Score(&models.Case{Site: b.site, Revision: &models.Revision{SiteID: b.site.ID, Comment: models.Comment{Content: text}}, Text: markup.Read(text, models.PlainText)})
		bits = append(bits, math.Float64bits(v.Score))
	}
	return bits
}

// standing is what is expected of a comment.
type standing struct {
	action models.Action
	label  models.Label
}

// done is a verdict that can be undone, with what was before it.
type done struct {
	id, comment string
	before      standing
}

func TestAfterAnyVerdictsAndUndosAllIsAsReplayed(t *testing.T) {
	for seed := range uint64(6) {
		window := []time.Duration{0, time.Hour}[seed%2]
		t.Run(fmt.Sprintf("seed %d window %v", seed, window), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			b := newBench(t, window)
			expected := map[string]standing{}
			var stack []done // newest last; only its last of each comment can be undone
			for step := range 120 {
				id := fmt.Sprintf("c%d", r.IntN(8))
				switch n := r.IntN(10); {
				case expected[id].action == "" || n == 0:
					action := models.Actions[r.IntN(3)]
					content := fmt.Sprint(words(r), step)
					b.submit(id, content, action)
					expected[id] = standing{action, expected[id].label}
					stack = without(stack, id)
				case n < 6:
					stack = b.decide(r, id, expected, stack)
				case n < 9 && len(stack) > 0:
					last := stack[len(stack)-1]
					if _, err := b.Undo(t.Context(), b.user, ""); err != nil {
						t.Fatalf("step %d: undo of %+v: %v", step, last, err)
					}
					expected[last.comment], stack = last.before, stack[:len(stack)-1]
				case n == 9 && window > 0:
					seqs, err := b.store.Pending(t.Context())
					if err == nil {
						err = b.store.Release(t.Context(), seqs)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				b.compare(step, expected)
			}
			b.replay(expected)
		})
	}
}

// without forgets the verdicts on a comment that was decided since: undoing the user's
// newest must not meet them.
func without(stack []done, id string) []done {
	for _, d := range stack {
		if d.comment == id {
			return nil
		}
	}
	return stack
}

// decide carries out some verdict. If undoing it at once takes only a label away, it must
// leave every score as it was.
func (b *bench) decide(r *rand.Rand, id string, expected map[string]standing, stack []done) []done {
	b.t.Helper()
	v := models.ModeratorVerdict{Site: b.site, CommentID: id, Action: models.Actions[r.IntN(3)], Label: []models.Label{"", models.Ham, models.Spam}[r.IntN(3)]}
	before, scores := expected[id], b.scores(b.model)
	page, err := b.store.Page(b.t.Context(), b.site.ID, id)
	if err != nil {
		b.t.Fatal(err)
	}
	d, err := b.Decide(b.t.Context(), b.user, v)
	if err != nil {
		b.t.Fatal(err)
	}
	if page.Label == "" && r.IntN(2) == 0 {
		if _, err := b.Undo(b.t.Context(), b.user, d.ActionID); err != nil {
			b.t.Fatal(err)
		}
		if after := b.scores(b.model); fmt.Sprint(after) != fmt.Sprint(scores) {
			b.t.Errorf("undoing %+v at once changed scores", v)
		}
		return stack
	}
	label := v.Label
	after, err := b.store.Page(b.t.Context(), b.site.ID, id)
	if err != nil {
		b.t.Fatal(err)
	}
	if label == "" && after.Label != "" {
		label = after.Label // of an earlier revision, which stays
		if page.Label != after.Label {
			b.t.Errorf("a verdict without a label made it %s", after.Label)
		}
	}
	expected[id] = standing{v.Action, label}
	// An earlier verdict on the comment cannot be undone any more, and the newest is undone
	// first: what lies below it is out of reach until then.
	return append(stack, done{d.ActionID, id, before})
}

// compare holds what is stored against what is expected.
func (b *bench) compare(step int, expected map[string]standing) {
	b.t.Helper()
	held := 0
	for id, want := range expected {
		p, err := b.store.Page(b.t.Context(), b.site.ID, id)
		if err != nil {
			b.t.Fatal(err)
		}
		if got := (standing{p.Current.Action, p.Label}); got != want {
			b.t.Fatalf("step %d, comment %s: %+v, want %+v", step, id, got, want)
		}
		if newest := p.Decisions[len(p.Decisions)-1]; newest.Seq != p.Current.Seq {
			b.t.Fatalf("step %d, comment %s: decision %d is in force, the newest is %d", step, id, p.Current.Seq, newest.Seq)
		}
		for i, d := range p.Decisions {
			if d.Sequence != i+1 {
				b.t.Fatalf("step %d, comment %s: decision %d has sequence %d", step, id, i, d.Sequence)
			}
		}
		if want.action == models.Hold {
			held++
		}
	}
	if n, _, err := b.store.CountHeld(b.t.Context(), models.CommentFilter{}); err != nil || n != held {
		b.t.Fatalf("step %d: %d held, %v, want %d", step, n, err, held)
	}
}

// replay holds scores and counts against those of a fresh replay of the log.
func (b *bench) replay(expected map[string]standing) {
	b.t.Helper()
	fresh := newModel(b.t)
	if err := moderation.NewLearner(b.store, fresh).Rebuild(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	if got, want := fmt.Sprint(b.scores(b.model)), fmt.Sprint(b.scores(fresh)); got != want {
		b.t.Errorf("scores are\n%s, replayed\n%s", got, want)
	}
	ham, spam := b.model.Documents()
	wantHam, wantSpam := 0, 0
	verdicts, decisions := map[models.Action]int{}, map[models.Action]int{}
	for id, v := range expected {
		switch v.label {
		case models.Ham:
			wantHam++
		case models.Spam:
			wantSpam++
		}
		p, err := b.store.Page(b.t.Context(), b.site.ID, id)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, d := range p.Decisions {
			if d.Actor == models.System {
				decisions[d.Action]++
			} else {
				verdicts[d.Action]++
			}
		}
	}
	if ham != wantHam || spam != wantSpam {
		b.t.Errorf("the model knows %d ham and %d spam, want %d and %d", ham, spam, wantHam, wantSpam)
	}
	o, err := b.store.Overview(b.t.Context(), nil, 2)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, action := range models.Actions {
		gotD, gotV := 0, 0
		for _, day := range o.Days {
			gotD, gotV = gotD+day.Decisions[action], gotV+day.Verdicts[action]
		}
		if gotD != decisions[action] || gotV != verdicts[action] {
			b.t.Errorf("%s: %d decisions and %d verdicts counted, %d and %d stored", action, gotD, gotV, decisions[action], verdicts[action])
		}
	}
}
