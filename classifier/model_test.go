package classifier

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/winnowd/winnow/models"
)

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"HoldAbove":   {HoldAbove: 1.5},
		"SpamAbove":   {HoldAbove: 0.7, SpamAbove: 0.6},
		"RejectAbove": {RejectAbove: 0.3},
	} {
		_, err := New(o)
		if !errors.Is(err, models.ErrInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: error is %v, want one that names %s", o, err, name)
		}
	}
	if _, err := New(Options{HoldAbove: 0.95}); err != nil {
		t.Errorf("a high HoldAbove alone: %v", err)
	}
}

func TestFoldIgnoresWhatItFolded(t *testing.T) {
	m := newModel(t)
	spam := says(5, models.Spam, "casino bonus")
	fold(t, m, spam, spam, says(3, models.Ham, "late"))
	if ham, spam := m.Documents(); ham != 0 || spam != 1 || m.Seq() != 5 || m.Version() != "test.t3.5" {
		t.Errorf("%d ham, %d spam, seq %d, version %s", ham, spam, m.Seq(), m.Version())
	}
}

func TestFoldRefusesNonsense(t *testing.T) {
	m := newModel(t)
	for field, e := range map[string]models.LogEntry{
		"Seq":   {Seq: 0, Label: models.Ham},
		"Label": {Seq: 1, Label: "eggs"},
	} {
		if err := m.Fold(e); !errors.Is(err, models.ErrInvalid) || !strings.Contains(err.Error(), field) {
			t.Errorf("error is %v, want one that names %s", err, field)
		}
	}
}

func TestFoldRefusesToTakeBackWhatWasNeverLearnt(t *testing.T) {
	m := newModel(t)
	fold(t, m, says(1, models.Spam, "casino bonus"), says(2, models.Ham, "nice garden"))
	before := m.Score(caseOf("casino garden"))
	own := says(3, models.Spam, "casino bonus")
	own.Shared = false
	for name, e := range map[string]models.LogEntry{
		"OtherText":  says(3, models.Spam, "casino prize"),
		"OtherLabel": says(3, models.Ham, "casino bonus"),
		"OtherStore": own,
	} {
		if err := m.Fold(retract(3, e)); !errors.Is(err, models.ErrConflict) {
			t.Errorf("%s: error is %v, want a conflict", name, err)
		}
	}
	after := m.Score(caseOf("casino garden"))
	if after.Score != before.Score || m.Seq() != 2 || m.Tokens() == 0 {
		t.Errorf("score was %v and is %v, seq %d", before.Score, after.Score, m.Seq())
	}
}

func TestRetractingRestoresTheModel(t *testing.T) {
	m := newModel(t)
	spam := says(1, models.Spam, "casino bonus")
	fold(t, m, spam, says(2, models.Ham, "nice garden"))
	before, tokens := m.Score(caseOf("casino garden prize")), m.Tokens()
	extra := says(3, models.Spam, "casino prize garden")
	fold(t, m, extra)
	if m.Score(caseOf("casino garden prize")).Score == before.Score {
		t.Error("learning changed nothing")
	}
	fold(t, m, retract(4, extra))
	if after := m.Score(caseOf("casino garden prize")); after.Score != before.Score || m.Tokens() != tokens {
		t.Errorf("score is %v with %d tokens, was %v with %d", after.Score, m.Tokens(), before.Score, tokens)
	}
}

func TestLabelsNotSharedStayWithTheirSite(t *testing.T) {
	m := newModel(t)
	fold(t, m, says(1, models.Spam, "casino bonus"), says(2, models.Ham, "nice garden"))
	before := m.score(1, &models.Lesson{Text: "casino rooms"}, nil).Score
	for i := range 20 {
		e := says(int64(i+3), models.Ham, "casino rooms")
		e.SiteID, e.Shared = 7, false
		fold(t, m, e)
	}
	if other := m.score(1, &models.Lesson{Text: "casino rooms"}, nil).Score; other != before {
		t.Errorf("another site's score went from %v to %v", before, other)
	}
	if own := m.score(7, &models.Lesson{Text: "casino rooms"}, nil).Score; own >= before {
		t.Errorf("its own score is %v, want less than %v", own, before)
	}
	if ham, spam := m.Documents(); ham != 21 || spam != 1 {
		t.Errorf("%d ham and %d spam, want 21 and 1", ham, spam)
	}
}

