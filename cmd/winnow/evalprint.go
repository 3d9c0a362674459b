package main

import (
	"fmt"
	"io"

	"github.com/winnowd/winnow/evaluation"
)

// evalResult is what `winnow eval` prints.
type evalResult struct {
	evaluation.Figures
	CutOffs *evaluation.CutOffs `json:"cut_offs,omitempty"`
}

// print writes the figures as a table, and below it what to put into the configuration.
func (r *evalResult) print(w io.Writer) error {
	var rows [][]string
	for _, f := range r.Rows() {
		rows = append(rows, []string{f.Name, f.Value})
	}
	err := printTable(w, rows...)
	if err != nil || r.CutOffs == nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\nFor winnow.yaml, by these comments:\n\n%s\n%s\n", r.CutOffs.Text(), r.CutOffs.Caution())
	return err
}
