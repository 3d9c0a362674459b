package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/load"
	"github.com/winnowd/winnow/models"
)

// labelled is how many labels winnow starts with.
const labelled = 100_000

// measureLabels starts winnow on many labels: the first time, when the model is made of
// them, and once more.
func measureLabels(r *report, _ settings) error {
	return inFolder(func(dir string) error {
		if err := fillLabels(dir); err != nil {
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

// fillLabels stores labels of some 60 words each, half of them spam.
func fillLabels(dir string) error {
	comments := load.OwnComments()
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
		for n := range labelled {
			lesson, err := json.Marshal(models.Lesson{Text: fmt.Sprint(comments[n%len(comments)].Content, " word", n%50_000)})
			if err == nil {
				_, err = insert.ExecContext(ctx, n+1, fmt.Sprint("old-", n), string(models.Labels[n%2]), classifier.Tokenizer, string(lesson), now)
			}
			if err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		if _, err := tx.ExecContext(ctx, "UPDATE sequence SET last = ?", labelled); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return errors.Join(insert.Close(), tx.Commit())
	})
}