func TestMetricsFollowTheModel(t *testing.T) {
	r := prometheus.NewRegistry()
	m, err := New(Options{Registerer: r})
	if err != nil {
		t.Fatal(err)
	}
	fold(t, m, says(1, models.Spam, "a b"), says(2, models.Ham, "a c"), says(3, models.Ham, "d"))
	m.Score(caseOf("a"))
	want := fmt.Sprintf(`# HELP winnow_model_documents Labelled comments that the model has learnt.
# TYPE winnow_model_documents gauge
winnow_model_documents{label="ham"} 2
winnow_model_documents{label="spam"} 1
# HELP winnow_model_tokens Tokens that the model knows.
# TYPE winnow_model_tokens gauge
winnow_model_tokens %d
`, m.Tokens())
	if err := testutil.GatherAndCompare(r, strings.NewReader(want), "winnow_model_documents", "winnow_model_tokens"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"winnow_classifier_score", "winnow_classifier_seconds"} {
		if n, err := testutil.GatherAndCount(r, name); n != 1 || err != nil {
			t.Errorf("%s: %d series, %v", name, n, err)
		}
	}
	if _, err := New(Options{Registerer: r}); err == nil {
		t.Error("a second model on one registry: no error")
	}
}

// history makes a random label log in which comments are labelled, relabelled and
// retracted at three sites, and the entries that stand at its end.
func history(r *rand.Rand, n int, lessons []models.Lesson) (log, standing []models.LogEntry) {
	var live []models.LogEntry
	seq := int64(0)
	next := func(e models.LogEntry) {
		seq += 1 + r.Int64N(3)
		e.Seq = seq
		log = append(log, e)
	}
	for range n {
		if len(live) > 0 && r.IntN(3) == 0 {
			i := r.IntN(len(live))
			e := live[i]
			e.Retracts = true
			next(e)
			live = append(live[:i], live[i+1:]...)
			if r.IntN(2) == 0 {
				continue
			}
			e.Retracts = false // a relabel
			e.Label = models.Labels[r.IntN(2)]
			next(e)
			live = append(live, e)
			continue
		}
		e := models.LogEntry{
			SiteID: 1 + r.Int64N(3), Shared: r.IntN(4) > 0,
			Label: models.Labels[r.IntN(2)], Lesson: lessons[r.IntN(len(lessons))],
		}
		next(e)
		live = append(live, e)
	}
	for i, e := range live {
		e.Seq = int64(i + 1)
		standing = append(standing, e)
	}
	return log, standing
}

func bundledLessons(t testing.TB) []models.Lesson {
	t.Helper()
	var lessons []models.Lesson
	for _, e := range loadExamples(t) {
		lessons = append(lessons, e.entry(1).Lesson)
	}
	return lessons
}

// sameScores fails unless two models score every lesson alike, to the last bit, at
// every site.
func sameScores(t *testing.T, what string, a, b *Model, lessons []models.Lesson) {
	t.Helper()
	for site := range int64(4) {
		for i := range lessons {
			va, vb := a.score(site, &lessons[i], nil), b.score(site, &lessons[i], nil)
			if va.Score != vb.Score || fmt.Sprint(va.Finding.Evidence) != fmt.Sprint(vb.Finding.Evidence) {
				t.Fatalf("%s: site %d scores %q %v and %v", what, site, lessons[i].Text, va.Score, vb.Score)
			}
		}
	}
	if a.Tokens() != b.Tokens() {
		t.Fatalf("%s: %d and %d tokens", what, a.Tokens(), b.Tokens())
	}
}

// sameCounts fails unless two models count the same documents and features.
func sameCounts(t *testing.T, what string, a, b *Model) {
	t.Helper()
	ah, as := a.Documents()
	bh, bs := b.Documents()
	if ah != bh || as != bs {
		t.Fatalf("%s: %d and %d ham, %d and %d spam", what, ah, bh, as, bs)
	}
	have := func(b *brain) map[uint64][2]uint32 {
		all := make(map[uint64][2]uint32)
		for i := range b.table.records {
			if r := &b.table.records[i]; r.have != [2]uint32{} {
				all[r.hash] = r.have
			}
		}
		return all
	}
	if one, other := have(a.state.shared), have(b.state.shared); !maps.Equal(one, other) {
		t.Fatalf("%s: shared counts differ: %d and %d features", what, len(one), len(other))
	}
}

func TestCountsUnlearnExactly(t *testing.T) {
	lessons := bundledLessons(t)
	for seed := range uint64(4) {
		log, standing := history(rand.New(rand.NewPCG(seed, 1)), 150, lessons)
		through, direct := newModel(t), newModel(t)
		fold(t, through, log...)
		fold(t, direct, standing...)
		sameCounts(t, fmt.Sprintf("seed %d", seed), through, direct)
	}
}

