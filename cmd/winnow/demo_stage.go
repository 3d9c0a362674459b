package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/winnowd/winnow/demo"
	"github.com/winnowd/winnow/models"
)

// demoAddresses are where the demo's daemon can be looked at while it runs.
type demoAddresses struct {
	Server    string `json:"server"`
	Metrics   string `json:"metrics"`
	Directory string `json:"directory"`
}

// demoResult is what the demo prints with --json.
type demoResult struct {
	demoAddresses
	Comments []demoComment         `json:"comments"`
	Actions  map[models.Action]int `json:"actions"`
	// MedianMS is the median time from posting a comment to its decision at the blog's
	// callback, in milliseconds.
	MedianMS float64 `json:"median_ms"`
}

// demoComment is one comment and what became of it.
type demoComment struct {
	ID       string           `json:"id"`
	Note     string           `json:"note"`
	Must     models.Action    `json:"must"`
	Fault    string           `json:"fault,omitempty"`
	Decision *models.Decision `json:"decision"`
}

// stage shows the demo to people, or notes it for programs.
type stage struct {
	a      *app
	once   bool
	term   terminal
	result demoResult
	took   []time.Duration
	names  map[string]string // of the authors, by comment
	// moderate is the link that signs in to the moderator page, once.
	moderate string

	mu sync.Mutex // for what is printed later
}

func newStage(a *app, once bool, at demoAddresses) *stage {
	s := &stage{a: a, once: once, names: map[string]string{}}
	s.result = demoResult{demoAddresses: at, Actions: map[models.Action]int{}}
	for _, action := range models.Actions {
		s.result.Actions[action] = 0
	}
	if !a.json {
		s.term = terminalOf(a.stdout, a.env)
	}
	return s
}

// say prints a line for people.
func (s *stage) say(format string, values ...any) error {
	if s.a.json {
		return nil
	}
	_, err := fmt.Fprintf(s.a.stdout, format+"\n", values...)
	return err
}

func (s *stage) open(lessons int) error {
	return s.say("A throw-away winnow at %s, metrics at %s\n"+
		"and the blog \"Plum & Quince\", whose admin first labels %d older comments, so that the filter\n"+
		"has something to go by. Then these come in:\n", s.result.Server, s.result.Metrics, lessons)
}

// decided shows what became of a comment; d is nil if no decision arrived.
func (s *stage) decided(sample *demo.Sample, d *models.Decision, took time.Duration) error {
	c := demoComment{ID: sample.Comment.ID, Note: sample.Note, Must: sample.Must, Fault: sample.Fault(d), Decision: d}
	s.result.Comments = append(s.result.Comments, c)
	s.names[c.ID] = sample.Comment.Author.Name
	action, why := "nothing", ""
	if d != nil {
		s.result.Actions[d.Action]++
		s.took = append(s.took, took)
		action, why = string(d.Action), reasons(d)
	}
	err := s.line(action, sample.Comment.Author.Name, sample.Comment.Content, why)
	if err == nil && c.Fault != "" {
		err = s.say("%s", s.term.paint(red, "         wrong: "+c.Fault+" ("+c.Note+")"))
	}
	return err
}

// The columns of a line. On a terminal that is not wide enough for all of them, the text
// gives way to the reasons.
const (
	actionColumns = 7
	authorColumns = 14
	textColumns   = 34
	leastText     = 12
	reasonColumns = 68
	gap           = "  "
)

// line is one comment on one line.
func (s *stage) line(action, author, text, why string) error {
	colour := map[string]string{string(models.Approve): green, string(models.Hold): yellow}[action]
	if colour == "" {
		colour = red
	}
	columns, left := textColumns, 0
	if s.term.columns > 0 {
		left = s.term.columns - actionColumns - authorColumns - 2*len(gap)
		columns = min(textColumns, left-len(gap)-reasonColumns)
	}
	parts := []string{s.term.paint(colour, fit(action, actionColumns)), fit(cell(author), authorColumns)}
	if columns >= leastText {
		parts = append(parts, s.term.paint(faint, fit(cell(text), columns)))
		left -= columns + len(gap)
	}
	if s.term.columns > 0 {
		why = clip(why, max(left, 1))
	}
	return s.say("%s", strings.Join(append(parts, why), gap))
}

// maxClues is how many words of the evidence a line shows.
const maxClues = 2

// reasons are those of a decision in words, the deciding one first. What the classifier
// says besides a rule that decided is left out.
func reasons(d *models.Decision) string {
	var parts []string
	for i, r := range d.Reasons {
		if i > 0 && r.Rule == "classifier" {
			continue
		}
		part := r.Rule + ": " + r.Detail
		var clues []string
		for _, e := range r.Evidence {
			if len(clues) < maxClues && isWord(e.Token) {
				clues = append(clues, fmt.Sprintf("%s %+.1f", cell(e.Token), e.Weight))
			}
		}
		if len(clues) > 0 {
			part += " (" + strings.Join(clues, ", ") + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// isWord tells whether people can do something with a token: full stops, and how a text
// is shaped, say little by themselves.
func isWord(token string) bool {
	return strings.ContainsFunc(token, unicode.IsLetter) &&
		!strings.HasPrefix(token, "shape:") && !strings.HasPrefix(token, "form:")
}

// later shows a decision that comes after the demo's own, such as a moderator's.
func (s *stage) later(d *models.Decision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, ok := s.names[d.CommentID]; ok {
		// Nobody can be told that a terminal is gone.
		_ = s.line(string(d.Action), name, "(comment "+d.CommentID+")", reasons(d))
	}
}

// summary shows what came of it all.
func (s *stage) summary() error {
	r := &s.result
	if len(s.took) > 0 {
		slices.Sort(s.took)
		r.MedianMS = float64(s.took[len(s.took)/2].Microseconds()) / 1000
	}
	return s.a.print(r, func(w io.Writer) error {
		good := 0
		for _, c := range r.Comments {
			if c.Fault == "" {
				good++
			}
		}
		fmt.Fprintf(w, "\n%d comments: %d approved, %d held for a moderator, %d rejected. Each decision came signed to the\n"+
			"blog's callback, half of them within %.1f ms. %d of %d are what they must be.\n",
			len(r.Comments), r.Actions[models.Approve], r.Actions[models.Hold], r.Actions[models.Reject], r.MedianMS, good, len(r.Comments))
		if !s.once {
			s.invite(w)
		}
		return nil
	})
}

// invite tells what there is to look at.
func (s *stage) invite(w io.Writer) {
	fmt.Fprintf(w, "\nTo look at until Ctrl-C, which deletes all of it (%s):\n", s.result.Directory)
	for _, place := range [][2]string{
		{"moderate", s.moderate},
		{"metrics", s.result.Metrics},
		{"interface", s.result.Server + "/openapi.json"},
	} {
		fmt.Fprintf(w, "  %-11s %s\n", place[0], place[1])
	}
}
