package backtest

import (
	"cmp"
	"slices"

	"github.com/winnowd/winnow/models"
)

const (
	examplesPerKind = 3
	maxExamples     = 30
)

type kind struct {
	from, to models.Action
	rule     string
}

// tally collects changes. It is of one goroutine.
type tally struct {
	replayed, changed int
	changes           map[kind]*models.BacktestChange
	examples          map[kind][]models.BacktestExample
	unknown           map[string]int
}

func newTally() *tally {
	return &tally{changes: map[kind]*models.BacktestChange{}, examples: map[kind][]models.BacktestExample{}, unknown: map[string]int{}}
}

// severity orders actions by how little they let through.
func severity(a models.Action) int {
	switch a {
	case models.Approve:
		return 0
	case models.Hold:
		return 1
	}
	return 2
}

func (t *tally) add(e models.BacktestExample) {
	t.changed++
	k := kind{e.From, e.To, e.Rule}
	c := t.changes[k]
	if c == nil {
		c = &models.BacktestChange{From: e.From, To: e.To, Rule: e.Rule}
		t.changes[k] = c
	}
	c.Count++
	stricter := severity(e.To) > severity(e.From)
	switch {
	case e.Moderator == "":
	case stricter == (e.Moderator == models.Spam):
		c.Agrees++
	default:
		c.Disagrees++
	}
	t.examples[k] = newest(append(t.examples[k], e))
}

// newest keeps the newest examples, in order.
func newest(es []models.BacktestExample) []models.BacktestExample {
	slices.SortFunc(es, func(a, b models.BacktestExample) int { return cmp.Compare(b.Seq, a.Seq) })
	return es[:min(len(es), examplesPerKind)]
}

// merge adds what another goroutine collected.
func (t *tally) merge(other *tally) {
	t.replayed += other.replayed
	t.changed += other.changed
	for k, c := range other.changes {
		if mine := t.changes[k]; mine == nil {
			t.changes[k] = c
		} else {
			mine.Count, mine.Agrees, mine.Disagrees = mine.Count+c.Count, mine.Agrees+c.Agrees, mine.Disagrees+c.Disagrees
		}
		t.examples[k] = newest(append(t.examples[k], other.examples[k]...))
	}
	for rule, n := range other.unknown {
		t.unknown[rule] += n
	}
}

func (t *tally) result() *models.BacktestResult {
	r := &models.BacktestResult{Replayed: t.replayed, Changed: t.changed, By: []models.BacktestChange{}, Examples: []models.BacktestExample{}}
	for _, c := range t.changes {
		r.By = append(r.By, *c)
	}
	slices.SortFunc(r.By, func(a, b models.BacktestChange) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	for _, c := range r.By {
		r.Examples = append(r.Examples, t.examples[kind{c.From, c.To, c.Rule}]...)
	}
	r.Examples = r.Examples[:min(len(r.Examples), maxExamples)]
	for rule, n := range t.unknown {
		r.Unknown = append(r.Unknown, models.BacktestUnknown{Rule: rule, Count: n})
	}
	slices.SortFunc(r.Unknown, func(a, b models.BacktestUnknown) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule))
	})
	return r
}