func FuzzCountsUnlearnExactly(f *testing.F) {
	f.Add(uint64(1), uint8(30), "casino bonus", "nice garden casino")
	f.Fuzz(func(t *testing.T, seed uint64, n uint8, one, other string) {
		lessons := []models.Lesson{{Text: one}, {Text: other, Hidden: 1}, {Text: one + " " + other, AuthorHost: "a.example"}}
		log, standing := history(rand.New(rand.NewPCG(seed, 2)), int(n), lessons)
		through, direct := newModel(t), newModel(t)
		fold(t, through, log...)
		fold(t, direct, standing...)
		sameCounts(t, "fuzz", through, direct)
	})
}

// TestWeightsAreExactAfterTheNextTraining takes labels back and trains anew: nothing of
// them is left.
func TestWeightsAreExactAfterTheNextTraining(t *testing.T) {
	lessons := bundledLessons(t)
	direct, through := newModel(t), newModel(t)
	var seq int64
	next := func(m *Model, e models.LogEntry) {
		seq++
		e.Seq = seq
		fold(t, m, e)
	}
	for i := range lessons {
		e := models.LogEntry{SiteID: 1, Shared: true, Label: models.Labels[i%2], Lesson: lessons[i]}
		next(direct, e)
		next(through, e)
		if i%3 == 0 {
			extra := models.LogEntry{SiteID: 1, Shared: true, Label: models.Labels[i/3%2], Lesson: models.Lesson{Text: fmt.Sprintf("taken back %d", i)}}
			next(through, extra)
			next(through, models.LogEntry{SiteID: 1, Shared: true, Label: models.Spam, Lesson: models.Lesson{Text: "in between"}})
			next(through, retract(1, extra))
			next(through, retract(1, models.LogEntry{SiteID: 1, Shared: true, Label: models.Spam, Lesson: models.Lesson{Text: "in between"}}))
		}
	}
	for _, m := range []*Model{direct, through} {
		b := m.state.shared
		b.learnt = 1000
		t, docs := newTrainer(b, b.memory.inOrder())
		t.fit(docs, 1)
		b.swap(t.byNumber(t.trained()))
	}
	one, other := weightsOf(direct), weightsOf(through)
	for hash, w := range one {
		if other[hash] != w {
			t.Fatalf("a weight is %v, and %v where labels were taken back", w, other[hash])
		}
	}
}

func weightsOf(m *Model) map[uint64]weight {
	all := make(map[uint64]weight)
	records := m.state.shared.table.records
	for i := range records {
		if r := &records[i]; r.weight != (weight{}) {
			all[r.hash] = r.weight
		}
	}
	return all
}

// TestUndoingTheNewestLabelRestoresExactly does so after every label, also those that
// bring a training.
func TestUndoingTheNewestLabelRestoresExactly(t *testing.T) {
	lessons := bundledLessons(t)
	direct, undone := newModel(t), newModel(t)
	seq := int64(0)
	for i := range lessons {
		e := models.LogEntry{SiteID: 1, Shared: true, Label: models.Labels[i%2], Lesson: lessons[i]}
		seq++
		e.Seq = seq
		wrong := e
		wrong.Label = models.Labels[(i+1)%2]
		fold(t, undone, wrong)
		seq++
		fold(t, undone, retract(seq, wrong))
		seq++
		e.Seq = seq
		fold(t, direct, e)
		fold(t, undone, e)
		if i%10 == 9 {
			sameScores(t, fmt.Sprintf("after %d labels", i+1), direct, undone, lessons[:20])
		}
	}
	if direct.state.shared.progress != undone.state.shared.progress {
		t.Error("the progress is another")
	}
}

func TestScoringAndLearningTogether(t *testing.T) {
	m := newModel(t)
	lessons := bundledLessons(t)
	log, _ := history(rand.New(rand.NewPCG(3, 3)), 120, lessons)
	var running sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		running.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				c := caseOf(lessons[i%len(lessons)].Text)
				if v := m.Score(c); !(v.Score >= 0 && v.Score <= 1) {
					t.Errorf("score is %v", v.Score)
				}
				m.Version()
				m.Documents()
			}
		})
	}
	// What is folded was stored before, as the daemon does it.
	var mu sync.Mutex
	var stored []models.LogEntry
	running.Go(func() {
		for range 3 {
			err := m.Rebuild(t.Context(), func(yield func(models.LogEntry, error) bool) {
				mu.Lock()
				log := stored
				mu.Unlock()
				logOf(log)(yield)
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	for _, e := range log {
		mu.Lock()
		stored = append(stored, e)
		mu.Unlock()
		fold(t, m, e)
	}
	close(stop)
	running.Wait()
	want := newModel(t)
	fold(t, want, log...)
	sameScores(t, "after it all", want, m, lessons)
}
