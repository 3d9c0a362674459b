package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/evaluation"
	"github.com/winnowd/winnow/markup"
)

// evalFlags are the flags of `winnow eval`.
type evalFlags struct {
	train                     []string
	test, online, folds, data string
	predictions, report       string
	starter, maxHamHeld       string
	seed                      uint64
}

func (a *app) evalCommand() *cobra.Command {
	var f evalFlags
	c := &cobra.Command{
		Use: "eval", Short: "Measure the classifier on labelled comments",
		Long: "Measure the classifier on labelled comments, without a daemon and without changing anything: trained on\n" +
			"some and tested on others (--test), in file order, each predicted before its label is learnt (--online),\n" +
			"or in folds, each predicted by a model of the others (--folds and --data).\n\n" +
			"The files are JSON Lines, {\"content\":\"...\",\"label\":\"spam\"|\"ham\"} and, where known, \"id\", \"author\",\n" +
			"\"author_email\", \"author_url\", \"ip\", \"language\", \"created_at\". Cut-offs are those of the configuration.",
		Example: "  winnow eval --train old.jsonl --test new.jsonl --max-ham-held 0.5%\n" +
			"  winnow eval --online comments.jsonl --report comments.html\n" +
			"  winnow eval --folds 10 --data comments.jsonl --starter none",
		Args: args(),
		RunE: func(c *cobra.Command, _ []string) error { return a.eval(c, f) },
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.train, "train", nil, "learn the labelled comments of `FILE` first (repeatable)")
	flags.StringVar(&f.test, "test", "", "predict the comments of `FILE`")
	flags.StringVar(&f.online, "online", "", "predict each comment of `FILE` in order, then learn its label")
	flags.StringVar(&f.folds, "folds", "", "predict --data in the folds of `FILE`, {\"folds\":[[\"id\",...],...]}, or in that many made of it")
	flags.StringVar(&f.data, "data", "", "the labelled comments `FILE` of --folds")
	flags.StringVar(&f.predictions, "predictions", "", "write each prediction to `FILE`, as JSON Lines")
	flags.StringVar(&f.report, "report", "", "write a report with charts to `FILE`, as one HTML page")
	flags.StringVar(&f.starter, "starter", starterDefault, "the `MODEL` that ships with winnow: default, as the daemon uses it, or none")
	flags.Uint64Var(&f.seed, "seed", 0, "shuffle training, and folds made by number, by `N`; 0 keeps the order of the files")
	flags.StringVar(&f.maxHamHeld, "max-ham-held", "", "suggest cut-offs that hold no more than `SHARE` of ham, such as 0.5%")
	return c
}

// The values of --starter.
const (
	starterDefault = "default"
	starterNone    = "none"
)

// eval measures as the flags say.
func (a *app) eval(c *cobra.Command, f evalFlags) error {
	if err := f.check(); err != nil {
		return wrongUsage(c, err)
	}
	share, err := parseShare(f.maxHamHeld)
	if err != nil {
		return wrongUsage(c, fmt.Errorf("--max-ham-held %q: %w", f.maxHamHeld, err))
	}
	cfg, _, err := a.config(c)
	if err != nil {
		return err
	}
	start := time.Now()
	bar := a.progress("Measuring")
	defer bar.end()
	m, err := f.measure(c.Context(), evalSetup(cfg, f), bar)
	if err != nil {
		return err
	}
	result := evalResult{Figures: evaluation.Measure(m.predictions, time.Since(start))}
	if f.maxHamHeld != "" {
		cutOffs, err := evaluation.Suggest(m.predictions, share)
		if err != nil {
			return err
		}
		result.CutOffs = &cutOffs
	}
	if err := writeTo(f.predictions, func(w io.Writer) error { return evaluation.WritePredictions(w, m.predictions) }); err != nil {
		return err
	}
	if err := f.writeReport(c.Context(), cfg, m, &result, start); err != nil {
		return err
	}
	bar.end()
	return a.print(result, result.print)
}

// check returns an error unless the flags ask for one way of measuring.
func (f *evalFlags) check() error {
	var ways []string
	for _, way := range []struct{ flag, value string }{{"--test", f.test}, {"--online", f.online}, {"--folds", f.folds}} {
		if way.value != "" {
			ways = append(ways, way.flag)
		}
	}
	switch {
	case len(ways) == 0:
		return errors.New("measure on what? Give --test, --online, or --folds with --data")
	case len(ways) > 1:
		return fmt.Errorf("%s and %s exclude each other", ways[0], ways[1])
	case f.folds != "" && f.data == "":
		return errors.New("--folds needs --data")
	case f.folds == "" && f.data != "":
		return errors.New("--data belongs to --folds")
	case f.folds != "" && len(f.train) > 0:
		return errors.New("--folds and --train exclude each other: each fold is predicted by a model of the other ones")
	case f.starter != starterDefault && f.starter != starterNone:
		return fmt.Errorf("--starter %q: must be default or none", f.starter)
	}
	if n, err := strconv.Atoi(f.folds); err == nil && n < 2 {
		return fmt.Errorf("--folds %d: must be at least 2, or name a file", n)
	}
	return f.checkOutput()
}

