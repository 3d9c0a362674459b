// Package demo is a small fictional blog, Plum & Quince, that shows what winnow does:
// it submits the comments bundled with it and receives the decisions at its callback.
// `winnow demo` runs it against a throw-away daemon.
//
// The blog is a client like any other. It signs what it submits, verifies what comes to
// its callback, and teaches winnow by labelling older comments, which are bundled, too.
// All texts were written for it; names and addresses are from the ranges that are kept
// for documentation (RFC 2606, RFC 5737).
package demo

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/winnowd/winnow/models"
)

// Home is the blog's own address. Nothing is there.
const Home = "https://plum-and-quince.example"

//go:embed comments.jsonl
var comments []byte

//go:embed training.jsonl
var training []byte

// Sample is a comment and what must become of it.
type Sample struct {
	// Must is the action of its decision, Rule the rule whose finding decides.
	Must models.Action `json:"must"`
	Rule string        `json:"rule"`
	// Note says to people what is special about it.
	Note    string         `json:"note"`
	Comment models.Comment `json:"comment"`
}

// Fault says how a decision differs from what must become of the sample, empty if it
// does not. A nil decision is one that did not arrive.
func (s *Sample) Fault(d *models.Decision) string {
	switch {
	case d == nil:
		return "no decision arrived"
	case d.Action != s.Must:
		return fmt.Sprintf("the decision is %s, must be %s", d.Action, s.Must)
	case len(d.Reasons) == 0 || d.Reasons[0].Rule != s.Rule:
		return "another rule than " + s.Rule + " decided"
	}
	return ""
}

// Lesson is an older comment with the label that the blog's admin gives it.
type Lesson struct {
	Label   models.Label   `json:"label"`
	Comment models.Comment `json:"comment"`
}

// Samples are the comments that the blog submits, in order.
func Samples() ([]Sample, error) { return read[Sample]("comments.jsonl", comments) }

// Lessons are the older comments, in order.
func Lessons() ([]Lesson, error) { return read[Lesson]("training.jsonl", training) }

func read[T any](name string, lines []byte) (list []T, err error) {
	d := json.NewDecoder(bytes.NewReader(lines))
	d.DisallowUnknownFields()
	for {
		var v T
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, len(list)+1, err)
		}
		list = append(list, v)
	}
}
