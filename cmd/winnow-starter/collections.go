package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/evaluation"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
)

// files are what the starter is made from, beside the seeds.
var files = [...]string{
	"youtube/psy", "youtube/katyperry", "youtube/lmfao", "youtube/eminem", "youtube/shakira",
	sms, djangocast, wikitalk, "tgspam",
}

const (
	sms        = "sms"
	djangocast = "djangocast"
	wikitalk   = "wikitalk"
	seedsName  = "seeds"
)

// collection is labelled comments of one source.
type collection struct {
	name     string
	examples []evaluation.Example
	sum      [sha256.Size]byte // of the file, or of the lists of seeds
}

// readAll reads the files, balances them, and adds the seeds.
func readAll(dir string) ([]collection, error) {
	s, err := newSower()
	if err != nil {
		return nil, err
	}
	var all []collection
	for _, name := range files {
		path := filepath.Join(dir, filepath.FromSlash(name)+".jsonl")
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		examples, err := evaluation.Read(bytes.NewReader(text), path)
		if err != nil {
			return nil, err
		}
		all = append(all, collection{name, s.balance(name, examples), sha256.Sum256(text)})
	}
	if s, err = newSower(); err != nil { // begins anew, so that seeds do not hang on the files
		return nil, err
	}
	return append(all, collection{seedsName, s.seeds(), s.sum}), nil
}

const (
	// everySMS: of the honest text messages, which are many and no comments, every
	// third is taken.
	everySMS = 3
	// alike is how many spam comments of djangocast are taken that begin alike: single
	// senders wrote hundreds.
	alike, alikeBytes = 3, 40
	// named is how many of 100 comments of wikitalk, where nobody has a name, are
	// given one. Else any name would speak for spam.
	named = 70
)

// balance takes of a collection what keeps it from teaching its own oddities.
func (s *sower) balance(name string, examples []evaluation.Example) []evaluation.Example {
	var kept []evaluation.Example
	begun := map[string]int{}
	for i := range examples {
		e := examples[i]
		switch name {
		case sms:
			if e.Label == models.Ham && i%everySMS > 0 {
				continue
			}
		case djangocast:
			start := e.Comment.Content[:min(alikeBytes, len(e.Comment.Content))]
			if begun[start]++; begun[start] > alike {
				continue
			}
		case wikitalk:
			if s.odds(named) {
				e.Comment.Author.Name = s.person("en")
			}
		}
		kept = append(kept, e)
	}
	return kept
}

// makeLog makes a label log of collections, in an order that mixes them and is always
// the same, and a line about each.
func makeLog(all []collection) (log []models.LogEntry, about string) {
	var lines []string
	for _, c := range all {
		counts := map[models.Label]int{}
		for i := range c.examples {
			e := &c.examples[i]
			counts[e.Label]++
			log = append(log, models.LogEntry{SiteID: 1, Shared: true, Label: e.Label, Lesson: lessonOf(e)})
		}
		lines = append(lines, fmt.Sprintf("%s %d ham %d spam sha256:%x", c.name, counts[models.Ham], counts[models.Spam], c.sum))
	}
	random := rand.New(rand.NewPCG(1, 1))
	random.Shuffle(len(log), func(i, j int) { log[i], log[j] = log[j], log[i] })
	for i := range log {
		log[i].Seq = int64(i + 1)
	}
	return log, strings.Join(lines, "\n")
}

func lessonOf(e *evaluation.Example) models.Lesson {
	return classifier.LessonOf(markup.Read(e.Comment.Content, e.Comment.ContentType), &e.Comment)
}

// maxFeatures is how many features the starter keeps.
const maxFeatures = 100_000

// makeStarter trains a starter on collections.
func makeStarter(ctx context.Context, all []collection) (*classifier.Starter, error) {
	m, err := classifier.New(classifier.Options{})
	if err != nil {
		return nil, err
	}
	log, about := makeLog(all)
	err = m.Rebuild(ctx, func(yield func(models.LogEntry, error) bool) {
		for _, e := range log {
			if !yield(e, nil) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return m.Starter(maxFeatures, about)
}
