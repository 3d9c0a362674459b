package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/evaluation"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
)

// bench measures on the sets of a folder.
type bench struct {
	ctx   context.Context
	dir   string
	setup evaluation.Setup
}

func newBench(ctx context.Context, dir string) *bench {
	return &bench{ctx, dir, evaluation.Setup{
		New: func() (evaluation.Filter, error) {
			return classifier.New(classifier.Options{Epoch: "bench"})
		},
		Read: markup.Read, Lesson: classifier.LessonOf,
	}}
}

// measure fills in winnow's row of a table.
func measure(ctx context.Context, o options, t *table) error {
	b := newBench(ctx, o.dir)
	for i, set := range t.sets {
		if len(o.only) > 0 && !slices.Contains(o.only, set) {
			continue
		}
		fmt.Fprintln(os.Stderr, t.kind.name, set)
		cell, err := t.kind.measure(b, set)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", t.kind.name, set, err)
		}
		t.ours[i] = cell
	}
	return nil
}

func (b *bench) read(set string) ([]evaluation.Example, error) {
	return evaluation.ReadFile(filepath.Join(b.dir, filepath.FromSlash(set)+".jsonl"))
}

// foldsFile is where the folds of a set are: folds/psy.json for youtube/psy.
func (b *bench) foldsFile(set string) string {
	name := filepath.Base(set)
	if name == "all" {
		name = strings.ReplaceAll(set, "/", "-")
	}
	return filepath.Join(b.dir, "folds", name+".json")
}

func (b *bench) folds(set string) (string, error) {
	data, err := b.read(set)
	if err != nil {
		return "", err
	}
	folds, err := evaluation.ReadFolds(b.foldsFile(set), data)
	if err != nil {
		return "", err
	}
	return cell(evaluation.Folds(b.ctx, b.setup, data, folds))
}

func (b *bench) halves(set string) (string, error) {
	data, err := b.read(set)
	if err != nil {
		return "", err
	}
	half := len(data) / 2
	return cell(evaluation.Test(b.ctx, b.setup, data[:half], data[half:]))
}

// cell writes accuracy, correlation, area, and spam recall at 0.5% of ham flagged.
func cell(predictions []evaluation.Prediction, err error) (string, error) {
	if err != nil {
		return "", err
	}
	f := evaluation.Measure(predictions, 0)
	if f.AUC == nil {
		return "", fmt.Errorf("only one class among %d comments", f.N)
	}
	return fmt.Sprintf("%.1f / %.3f / %.4f / %.0f", 100*f.Accuracy, f.MCC, *f.AUC, 100**f.RecallAtFPR.HalfPercent), nil
}

// online writes 1 - area, accuracy, and the error over the first comments.
func (b *bench) online(set string) (string, error) {
	data, err := b.read(set)
	if err != nil {
		return "", err
	}
	predictions, err := evaluation.Online(b.ctx, b.setup, nil, data)
	if err != nil {
		return "", err
	}
	f := evaluation.Measure(predictions, 0)
	if f.OneMinusAUCPercent == nil {
		return "", fmt.Errorf("only one class among %d comments", f.N)
	}
	var early []string
	for _, n := range []int{100, 200, 500} {
		early = append(early, fmt.Sprintf("%.3g", 100*errorRate(predictions[:min(n, len(predictions))])))
	}
	return fmt.Sprintf("%.2f / %.1f / %s", *f.OneMinusAUCPercent, 100*f.Accuracy, strings.Join(early, ", ")), nil
}

// errorRate is the share of predictions on the wrong side of 0.5.
func errorRate(predictions []evaluation.Prediction) float64 {
	wrong := 0
	for _, p := range predictions {
		if (p.Score >= evaluation.Cut) != (p.Example.Label == models.Spam) {
			wrong++
		}
	}
	return float64(wrong) / float64(len(predictions))
}
