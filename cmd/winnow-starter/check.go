package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/evaluation"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
)

// trial is a test of what a starter makes of comments that it was not made from.
type trial struct {
	name      string
	without   string // the collections that it is not made from begin so
	halved    bool   // of wikitalk it has only every second comment
	site      bool   // spam and ham are of one site
	spam, ham []evaluation.Example
}

// check measures starters, with the seeds and without them. The cut-offs are those of
// the default configuration.
func check(ctx context.Context, w io.Writer, dir string, honest []string) error {
	all, err := readAll(dir)
	if err != nil {
		return err
	}
	trials, err := trialsOf(all, honest)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "left out\tspam\tham\tseeds\tarea\tspam at 1% of ham\tspam held\tham held\tarea after 50 labels\tof 50 labels alone")
	made := map[string]*classifier.Starter{}
	for _, t := range trials {
		for _, sown := range []bool{false, true} {
			starter, err := t.starter(ctx, all, sown, made)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			line, err := t.measure(ctx, starter, sown)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			fmt.Fprintln(table, line)
		}
	}
	return table.Flush()
}

// trialsOf makes the trials: a podcast's site as spam against talk pages and files as ham,
// and single collections.
func trialsOf(all []collection, honest []string) ([]trial, error) {
	var talk, blog []evaluation.Example
	for _, c := range all {
		switch c.name {
		case wikitalk:
			talk = second(c.examples)
		case djangocast:
			blog = c.examples
		}
	}
	spam, _ := byLabel(blog)
	var trials []trial
	add := func(name string, ham []evaluation.Example) {
		trials = append(trials,
			trial{djangocast + " / " + name, djangocast, true, false, spam, ham},
			trial{djangocast + ", links as URL / " + name, djangocast, true, false, moved(spam), ham})
	}
	add("half of "+wikitalk, talk)
	for _, path := range honest {
		examples, err := evaluation.ReadFile(path)
		if err != nil {
			return nil, err
		}
		_, ham := byLabel(examples)
		if len(ham) == 0 {
			return nil, fmt.Errorf("%s: there is no ham", path)
		}
		add(filepath.Base(path), ham)
	}
	for _, c := range all {
		if c.name == wikitalk || c.name == seedsName {
			continue
		}
		spam, ham := byLabel(c.examples)
		trials = append(trials, trial{c.name, c.name, false, true, spam, ham})
	}
	return append(trials, youtube(all)), nil
}

// youtube leaves all videos out.
func youtube(all []collection) trial {
	t := trial{name: "youtube", without: "youtube/"}
	for _, c := range all {
		if strings.HasPrefix(c.name, t.without) {
			spam, ham := byLabel(c.examples)
			t.spam, t.ham = append(t.spam, spam...), append(t.ham, ham...)
		}
	}
	return t
}

// starter makes the starter of a trial, unless it was made for another.
func (t *trial) starter(ctx context.Context, all []collection, sown bool, made map[string]*classifier.Starter) (*classifier.Starter, error) {
	key := fmt.Sprint(t.without, t.halved, sown)
	if made[key] != nil {
		return made[key], nil
	}
	var rest []collection
	for _, c := range all {
		switch {
		case strings.HasPrefix(c.name, t.without), c.name == seedsName && !sown:
			continue
		case c.name == wikitalk && t.halved:
			c.examples = first(c.examples)
		}
		rest = append(rest, c)
	}
	starter, err := makeStarter(ctx, rest)
	made[key] = starter
	return starter, err
}

// measure gives a line of the table.
func (t *trial) measure(ctx context.Context, starter *classifier.Starter, sown bool) (string, error) {
	both := slices.Concat(t.spam, t.ham)
	predictions, f, err := measured(ctx, starter, nil, both)
	if err != nil {
		return "", err
	}
	held := map[models.Label]float64{}
	for _, p := range predictions {
		if p.Action != models.Approve {
			held[p.Example.Label]++
		}
	}
	line := fmt.Sprintf("%s\t%d\t%d\t%t\t%.4f\t%.1f%%\t%.1f%%\t%.2f%%", t.name, f.Spam, f.Ham, sown,
		*f.AUC, 100**f.RecallAtFPR.Percent, 100*held[models.Spam]/float64(f.Spam), 100*held[models.Ham]/float64(f.Ham))
	if !t.site {
		return line + "\t\t", nil
	}
	with, alone, err := labelled(ctx, starter, both)
	return line + fmt.Sprintf("\t%.4f\t%.4f", with, alone), err
}

// measured tests a model that has a starter, or none, and has learnt some labels.
func measured(ctx context.Context, starter *classifier.Starter, train, test []evaluation.Example) ([]evaluation.Prediction, evaluation.Figures, error) {
	setup := evaluation.Setup{
		New:    func() (evaluation.Filter, error) { return classifier.New(classifier.Options{Starter: starter}) },
		Read:   markup.Read,
		Lesson: classifier.LessonOf,
	}
	predictions, err := evaluation.Test(ctx, setup, train, test)
	if err != nil {
		return nil, evaluation.Figures{}, err
	}
	f := evaluation.Measure(predictions, 0)
	if f.AUC == nil {
		return nil, f, errors.New("there is no spam or no ham")
	}
	return predictions, f, nil
}

const (
	// ownLabels are learnt of a site that is left out, in so many draws.
	ownLabels = 50
	draws     = 5
)

// labelled gives the mean areas of models that have learnt some labels of the site that
// they are tested on, with the starter and without any.
func labelled(ctx context.Context, starter *classifier.Starter, all []evaluation.Example) (with, alone float64, err error) {
	random := rand.New(rand.NewPCG(4, 5))
	all = slices.Clone(all)
	for range draws {
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for of, s := range map[*float64]*classifier.Starter{&with: starter, &alone: nil} {
			_, f, err := measured(ctx, s, all[:ownLabels], all[ownLabels:])
			if err != nil {
				return 0, 0, err
			}
			*of += *f.AUC / draws
		}
	}
	return with, alone, nil
}

func byLabel(all []evaluation.Example) (spam, ham []evaluation.Example) {
	for _, e := range all {
		if e.Label == models.Spam {
			spam = append(spam, e)
		} else {
			ham = append(ham, e)
		}
	}
	return spam, ham
}

// first and second are halves: every second example.
func first(all []evaluation.Example) []evaluation.Example  { return every(all, 0) }
func second(all []evaluation.Example) []evaluation.Example { return every(all, 1) }

func every(all []evaluation.Example, from int) (half []evaluation.Example) {
	for i := from; i < len(all); i += 2 {
		half = append(half, all[i])
	}
	return half
}

var (
	linkTag = regexp.MustCompile(`(?i)</?a\b[^>]*>|\[/?url[^\]]*\]`)
	address = regexp.MustCompile(`https?://[^\s"'<>\]]+`)
)

// moved makes comments whose first link is the author's URL, as forms of blogs have it,
// and whose text has none; those without a link or without other text are left out.
func moved(all []evaluation.Example) (kept []evaluation.Example) {
	for _, e := range all {
		url := address.FindString(e.Comment.Content)
		text := strings.TrimSpace(address.ReplaceAllString(linkTag.ReplaceAllString(e.Comment.Content, ""), ""))
		if url == "" || text == "" {
			continue
		}
		e.Comment.Author.URL, e.Comment.Content = url, text
		kept = append(kept, e)
	}
	return kept
}
