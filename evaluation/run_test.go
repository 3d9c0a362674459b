package evaluation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
)

// real is a setup with the parts that the daemon has.
func real() Setup {
	return Setup{
		New:  func() (Filter, error) { return classifier.New(classifier.Options{Epoch: "test"}) },
		Read: markup.Read, Lesson: classifier.LessonOf,
	}
}

// spy notes what reaches a filter.
type spy struct {
	mu       sync.Mutex
	did      []string
	learnt   int
	rebuilds int
}

func (s *spy) note(what, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did = append(s.did, what+" "+text)
}

func (s *spy) Rebuild(_ context.Context, log iter.Seq2[models.LogEntry, error]) error {
	s.rebuilds++
	for e, err := range log {
		if err != nil {
			return err
		}
		if err := s.Fold(e); err != nil {
			return err
		}
	}
	return nil
}

func (s *spy) Fold(e models.LogEntry) error {
	s.learnt++
	if e.Seq != int64(s.learnt) {
		return fmt.Errorf("entry %d has number %d", s.learnt, e.Seq)
	}
	s.note("learn "+string(e.Label), e.Lesson.Text)
	return nil
}

func (s *spy) Score(c *models.Case) models.Verdict {
	s.note("score", c.Text.Plain)
	return models.Verdict{Score: 0.5, Finding: models.Finding{Reason: models.Reason{Action: models.Hold}}}
}

// spied is a setup of spies, which are kept in made.
func spied(made *[]*spy) Setup {
	s := real()
	var mu sync.Mutex
	s.New = func() (Filter, error) {
		mu.Lock()
		defer mu.Unlock()
		f := &spy{}
		*made = append(*made, f)
		return f, nil
	}
	return s
}

func short(texts ...string) []Example {
	var all []Example
	for _, text := range texts {
		label := models.Ham
		if strings.HasPrefix(text, "!") {
			label = models.Spam
		}
		all = append(all, Example{ID: text, Label: label, Comment: models.Comment{Content: text}})
	}
	return all
}

func TestEachWayLearnsAndScoresInItsOrder(t *testing.T) {
	train, data := short("a", "!b"), short("c", "!d")
	ways := map[string]struct {
		run  func(Setup) ([]Prediction, error)
		want []string
	}{
		"Test": {
			func(s Setup) ([]Prediction, error) { return Test(t.Context(), s, train, data) },
			[]string{"learn ham a, learn spam !b, score c, score !d"},
		},
		"TestWithoutTraining": {
			func(s Setup) ([]Prediction, error) { return Test(t.Context(), s, nil, data) },
			[]string{"score c, score !d"},
		},
		"Online": {
			func(s Setup) ([]Prediction, error) { return Online(t.Context(), s, train, data) },
			[]string{"learn ham a, learn spam !b, score c, learn ham c, score !d, learn spam !d"},
		},
		"Folds": {
			func(s Setup) ([]Prediction, error) {
				return Folds(t.Context(), s, append(train, data...), [][]int{{3, 0}, {1}})
			},
			[]string{"learn ham a, learn spam !d, score !b", "learn spam !b, score !d, score a"},
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			var made []*spy
			if _, err := way.run(spied(&made)); err != nil {
				t.Fatal(err)
			}
			var did []string
			for _, f := range made {
				did = append(did, strings.Join(f.did, ", "))
				if f.rebuilds != 1 {
					t.Errorf("%d rebuilds, want 1", f.rebuilds)
				}
			}
			slices.Sort(did)
			if !slices.Equal(did, way.want) {
				t.Errorf("got  %q\nwant %q", did, way.want)
			}
		})
	}
}

// run predicts data in each way and gives the predictions as they are written.
func run(t *testing.T, s Setup, data []Example) map[string]string {
	t.Helper()
	folds, err := Split(data, 4, 0)
	if err != nil {
		t.Fatal(err)
	}
	half := len(data) / 2
	written := map[string]string{}
	for name, way := range map[string]func() ([]Prediction, error){
		"Test":   func() ([]Prediction, error) { return Test(t.Context(), s, data[:half], data[half:]) },
		"Online": func() ([]Prediction, error) { return Online(t.Context(), s, data[:half], data[half:]) },
		"Folds":  func() ([]Prediction, error) { return Folds(t.Context(), s, data, folds) },
	} {
		predictions, err := way()
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := WritePredictions(&out, predictions); err != nil {
			t.Fatal(err)
		}
		written[name] = out.String()
	}
	return written
}

func TestPredictionsAreTheSameOnAnyNumberOfProcessors(t *testing.T) {
	data := examples(120)
	want := run(t, real(), data)
	before := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	for _, n := range []int{1, 2, 7} {
		runtime.GOMAXPROCS(n)
		for way, got := range run(t, real(), data) {
			if got != want[way] {
				t.Errorf("%s on %d processors gave other predictions", way, n)
			}
		}
	}
}

func TestTheLabelOfATestedCommentChangesNoScore(t *testing.T) {
	data := examples(60)
	before, err := Test(t.Context(), real(), data[:40], data[40:])
	if err != nil {
		t.Fatal(err)
	}
	turned := slices.Clone(data[40:])
	for i := range turned {
		turned[i].Label = map[models.Label]models.Label{models.Ham: models.Spam, models.Spam: models.Ham}[turned[i].Label]
	}
	after, err := Test(t.Context(), real(), data[:40], turned)
	if err != nil {
		t.Fatal(err)
	}
	for i := range before {
		if before[i].Score != after[i].Score {
			t.Errorf("%s: %v, with the other label %v", before[i].Example.ID, before[i].Score, after[i].Score)
		}
	}
	// Online, a label may change only what comes after it.
	one, err := Online(t.Context(), real(), nil, data)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Online(t.Context(), real(), nil, slices.Concat(data[:40], turned))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 41 {
		if one[i].Score != other[i].Score {
			t.Errorf("online, %s: %v, with other labels from e40 on %v", one[i].Example.ID, one[i].Score, other[i].Score)
		}
	}
}

func TestSeedShufflesTraining(t *testing.T) {
	order := func(seed uint64) string {
		var made []*spy
		s := spied(&made)
		s.Seed = seed
		if _, err := Test(t.Context(), s, examples(20), short("x")); err != nil {
			t.Fatal(err)
		}
		return strings.Join(made[0].did, "\n")
	}
	plain, one, again, two := order(0), order(1), order(1), order(2)
	if plain == one || one == two || one != again {
		t.Error("a seed must give one order, another seed another, and 0 that of the data")
	}
}

func TestProgressCountsEveryPrediction(t *testing.T) {
	s, data := real(), examples(30)
	calls := 0
	s.Progress = func(done int) {
		if calls++; done != calls {
			t.Errorf("call %d said %d", calls, done)
		}
	}
	folds, err := Split(data, 3, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Folds(t.Context(), s, data, folds); err != nil || calls != len(data) {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestErrorsEndARun(t *testing.T) {
	broken := errors.New("broken")
	s := real()
	s.New = func() (Filter, error) { return nil, broken }
	if _, err := Folds(t.Context(), s, examples(10), [][]int{{0}, {1}}); !errors.Is(err, broken) || !strings.Contains(err.Error(), "fold 1") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Online(ctx, real(), nil, examples(10)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := Test(ctx, real(), nil, examples(10)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
