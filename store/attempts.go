package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/winnowd/winnow/models"
)

// remember stores an attempt, unless its decision was deleted meanwhile, and lets go of
// those that are too many by now. The decision's deletion takes them all.
func remember(tx *tx, a *models.Attempted) error {
	status := a.Status
	if status < 100 || status > 999 {
		status = 0
	}
	n, err := tx.exec(`INSERT INTO attempts (decision_seq, n, at, took, status, error)
		SELECT seq, coalesce((SELECT max(n) FROM attempts WHERE decision_seq = ?1), 0) + 1, ?2, ?3, ?4, ?5 FROM decisions WHERE seq = ?1`,
		a.Seq, a.At.UnixMilli(), int64(math.Round(a.Seconds*1e3)), status, a.Error)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.exec("DELETE FROM attempts WHERE decision_seq = ?1 AND n <= (SELECT max(n) FROM attempts WHERE decision_seq = ?1) - ?2",
		a.Seq, models.KeptAttempts)
	return err
}

// attempts returns what is remembered of the deliveries of a decision, the oldest first.
func (s *Store) attempts(ctx context.Context, seq int64) ([]models.Attempt, error) {
	rows, err := s.readers.QueryContext(ctx, "SELECT at, took, status, error FROM attempts WHERE decision_seq = ? ORDER BY n", seq)
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	defer rows.Close()
	var list []models.Attempt
	for rows.Next() {
		var a models.Attempt
		var at, took int64
		if err := rows.Scan(&at, &took, &a.Status, &a.Error); err != nil {
			return nil, fmt.Errorf("read attempts: %w", err)
		}
		a.At, a.Seconds = fromMillis(at), (time.Duration(took) * time.Millisecond).Seconds()
		list = append(list, a)
	}
	return list, rows.Err()
}