// checkOutput returns an error if what is read would be written over.
func (f *evalFlags) checkOutput() error {
	type file struct{ flag, name string }
	taken := []file{{"--test", f.test}, {"--online", f.online}, {"--folds", f.folds}, {"--data", f.data}}
	for _, name := range f.train {
		taken = append(taken, file{"--train", name})
	}
	for _, out := range []file{{"--predictions", f.predictions}, {"--report", f.report}} {
		if out.name == "" {
			continue
		}
		for _, other := range taken {
			if sameFile(out.name, other.name) {
				return fmt.Errorf("%s would be written over the file of %s, %s", out.flag, other.flag, other.name)
			}
		}
		taken = append(taken, out)
	}
	return nil
}

// sameFile tells whether two names are of one file, be it there or not.
func sameFile(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return b != ""
	}
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && first.Mode().IsRegular() && os.SameFile(first, second)
}

// parseShare reads a share such as "0.5%" or "0.005"; empty is 0.
func parseShare(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share >= 0 && share <= 1) {
		return 0, errors.New("must be a share from 0% to 100%")
	}
	return share, nil
}

// evalSetup makes comments and models as the daemon does.
func evalSetup(cfg *configs.Config, f evalFlags) evaluation.Setup {
	return evaluation.Setup{
		New: func() (evaluation.Filter, error) {
			var starter *classifier.Starter
			if f.starter == starterDefault && cfg.Classifier.Starter == configs.StarterDefault {
				var err error
				if starter, err = classifier.Bundled(); err != nil {
					return nil, err
				}
			}
			return classifier.New(classifier.Options{
				Starter:   starter,
				HoldAbove: cfg.Classifier.HoldAbove, SpamAbove: cfg.Classifier.SpamAbove, RejectAbove: cfg.Classifier.RejectAbove,
				Epoch: "eval",
			})
		},
		Read: markup.Read, Lesson: classifier.LessonOf, Seed: f.seed,
	}
}

// measured is what a run gave.
type measured struct {
	predictions []evaluation.Prediction
	// labels is how many labels were learnt before the first prediction.
	labels int
	// again repeats the run with every thin-th example of what it trained on; nil for an
	// online run.
	again func(ctx context.Context, thin int) ([]evaluation.Prediction, error)
}

// measure reads the files and predicts.
func (f *evalFlags) measure(ctx context.Context, s evaluation.Setup, bar *progress) (*measured, error) {
	train, err := readAll(f.train)
	if err != nil {
		return nil, err
	}
	data, err := readSome(f.test + f.online + f.data)
	if err != nil {
		return nil, err
	}
	s.Progress = func(done int) {
		bar.set(float64(done)/float64(len(data)), fmt.Sprintf("%d of %d comments", done, len(data)))
	}
	m := &measured{labels: len(train)}
	var run func(context.Context, evaluation.Setup) ([]evaluation.Prediction, error)
	switch {
	case f.online != "":
		m.predictions, err = evaluation.Online(ctx, s, train, data)
		return m, err
	case f.test != "":
		run = func(ctx context.Context, s evaluation.Setup) ([]evaluation.Prediction, error) {
			return evaluation.Test(ctx, s, train, data)
		}
	default:
		folds, err := f.makeFolds(data)
		if err != nil {
			return nil, err
		}
		m.labels = len(data) - len(data)/len(folds)
		run = func(ctx context.Context, s evaluation.Setup) ([]evaluation.Prediction, error) {
			return evaluation.Folds(ctx, s, data, folds)
		}
	}
	m.again = func(ctx context.Context, thin int) ([]evaluation.Prediction, error) {
		s := s
		s.Thin = thin
		return run(ctx, s)
	}
	m.predictions, err = run(ctx, s)
	return m, err
}

func (f *evalFlags) makeFolds(data []evaluation.Example) ([][]int, error) {
	n, err := strconv.Atoi(f.folds)
	if err != nil {
		return evaluation.ReadFolds(f.folds, data)
	}
	folds, err := evaluation.Split(data, n, f.seed)
	if err != nil {
		return nil, fmt.Errorf("--folds: %w", err)
	}
	return folds, nil
}

// readAll reads the files that are trained on; there may be none.
func readAll(files []string) (all []evaluation.Example, err error) {
	for _, name := range files {
		if name == "" {
			continue
		}
		examples, err := evaluation.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, examples...)
	}
	return all, nil
}

// readSome reads a file that is measured on, which must have comments.
func readSome(name string) ([]evaluation.Example, error) {
	examples, err := evaluation.ReadFile(name)
	if err == nil && len(examples) == 0 {
		err = fmt.Errorf("%s has no comments: there is nothing to measure on", name)
	}
	return examples, err
}

// writeTo has a file written, if it has a name.
func writeTo(name string, write func(io.Writer) error) (err error) {
	if name == "" {
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return write(file)
}
