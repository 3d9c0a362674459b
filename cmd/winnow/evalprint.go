package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/winnowd/winnow/evaluation"
)

// evalResult is what `winnow eval` prints.
type evalResult struct {
	evaluation.Figures
	CutOffs *evaluation.CutOffs `json:"cut_offs,omitempty"`
}

// print writes the figures as a table.
func (r *evalResult) print(w io.Writer) error {
	err := printTable(w,
		[]string{"comments", fmt.Sprintf("%d (%d spam, %d ham)", r.N, r.Spam, r.Ham)},
		[]string{"accuracy", percent(&r.Accuracy)},
		[]string{"Matthews correlation", decimals(&r.MCC)},
		[]string{"area under ROC", decimals(r.AUC)},
		[]string{"1 - area", number(r.OneMinusAUCPercent, 3, "%")},
		[]string{"spam caught at 0.5", percent(r.SpamRecall)},
		[]string{"ham flagged at 0.5", percent(r.HamFalsePositiveRate)},
		[]string{"spam caught with 0.5% of ham flagged", percent(r.RecallAtFPR.HalfPercent)},
		[]string{"spam caught with 1% of ham flagged", percent(r.RecallAtFPR.Percent)},
		[]string{"Brier score", decimals(&r.Brier)},
		[]string{"calibration error", decimals(&r.ECE)},
		[]string{"held by the cut-offs, of all", percent(&r.HeldRate)},
		[]string{"approved by the cut-offs, of spam", percent(r.ApprovedSpamRate)},
		[]string{"time", fmt.Sprintf("%.2f s, %.1f µs to read and score a comment", r.Seconds, r.MicrosecondsPerComment)},
	)
	if err != nil || r.CutOffs == nil {
		return err
	}
	return r.printCutOffs(w)
}

// printCutOffs writes what to put into the configuration.
func (r *evalResult) printCutOffs(w io.Writer) error {
	c := r.CutOffs
	_, err := fmt.Fprintf(w, "\nFor winnow.yaml, by these comments:\n\nclassifier:\n"+
		"  hold_above: %v # holds %s of ham (%d of %d) and %s of spam\n"+
		"  spam_above: %v # from here on at least %v%% is spam\n\n"+
		"With so many ham comments, up to %s of ham may be held in the long run (95%% confidence).\n",
		c.HoldAbove, percent(&c.HamHeld), c.HamCount, c.Ham, percent(c.SpamHeld),
		c.SpamAbove, 100*evaluation.SpamPurity, percent(&c.HamHeldAtMost))
	return err
}

func percent(x *float64) string {
	if x == nil {
		return ""
	}
	y := 100 * *x
	return number(&y, 2, "%")
}

func decimals(x *float64) string { return number(x, 4, "") }

// number writes a figure; empty if there is none.
func number(x *float64, decimals int, unit string) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', decimals, 64) + unit
}
