package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/load"
	"github.com/winnowd/winnow/models"
)

// labelled is how many labels winnow starts with.
const labelled = 100_000

// measureLabels starts winnow on many labels: the first time, when the model is made of
// them, and once more, when it is read from its file. Then it measures the memory that
// models of some sizes take.
func measureLabels(r *report, set settings) error {
	return errors.Join(measureStarts(r, set), measureFeatures(r, set))
}

func measureStarts(r *report, _ settings) error {
	return inFolder(func(dir string) error {
		comments := load.OwnComments()
		if err := fillLabels(dir, labelled, func(n int) string {
			return fmt.Sprint(comments[n%len(comments)].Content, " word", n%50_000)
		}); err != nil {
			return fmt.Errorf("store %d labels: %w", labelled, err)
		}
		t := table{Title: fmt.Sprintf("Start with %d labels", labelled), Head: []string{"start", "accepting after s", "judging after s", "resident MiB"}}
		for _, which := range []string{"first", "next"} {
			c, err := start(task{Server: winnow, Dir: dir, Untaught: true})
			if err != nil {
				return err
			}
			begun := time.Now()
			err = post(context.Background(), c.hello, load.OwnComments(), "first "+which, 1)
			if err == nil {
				err = c.settled("winnow_queue_depth")
			}
			judging := c.took + time.Since(begun)
			resident, unread := c.resident()
			if _, stopped := c.stop(); err != nil || unread != nil || stopped != nil {
				return errors.Join(err, unread, stopped)
			}
			t.Rows = append(t.Rows, []string{which, fmt.Sprintf("%.2f", c.took.Seconds()), fmt.Sprintf("%.2f", judging.Seconds()), fmt.Sprintf("%.0f", resident)})
			if which == "next" {
				r.atMost(fmt.Sprintf("start to accepting with %d labels", labelled), c.took.Seconds(), 1, "s")
				r.atMost(fmt.Sprintf("start to judging with %d labels", labelled), judging.Seconds(), 5, "s")
			}
		}
		r.add(t)
		return nil
	})
}

// measureFeatures starts winnow on models of many features.
func measureFeatures(r *report, _ settings) error {
	t := table{Title: "Memory by the size of the model", Head: []string{"labels", "features", "judging after s", "file MiB", "resident MiB"}}
	for _, c := range []struct {
		labels int
		name   string
		line   float64 // MiB
	}{{740, "100,000", 120}, {13_000, "1,000,000", 220}} {
		err := inFolder(func(dir string) error {
			words := rand.New(rand.NewPCG(7, 7))
			if err := fillLabels(dir, c.labels, func(int) string { return rareWords(words) }); err != nil {
				return fmt.Errorf("store %d labels: %w", c.labels, err)
			}
			var row []string
			resident := 0.0
			for range 2 { // the first start makes the file
				var err error
				if row, resident, err = startFeatures(dir); err != nil {
					return err
				}
			}
			t.Rows = append(t.Rows, append([]string{strconv.Itoa(c.labels)}, row...))
			r.atMost("resident memory with "+c.name+" features", resident, c.line, "MiB")
			return nil
		})
		if err != nil {
			return err
		}
	}
	r.add(t)
	return nil
}

// startFeatures starts and stops winnow, and tells how that went.
func startFeatures(dir string) (row []string, resident float64, err error) {
	c, err := start(task{Server: winnow, Dir: dir, Untaught: true})
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		_, stopped := c.stop()
		err = errors.Join(err, stopped)
	}()
	begun := time.Now()
	if err = post(context.Background(), c.hello, load.OwnComments(), fmt.Sprint("at-", begun.UnixNano()), 1); err == nil {
		err = c.settled("winnow_queue_depth")
	}
	if err != nil {
		return nil, 0, err
	}
	judging := c.took + time.Since(begun)
	features, err := c.counter("winnow_model_tokens")
	if err != nil {
		return nil, 0, err
	}
	if resident, err = c.settledResident(); err != nil {
		return nil, 0, err
	}
	size := "-"
	if about, unsaved := os.Stat(filepath.Join(dir, daemon.ModelFile)); unsaved == nil {
		size = fmt.Sprintf("%.0f", float64(about.Size())/(1<<20))
	}
	return []string{strconv.Itoa(features), fmt.Sprintf("%.2f", judging.Seconds()), size, fmt.Sprintf("%.0f", resident)}, resident, nil
}

// settledResident waits until the memory in use changes no more.
func (c *child) settledResident() (float64, error) {
	last, err := c.resident()
	for range 30 {
		time.Sleep(2 * time.Second)
		now, failed := c.resident()
		if err = errors.Join(err, failed); err != nil || math.Abs(now-last) < 1 {
			return now, err
		}
		last = now
	}
	return last, err
}

// rareWords are 60 words out of five million, as unequally frequent as words are.
func rareWords(r *rand.Rand) string {
	var text strings.Builder
	for range 60 {
		n := int(math.Exp(r.Float64() * math.Log(5e6))) // Zipf's law
		for ; n > 0; n /= 17 {
			text.WriteByte("etaoinshrdlucmfwy"[n%17])
		}
		text.WriteByte(' ')
	}
	return text.String()
}

// fillLabels stores labels, half of them spam.
func fillLabels(dir string, labels int, text func(n int) string) error {
	return openFilled(dir, func(db *sql.DB) (err error) {
		ctx := context.Background()
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, `INSERT INTO labels (seq, site_id, comment_id, label, origin, actor_kind, shared, tokenizer, lesson, labelled_at)
			VALUES (?, 1, ?, ?, 'import', 'system', 1, ?, ?, ?)`)
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		now := time.Now().UnixMilli()
		for n := range labels {
			lesson, err := json.Marshal(models.Lesson{Text: text(n)})
			if err == nil {
				_, err = insert.ExecContext(ctx, n+1, fmt.Sprint("old-", n), string(models.Labels[n%2]), classifier.Tokenizer, string(lesson), now)
			}
			if err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE sequence SET last = ?", labels); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return errors.Join(insert.Close(), tx.Commit())
	})
}
