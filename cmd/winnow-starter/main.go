// Command winnow-starter makes the starter model that ships in winnow from a folder of
// labelled comments:
//
//	go run ./cmd/winnow-starter DATADIR
//
// DATADIR holds the collections that are named in NOTICE as JSON Lines, one comment a
// line with content, label ("ham" or "spam") and, where it may be used, author. What is
// written to classifier/starter.model holds counts and weights of features by hash, no
// text, and names each file with its number of comments and its SHA-256. The same files
// make the same model, to the byte on one architecture.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/evaluation"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
)

// files are what the starter is made from.
var files = [...]string{
	"youtube/psy.jsonl", "youtube/katyperry.jsonl", "youtube/lmfao.jsonl", "youtube/eminem.jsonl", "youtube/shakira.jsonl",
	"sms.jsonl", "djangocast.jsonl", "wikitalk.jsonl", "tgspam.jsonl",
}

// maxFeatures is how many features the starter keeps.
const maxFeatures = 40_000

func main() {
	out := flag.String("o", "classifier/starter.model", "file to write")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: winnow-starter [-o FILE] DATADIR")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *out); err != nil {
		fmt.Fprintln(os.Stderr, "winnow-starter:", err)
		os.Exit(1)
	}
}

func run(dir, out string) error {
	log, about, err := read(dir)
	if err != nil {
		return err
	}
	m, err := classifier.New(classifier.Options{})
	if err != nil {
		return err
	}
	err = m.Rebuild(context.Background(), func(yield func(models.LogEntry, error) bool) {
		for _, e := range log {
			if !yield(e, nil) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	starter := m.Starter(maxFeatures, about)
	var file bytes.Buffer
	if err := starter.Write(&file); err != nil {
		return err
	}
	if _, err := classifier.ReadStarter(file.Bytes()); err != nil {
		return err
	}
	if err := os.WriteFile(out, file.Bytes(), 0o644); err != nil {
		return err
	}
	ham, spam := starter.Documents()
	fmt.Printf("%s: %d bytes, %d features of %d ham and %d spam comments\n%s\n", out, file.Len(), starter.Features(), ham, spam, about)
	return nil
}

// read makes a label log of all files, in an order that mixes them and is always the
// same, and a line about each.
func read(dir string) (log []models.LogEntry, about string, err error) {
	for _, name := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, "", err
		}
		examples, err := evaluation.Read(bytes.NewReader(text), path)
		if err != nil {
			return nil, "", err
		}
		counts := map[models.Label]int{}
		for i := range examples {
			e := &examples[i]
			counts[e.Label]++
			log = append(log, models.LogEntry{
				SiteID: 1, Shared: true, Label: e.Label,
				Lesson: classifier.LessonOf(markup.Read(e.Comment.Content, e.Comment.ContentType), &e.Comment),
			})
		}
		about += fmt.Sprintf("%s %d ham %d spam sha256:%x\n", name, counts[models.Ham], counts[models.Spam], sha256.Sum256(text))
	}
	if len(log) == 0 {
		return nil, "", errors.New("no comments")
	}
	random := rand.New(rand.NewPCG(1, 1))
	random.Shuffle(len(log), func(i, j int) { log[i], log[j] = log[j], log[i] })
	for i := range log {
		log[i].Seq = int64(i + 1)
	}
	return log, about[:len(about)-1], nil
}
