package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/winnowd/winnow/load"
	"github.com/winnowd/winnow/models"
)

// measureBatches compares what batches of 20 bring in with bare inserts of the rows.
func measureBatches(r *report, set settings) error {
	var inserts, accepted, decided []float64
	for range set.rounds {
		if err := inFolder(func(dir string) error {
			perSecond, err := insertRows(dir, set.duration)
			inserts = append(inserts, perSecond)
			return err
		}); err != nil {
			return err
		}
		if err := inFolder(func(dir string) error {
			c, err := start(task{Server: winnow, Dir: dir})
			if err != nil {
				return err
			}
			begun := time.Now()
			result, err := load.Run(context.Background(), load.Options{
				URL: c.url(), Key: c.Key, AcceptOnly: true, Connections: 16, Batch: 20, Duration: set.duration,
			})
			if err == nil {
				err = c.settled("winnow_queue_depth")
			}
			elapsed := time.Since(begun)
			if _, stopped := c.stop(); err != nil || stopped != nil {
				return errors.Join(err, stopped)
			}
			accepted = append(accepted, result.AcceptedPerSecond)
			decided = append(decided, float64(result.Accepted)/elapsed.Seconds())
			return nil
		}); err != nil {
			return err
		}
	}
	raw := median(inserts)
	r.add(table{Title: "Batches of 20", Head: []string{"what", "comments/s", "of bare inserts"}, Rows: [][]string{
		{"bare inserts, 64 rows a transaction", fmt.Sprintf("%.0f", raw), "1.00"},
		{"winnow, accepted", fmt.Sprintf("%.0f", median(accepted)), fmt.Sprintf("%.2f", median(accepted)/raw)},
		{"winnow, decided", fmt.Sprintf("%.0f", median(decided)), fmt.Sprintf("%.2f", median(decided)/raw)},
	}})
	r.atLeast("batches of 20 accepted, of bare inserts", median(accepted)/raw, 0.7, "")
	return nil
}

// insertRows inserts rows as the durable reference does, 64 in a transaction.
func insertRows(dir string, duration time.Duration) (perSecond float64, err error) {
	t, err := openRows(dir)
	if err != nil {
		return 0, err
	}
	insert, err := t.db.Prepare(insertRow)
	if err != nil {
		return 0, err
	}
	comments := load.OwnComments()
	n, begun := 0, time.Now()
	for time.Since(begun) < duration {
		batch := make([]row, 64)
		for i := range batch {
			c := comments[n%len(comments)]
			c.ID = fmt.Sprint("raw-", n)
			batch[i] = row{id: c.ID, body: string(models.AppendComment(nil, &c))}
			n++
		}
		if err := t.commit(insert, batch); err != nil {
			return 0, err
		}
	}
	elapsed := time.Since(begun)
	return float64(n) / elapsed.Seconds(), errors.Join(insert.Close(), t.close())
}
