package store

import (
	"context"
	"fmt"
	"time"

	"github.com/winnowd/winnow/models"
)

// labelsPage is how many labels one query counts.
const labelsPage = 5000

// CountLabels counts the labels of a site that stand, in pages.
func (s *Store) CountLabels(ctx context.Context, siteID int64) (ham, spam int, err error) {
	after := ""
	for {
		n := 0
		rows, err := s.readers.QueryContext(ctx, `SELECT comment_id, label FROM labels INDEXED BY labels_active
			WHERE site_id = ? AND comment_id > ? AND retracted_by IS NULL ORDER BY comment_id LIMIT ?`, siteID, after, labelsPage)
		if err != nil {
			return 0, 0, fmt.Errorf("count labels: %w", err)
		}
		for rows.Next() {
			var label models.Label
			if err := rows.Scan(&after, &label); err != nil {
				_ = rows.Close() // the first error counts
				return 0, 0, fmt.Errorf("count labels: %w", err)
			}
			if n++; label == models.Spam {
				spam++
			} else {
				ham++
			}
		}
		if err := rows.Err(); err != nil {
			return 0, 0, fmt.Errorf("count labels: %w", err)
		}
		if n < labelsPage {
			return ham, spam, nil
		}
	}
}

// resetStep is how many labels one commit takes back.
const resetStep = 200

// ResetLabels takes back every label of a site that was given before the call, in small
// steps, and returns how many there were. The labels are kept and count no more; the
// model must fold the retractions, or be rebuilt. On an error some may have been taken
// back; the rest are when it is asked for again.
func (s *Store) ResetLabels(ctx context.Context, siteID int64, by models.Actor) (int, error) {
	total := 0
	op := &labelReset{site: siteID, by: by, at: s.opts.Now()}
	for {
		if err := s.writer.step(ctx, op); err != nil {
			return total, fmt.Errorf("reset labels: %w", err)
		}
		total += op.n
		if op.n < resetStep {
			return total, nil
		}
	}
}

type labelReset struct {
	site int64
	by   models.Actor
	at   time.Time
	// last is the end of the label log at the first step; labels beyond it stay.
	last int64
	n    int
}

func (op *labelReset) apply(tx *tx) error {
	op.n = 0
	if op.last == 0 {
		op.last = tx.seq
	}
	var labels []int64
	err := tx.each(`SELECT seq FROM labels INDEXED BY labels_active
		WHERE site_id = ? AND retracted_by IS NULL AND seq <= ? LIMIT ?`, []any{op.site, op.last, resetStep},
		func(scan func(...any) error) error {
			var seq int64
			if err := scan(&seq); err != nil {
				return err
			}
			labels = append(labels, seq)
			return nil
		})
	if err != nil {
		return err
	}
	for _, seq := range labels {
		if err := tx.retract(seq, "reset", op.by, op.at); err != nil {
			return err
		}
	}
	op.n = len(labels)
	return nil
}

func (op *labelReset) committed(o Observer) {
	if op.n > 0 {
		o.Labelled()
	}
}
