package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// History counts how the newest comments of a person at a site stand, at most limit of
// them.
func (s *Store) History(ctx context.Context, siteID int64, person []byte, limit int) (h models.History, err error) {
	if person == nil {
		return h, nil
	}
	const newest = `SELECT revision_seq FROM author_revisions WHERE site_id = ?1 AND person_key = ?2 ORDER BY revision_seq DESC LIMIT ?3`
	rows, err := s.readers.QueryContext(ctx, `SELECT d.action, count(*) FROM (`+newest+`) a
		CROSS JOIN decisions d INDEXED BY decisions_judged ON d.revision_seq = a.revision_seq AND d.judged = 1 AND d.current = 1 GROUP BY d.action
		UNION ALL SELECT d.action, count(*) FROM (`+newest+`) a
		CROSS JOIN decisions d INDEXED BY decisions_other ON d.revision_seq = a.revision_seq AND d.judged = 0 AND d.current = 1 GROUP BY d.action
		UNION ALL SELECT '', count(*) FROM (SELECT 1 FROM author_revisions WHERE site_id = ?1 AND person_key = ?2 LIMIT ?3 + 1)`,
		siteID, person, limit)
	if err != nil {
		return h, fmt.Errorf("read author's history: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var action models.Action
		var n int
		if err := rows.Scan(&action, &n); err != nil {
			return h, fmt.Errorf("read author's history: %w", err)
		}
		switch action {
		case models.Approve:
			h.Approved += n
		case models.Hold:
			h.Held += n
		case models.Reject:
			h.Rejected += n
		default:
			h.More = n > limit
		}
	}
	return h, rows.Err()
}

// indexStep is how many revisions one commit indexes.
const indexStep = 100

// IndexAuthors goes on filling the index of authors, a small step, once nobody else waits
// to write. more tells that there is more to do.
func (s *Store) IndexAuthors(ctx context.Context) (more bool, err error) {
	op := &indexing{}
	if err := s.writer.step(ctx, op); err != nil {
		return false, fmt.Errorf("index authors: %w", err)
	}
	return op.n == indexStep, nil
}

type indexing struct{ n int }

func (op *indexing) weight() int { return indexStep }

func (op *indexing) apply(tx *tx) error {
	op.n = 0
	var from, to int64
	if _, err := tx.get("SELECT seq FROM indexed WHERE id = 1", nil, &from); err != nil {
		return err
	}
	type row struct {
		seq, site int64
		person    []byte
	}
	rows := make([]row, 0, indexStep)
	err := tx.each("SELECT seq, site_id, person_key FROM revisions WHERE seq > ? ORDER BY seq LIMIT ?", []any{from, indexStep},
		func(scan func(...any) error) error {
			var r row
			if err := scan(&r.seq, &r.site, &r.person); err != nil {
				return err
			}
			rows = append(rows, r)
			return nil
		})
	if err != nil || len(rows) == 0 {
		return err
	}
	for _, r := range rows {
		op.n, to = op.n+1, r.seq
		if r.person == nil {
			continue
		}
		if _, err := tx.exec("INSERT INTO author_revisions (site_id, person_key, revision_seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			r.site, r.person, r.seq); err != nil {
			return err
		}
	}
	_, err = tx.exec("UPDATE indexed SET seq = ? WHERE id = 1", to)
	return err
}

func (op *indexing) committed(Observer) {}
