package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/evaluation"
	"github.com/winnowd/winnow/models"
)

// line is something that the classifier is to do, and what it did.
type line struct {
	what string
	// limit is what measured must stay below.
	limit, measured float64
}

// lines measures what no table of the README tells.
func lines(ctx context.Context, o options) ([]line, error) {
	b := newBench(ctx, o.dir)
	var all []line
	for _, measure := range []func(*bench) ([]line, error){
		(*bench).jump, (*bench).calibration, (*bench).unknown, (*bench).orders, (*bench).sites,
	} {
		some, err := measure(b)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func printLines(w io.Writer, all []line) {
	fmt.Fprint(w, "\n## What it is to hold to\n\n"+
		"| what | below | measured |\n|---|---|---|\n")
	missed := 0
	for _, l := range all {
		mark := ""
		if l.measured >= l.limit {
			missed++
			mark = " (missed)"
		}
		fmt.Fprintf(w, "| %s | %v | %.4f%s |\n", l.what, l.limit, l.measured, mark)
	}
	fmt.Fprintf(w, "\n%d of %d hold.\n", len(all)-missed, len(all))
}

// settled is after how many labels a jump of the share of spam should be over.
const settled = 50

// jump learns LMFAO's first half, of which three quarters are spam, and goes on with its
// second, of which a sixth is.
func (b *bench) jump() ([]line, error) {
	data, err := b.read("youtube/lmfao")
	if err != nil {
		return nil, err
	}
	half := len(data) / 2
	predictions, err := evaluation.Online(b.ctx, b.setup, data[:half], data[half:])
	if err != nil {
		return nil, err
	}
	held, honest := 0, 0
	for _, p := range predictions[min(settled, len(predictions)/2):] {
		if p.Example.Label != models.Ham {
			continue
		}
		honest++
		if p.Action != models.Approve {
			held++
		}
	}
	return []line{{
		fmt.Sprintf("youtube/lmfao, share of spam fallen between the halves: honest comments held online from %d labels after it", settled),
		0.1, float64(held) / float64(max(1, honest)),
	}}, nil
}

// calibration is how far scores are from the share of spam among what has them.
func (b *bench) calibration() ([]line, error) {
	const set = "youtube/all"
	data, err := b.read(set)
	if err != nil {
		return nil, err
	}
	folds, err := evaluation.ReadFolds(b.foldsFile(set), data)
	if err != nil {
		return nil, err
	}
	folded, err := evaluation.Folds(b.ctx, b.setup, data, folds)
	if err != nil {
		return nil, err
	}
	online, err := evaluation.Online(b.ctx, b.setup, nil, data)
	if err != nil {
		return nil, err
	}
	return []line{
		{set + ", calibration error in ten folds", 0.02, evaluation.Measure(folded, 0).ECE},
		{set + ", calibration error online", 0.03, evaluation.Measure(online, 0).ECE},
	}, nil
}

// unknown is how far from the share of spam comments score that say nothing known.
func (b *bench) unknown() ([]line, error) {
	var test []evaluation.Example
	for _, text := range []string{
		"", "zzqxv", "ყველა ადამიანი იბადება თავისუფალი და თანასწორი", "모든 인간은 태어날 때부터 자유로우며, 그 존엄과 권리에 있어 동등하다.",
		"Բոլոր մարդիկ ծնվում են ազատ ու հավասար:", "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता है।",
	} {
		test = append(test, evaluation.Example{Label: models.Ham, Comment: models.Comment{Content: text, ContentType: models.PlainText}})
	}
	var all []line
	for _, set := range []string{"youtube/all", "sms"} {
		data, err := b.read(set)
		if err != nil {
			return nil, err
		}
		setup := b.setup
		setup.Seed = 1 // so that the share of spam is about that of all labels at the end, too
		predictions, err := evaluation.Test(b.ctx, setup, data, test)
		if err != nil {
			return nil, err
		}
		share, far := shareOfSpam(data), 0.0
		for _, p := range predictions {
			far = max(far, math.Abs(p.Score-share))
		}
		all = append(all, line{set + ", shuffled: an empty text, an unknown word and four unknown scripts, furthest from the share of spam", 0.1, far})
	}
	return all, nil
}

func shareOfSpam(data []evaluation.Example) float64 {
	spam := 0
	for i := range data {
		if data[i].Label == models.Spam {
			spam++
		}
	}
	return float64(spam) / float64(len(data))
}

// orders is what it costs if the first half was learnt one class after the other.
func (b *bench) orders() ([]line, error) {
	var all []line
	for _, set := range []string{"youtube/all", "sms"} {
		data, err := b.read(set)
		if err != nil {
			return nil, err
		}
		half := len(data) / 2
		mixed, err := b.areaAfter(b.setup, data[:half], data[half:])
		if err != nil {
			return nil, err
		}
		cost := math.Inf(-1)
		for _, first := range models.Labels {
			sorted := slices.Clone(data[:half])
			slices.SortStableFunc(sorted, func(x, y evaluation.Example) int { return rank(&x, first) - rank(&y, first) })
			area, err := b.areaAfter(b.setup, sorted, data[half:])
			if err != nil {
				return nil, err
			}
			cost = max(cost, mixed-area)
		}
		all = append(all, line{set + ", first half learnt all spam first or all ham first: area lost in the second, wherever the last training was", 0.005, cost})
	}
	return all, nil
}

func rank(e *evaluation.Example, first models.Label) int {
	if e.Label == first {
		return 0
	}
	return 1
}

func (b *bench) areaAfter(s evaluation.Setup, train, test []evaluation.Example) (float64, error) {
	predictions, err := evaluation.Test(b.ctx, s, train, test)
	if err != nil {
		return 0, err
	}
	f := evaluation.Measure(predictions, 0)
	if f.AUC == nil {
		return 0, fmt.Errorf("only one class among %d comments", f.N)
	}
	return *f.AUC, nil
}

const (
	// ownLabels is how many labels of its own a site has, half of them spam, and draws how
	// often they are drawn.
	ownLabels = 50
	draws     = 5
	// starterFeatures is how many features a starter keeps, as the one that ships does.
	starterFeatures = 40_000
)

// sources are the sets that the starter is made from; each but the last, which is ham
// alone, stands for a site of its own.
func sources() []string { return []string{"youtube/all", "sms", "djangocast", "tgspam", "wikitalk"} }

// sites gives a new site fifty labels of its own, beside a starter that was made from all
// other sets, and without it.
func (b *bench) sites() ([]line, error) {
	var all []line
	sets := sources()
	for _, set := range sets[:len(sets)-1] {
		starter, err := b.starterWithout(set)
		if err != nil {
			return nil, fmt.Errorf("a starter without %s: %w", set, err)
		}
		data, err := b.read(set)
		if err != nil {
			return nil, err
		}
		with := b.setup
		with.New = func() (evaluation.Filter, error) {
			return classifier.New(classifier.Options{Epoch: "bench", Starter: starter})
		}
		var alone, labels, both float64
		for draw := range draws {
			own, rest := drawn(data, uint64(draw+1))
			for _, run := range []struct {
				sum   *float64
				setup evaluation.Setup
				own   []evaluation.Example
			}{{&alone, with, nil}, {&labels, b.setup, own}, {&both, with, own}} {
				area, err := b.areaAfter(run.setup, run.own, rest)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", set, err)
				}
				*run.sum += area / draws
			}
		}
		all = append(all,
			line{fmt.Sprintf("%s, area of the starter alone (%.4f) less that with %d labels (%.4f)", set, alone, ownLabels, both), 0, alone - both},
			line{fmt.Sprintf("%s, area of %d labels without the starter (%.4f) less that with it (%.4f)", set, ownLabels, labels, both), 0.005, labels - both})
	}
	return all, nil
}

// starterWithout makes a starter from all sources but one, as winnow-starter does.
func (b *bench) starterWithout(set string) (*classifier.Starter, error) {
	var log []models.LogEntry
	for _, name := range sources() {
		if name == set {
			continue
		}
		data, err := b.read(name)
		if err != nil {
			return nil, err
		}
		for i := range data {
			c := &data[i].Comment
			log = append(log, models.LogEntry{SiteID: 1, Shared: true, Label: data[i].Label, Lesson: classifier.LessonOf(b.setup.Read(c.Content, c.ContentType), c)})
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	random.Shuffle(len(log), func(i, j int) { log[i], log[j] = log[j], log[i] })
	m, err := classifier.New(classifier.Options{Epoch: "bench"})
	if err != nil {
		return nil, err
	}
	err = m.Rebuild(b.ctx, func(yield func(models.LogEntry, error) bool) {
		for i := range log {
			log[i].Seq = int64(i + 1)
			if !yield(log[i], nil) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return m.Starter(starterFeatures, "without "+set)
}

// drawn draws the labels of a site, half of them spam, and gives the rest in a second
// list.
func drawn(data []evaluation.Example, seed uint64) (own, rest []evaluation.Example) {
	mixed := slices.Clone(data)
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	wanted := map[models.Label]int{models.Ham: ownLabels / 2, models.Spam: ownLabels / 2}
	for _, e := range mixed {
		if wanted[e.Label] > 0 {
			wanted[e.Label]--
			own = append(own, e)
		} else {
			rest = append(rest, e)
		}
	}
	return own, rest
}
