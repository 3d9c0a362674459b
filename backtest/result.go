package backtest

import (
	"cmp"
	"slices"
	"time"

	"github.com/winnowd/winnow/models"
)

// Result says what would have been decided otherwise.
type Result struct {
	// Replayed counts the decisions that were made again, Changed those that came out
	// otherwise.
	Replayed int `json:"replayed"`
	Changed  int `json:"changed"`
	// By has the changes by direction and rule, the most frequent first.
	By []Change `json:"by"`
	// Examples are some of them, the newest of each kind.
	Examples []Example `json:"examples"`
	// Unknown tells which rules could not tell in how many comments, because facts that
	// they need were not gathered then.
	Unknown []Unknown `json:"unknown,omitempty"`
}

// Change is a kind of change.
type Change struct {
	From models.Action `json:"from"`
	To   models.Action `json:"to"`
	// Rule is whose finding decides now or, where none does any more, decided then.
	Rule  string `json:"rule"`
	Count int    `json:"count"`
	// Agrees counts those that come nearer to what a moderator said of the comment,
	// Disagrees those that go away from it. Of the rest nobody said anything.
	Agrees    int `json:"moderator_agrees"`
	Disagrees int `json:"moderator_disagrees"`
}

// Example is a decision that would have been another.
type Example struct {
	Site      string        `json:"site"`
	CommentID string        `json:"comment_id"`
	Author    string        `json:"author"`
	Excerpt   string        `json:"excerpt"`
	From      models.Action `json:"from"`
	To        models.Action `json:"to"`
	Rule      string        `json:"rule"`
	// Detail is the reason that decides now.
	Detail    string    `json:"detail"`
	Score     float64   `json:"score"`
	DecidedAt time.Time `json:"decided_at"`
	// Moderator is what a moderator said: "ham", "spam" or nothing.
	Moderator models.Label `json:"moderator,omitempty"`

	seq int64
}

// Unknown is a rule that could not tell.
type Unknown struct {
	Rule  string `json:"rule"`
	Count int    `json:"count"`
}

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
	changes           map[kind]*Change
	examples          map[kind][]Example
	unknown           map[string]int
}

func newTally() *tally {
	return &tally{changes: map[kind]*Change{}, examples: map[kind][]Example{}, unknown: map[string]int{}}
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

func (t *tally) add(e Example) {
	t.changed++
	k := kind{e.From, e.To, e.Rule}
	c := t.changes[k]
	if c == nil {
		c = &Change{From: e.From, To: e.To, Rule: e.Rule}
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
func newest(es []Example) []Example {
	slices.SortFunc(es, func(a, b Example) int { return cmp.Compare(b.seq, a.seq) })
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

func (t *tally) result() *Result {
	r := &Result{Replayed: t.replayed, Changed: t.changed, By: []Change{}, Examples: []Example{}}
	for _, c := range t.changes {
		r.By = append(r.By, *c)
	}
	slices.SortFunc(r.By, func(a, b Change) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	for _, c := range r.By {
		r.Examples = append(r.Examples, t.examples[kind{c.From, c.To, c.Rule}]...)
	}
	r.Examples = r.Examples[:min(len(r.Examples), maxExamples)]
	for rule, n := range t.unknown {
		r.Unknown = append(r.Unknown, Unknown{rule, n})
	}
	slices.SortFunc(r.Unknown, func(a, b Unknown) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule)) })
	return r
}
