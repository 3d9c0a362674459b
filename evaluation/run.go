package evaluation

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/winnowd/winnow/models"
)

// Filter is what is measured.
type Filter interface {
	// Rebuild makes the filter what the whole log teaches.
	Rebuild(ctx context.Context, log iter.Seq2[models.LogEntry, error]) error
	// Fold learns the next entry of the log.
	Fold(models.LogEntry) error
	// Score judges a case. Any number of goroutines may call it at once.
	Score(*models.Case) models.Verdict
}

// Setup is what a run needs besides data; New, Read and Lesson are required.
type Setup struct {
	// New makes a filter that has learnt nothing. Several may be in use at once.
	New func() (Filter, error)
	// Read takes the markup off a comment's content.
	Read func(string, models.ContentType) models.Text
	// Lesson makes what is learnt of a labelled comment.
	Lesson func(models.Text, *models.Comment) models.Lesson
	// Seed, unless it is 0, shuffles what is trained on.
	Seed uint64
	// Thin, if it is over 1, leaves only every so many-th example of what is trained on.
	Thin int
	// Progress, unless nil, is told after each prediction or from time to time how
	// many are done. It may be called from several goroutines, one at a time.
	Progress func(done int)
}

// Prediction is what a filter said of one example.
type Prediction struct {
	Example *Example
	// Score is the probability of spam, 0 to 1, Action what follows by the cut-offs.
	Score  float64
	Action models.Action
	// Evidence is what moved the score most, if the action is a mistake.
	Evidence []models.Evidence
	// Took is how long reading and scoring the comment took.
	Took time.Duration
}

// site is where every comment of a run stands.
var site = models.Site{ID: 1, Name: "default", Enabled: true, ShareLabels: true}

// caseOf makes what is judged: the comment as the daemon would judge it.
func (s *Setup) caseOf(c *models.Comment, seq int64) *models.Case {
	at := site
	return &models.Case{
		Site:     &at,
		Revision: &models.Revision{Seq: seq, SiteID: at.ID, Site: at.Name, Number: 1, Protocol: "native", Comment: *c},
		Text:     s.Read(c.Content, c.ContentType),
	}
}

// entry makes the entry of the label log that an example would be.
func (s *Setup) entry(e *Example, seq int64) models.LogEntry {
	return models.LogEntry{
		Seq: seq, SiteID: site.ID, Label: e.Label, Shared: site.ShareLabels,
		Lesson: s.Lesson(s.Read(e.Comment.Content, e.Comment.ContentType), &e.Comment),
	}
}

// log is the label log that examples make, with numbers from 1.
func (s *Setup) log(examples []*Example) iter.Seq2[models.LogEntry, error] {
	return func(yield func(models.LogEntry, error) bool) {
		for i, e := range examples {
			if !yield(s.entry(e, int64(i+1)), nil) {
				return
			}
		}
	}
}

// train makes a filter that has learnt examples, as the daemon has after an import.
func (s *Setup) train(ctx context.Context, examples []*Example) (Filter, error) {
	f, err := s.New()
	if err != nil {
		return nil, err
	}
	if s.Thin > 1 {
		var thinned []*Example
		for i := s.Thin - 1; i < len(examples); i += s.Thin {
			thinned = append(thinned, examples[i])
		}
		examples = thinned
	}
	if s.Seed != 0 {
		examples = append([]*Example(nil), examples...)
		random := rand.New(rand.NewPCG(s.Seed, 0))
		random.Shuffle(len(examples), func(i, j int) { examples[i], examples[j] = examples[j], examples[i] })
	}
	if err := f.Rebuild(ctx, s.log(examples)); err != nil {
		return nil, fmt.Errorf("train the filter: %w", err)
	}
	return f, nil
}

// predict asks for the score of an example's comment. The label stays here.
func (s *Setup) predict(f Filter, e *Example, seq int64) Prediction {
	start := time.Now()
	v := f.Score(s.caseOf(&e.Comment, seq))
	p := Prediction{Example: e, Score: v.Score, Action: v.Finding.Action, Took: time.Since(start)}
	if p.mistaken() {
		p.Evidence = v.Finding.Evidence // of all comments it would fill the memory
	}
	return p
}

// mistaken tells that spam was approved, or ham was not.
func (p *Prediction) mistaken() bool {
	return (p.Action == models.Approve) == (p.Example.Label == models.Spam)
}

// Test trains a filter on some examples, which may be none, and has it predict
// others.
func Test(ctx context.Context, s Setup, train, test []Example) ([]Prediction, error) {
	f, err := s.train(ctx, pointers(train))
	if err != nil {
		return nil, err
	}
	predictions := make([]Prediction, len(test))
	count := s.counter()
	for i := range test {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		predictions[i] = s.predict(f, &test[i], int64(len(train)+1))
		count()
	}
	return predictions, nil
}

// Online has a filter that was trained on some examples, which may be none, predict
// each example in order and learn it afterwards.
func Online(ctx context.Context, s Setup, train, data []Example) ([]Prediction, error) {
	f, err := s.train(ctx, pointers(train))
	if err != nil {
		return nil, err
	}
	predictions := make([]Prediction, len(data))
	count := s.counter()
	for i := range data {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		seq := int64(len(train) + i + 1)
		predictions[i] = s.predict(f, &data[i], seq)
		if err := f.Fold(s.entry(&data[i], seq)); err != nil {
			return nil, fmt.Errorf("learn %q: %w", data[i].ID, err)
		}
		count()
	}
	return predictions, nil
}

// Folds predicts the examples of each fold by a filter that was trained on those of
// the other folds, in order of the data. folds holds indices of data, as ReadFolds and
// Split give them; examples of no fold take no part.
func Folds(ctx context.Context, s Setup, data []Example, folds [][]int) ([]Prediction, error) {
	of := foldOf(len(data), folds)
	predictions := make([]Prediction, len(data))
	count := s.counter()
	err := parallel(ctx, len(folds), func(k int) error {
		f, err := s.train(ctx, except(data, of, k))
		if err != nil {
			return fmt.Errorf("fold %d: %w", k+1, err)
		}
		for _, i := range folds[k] {
			predictions[i] = s.predict(f, &data[i], int64(len(data)+1))
			count()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var kept []Prediction
	for i := range data {
		if of[i] >= 0 {
			kept = append(kept, predictions[i])
		}
	}
	return kept, nil
}

// foldOf tells in which fold each of n examples is; -1 for none.
func foldOf(n int, folds [][]int) []int {
	of := make([]int, n)
	for i := range of {
		of[i] = -1
	}
	for k, fold := range folds {
		for _, i := range fold {
			of[i] = k
		}
	}
	return of
}

// except gives the examples of all folds but one, in order of the data.
func except(data []Example, of []int, k int) []*Example {
	var train []*Example
	for i := range data {
		if of[i] >= 0 && of[i] != k {
			train = append(train, &data[i])
		}
	}
	return train
}

func pointers(examples []Example) []*Example {
	all := make([]*Example, len(examples))
	for i := range examples {
		all[i] = &examples[i]
	}
	return all
}
