package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one fault of a policy file.
type Error struct {
	// File is the name that was given to Parse, or a list that the policy names.
	File string
	// Line and Col tell where the key or value at fault begins, both from 1; Col
	// counts characters.
	Line, Col int
	// Msg says what is wrong and what would be right.
	Msg string
}

// Error gives the fault as "FILE:LINE:COL: message".
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// Errors is every fault of a policy file in order of place, at most one for each
// place. As an error it is never empty.
type Errors []*Error

// Error gives one line for each fault.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single faults, so that errors.As finds an *Error.
func (es Errors) Unwrap() []error {
	errs := make([]error, len(es))
	for i, e := range es {
		errs[i] = e
	}
	return errs
}

// inOrder sorts the faults by place and keeps the first that was noticed at each:
// what follows from it at the same place would only distract.
// Those of the policy's own file stand before those of its lists.
func (es Errors) inOrder(own string) Errors {
	rank := func(e *Error) int {
		if e.File == own {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(es, func(a, b *Error) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	es = slices.CompactFunc(es, func(a, b *Error) bool { return a.File == b.File && a.Line == b.Line && a.Col == b.Col })
	return es[:min(len(es), maxErrors)]
}

// maxErrors is how many faults are reported at once: a list of the wrong kind has one in
// every line.
const maxErrors = 100
