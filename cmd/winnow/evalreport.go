package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/evaluation"
)

// writeReport writes the report that --report asks for.
func (f *evalFlags) writeReport(ctx context.Context, cfg *configs.Config, m *measured, result *evalResult, at time.Time) error {
	if f.report == "" {
		return nil
	}
	r := &evaluation.Report{
		Title: f.title(), Facts: f.facts(cfg), At: at,
		Figures: result.Figures, CutOffs: result.CutOffs, Predictions: m.predictions,
	}
	if m.again == nil {
		r.Curve = evaluation.OnlineCurve(m.labels, m.predictions)
	} else {
		var err error
		if r.Curve, err = evaluation.LearningCurve(ctx, m.labels, m.predictions, m.again); err != nil {
			return fmt.Errorf("learning curve: %w", err)
		}
	}
	return writeTo(f.report, func(w io.Writer) error { return evaluation.WriteReport(w, r) })
}

// title says in a few words what is measured.
func (f *evalFlags) title() string {
	switch {
	case f.online != "":
		return f.online + ", online"
	case f.test != "":
		return f.test
	}
	return f.data + ", in folds"
}

// facts say how it is measured.
func (f *evalFlags) facts(cfg *configs.Config) []evaluation.Fact {
	var facts []evaluation.Fact
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, evaluation.Fact{Name: name, Value: value})
		}
	}
	switch {
	case f.online != "":
		add("way", "online: each comment predicted in order of the file, then learnt")
		add("comments", f.online)
	case f.test != "":
		add("way", "trained on some comments, tested on others")
		add("comments", f.test)
	default:
		add("way", "in folds: each predicted by a model of the others")
		add("comments", f.data)
		add("folds", f.folds)
	}
	add("trained on before", strings.Join(f.train, ", "))
	add("starter model", f.starter)
	if f.seed != 0 {
		add("seed", fmt.Sprint(f.seed))
	}
	add("held from", fmt.Sprint(cfg.Classifier.HoldAbove))
	if above := cfg.Classifier.RejectAbove; above > 0 {
		add("rejected from", fmt.Sprint(above))
	}
	b := readBuild()
	add("winnow", b.Version+", commit "+b.Commit)
	return facts
}
