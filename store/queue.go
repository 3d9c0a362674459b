package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/queue"
)

// stateOf is the state of a revision r: what waits has a row in queued, and the column
// says how it leaves that, or has left it.
const stateOf = "CASE WHEN EXISTS (SELECT 1 FROM queued WHERE revision_seq = r.seq) THEN 'queued' ELSE r.state END"

// enqueue makes a revision wait for its judgement. received is when it came, in
// milliseconds; nil if its age does not count.
func (t *tx) enqueue(seq, siteID int64, received any) error {
	_, err := t.exec("INSERT INTO queued (revision_seq, site_id, received_at) VALUES (?, ?, ?)", seq, siteID, received)
	return err
}

// dequeue ends a revision's waiting, and tells whether it did wait.
func (t *tx) dequeue(seq int64) (waited bool, err error) {
	n, err := t.exec("DELETE FROM queued WHERE revision_seq = ?", seq)
	return n > 0, err
}

// supersede ends the waiting of a revision that will not be judged.
func (t *tx) supersede(seq int64) error {
	if _, err := t.dequeue(seq); err != nil {
		return err
	}
	_, err := t.exec("UPDATE revisions SET state = 'superseded' WHERE seq = ?", seq)
	return err
}

// Standing counts what is queued now.
func (s *Store) Standing(ctx context.Context) (queue.Standing, error) {
	st := queue.Standing{Depths: map[int64]int{}}
	rows, err := s.readers.QueryContext(ctx, `SELECT site_id, count(*), max(revision_seq), min(received_at)
		FROM queued GROUP BY site_id`)
	if err != nil {
		return st, fmt.Errorf("count queued revisions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var site, newest int64
		var oldest *int64
		var n int
		if err := rows.Scan(&site, &n, &newest, &oldest); err != nil {
			return st, fmt.Errorf("count queued revisions: %w", err)
		}
		st.Depths[site] = n
		st.Newest = max(st.Newest, newest)
		if oldest == nil {
			continue
		}
		if at := fromMillis(*oldest); st.Oldest.IsZero() || at.Before(st.Oldest) {
			st.Oldest = at
		}
	}
	return st, rows.Err()
}

// Failed notes that a judgement of a revision failed, so that a restart does not
// forget it.
func (s *Store) Failed(ctx context.Context, seq int64, attempts int, cause error) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		_, err := tx.exec("UPDATE revisions SET attempts = ?1, last_error = ?2 WHERE seq = ?3 AND EXISTS (SELECT 1 FROM queued WHERE revision_seq = ?3)",
			attempts, cause.Error(), seq)
		return err
	}))
	if err != nil {
		return fmt.Errorf("note failed judgement: %w", err)
	}
	return nil
}

// change is an operation that nobody is told of.
type change func(tx *tx) error

func (f change) apply(tx *tx) error { return f(tx) }
func (f change) committed(Observer) {}

// Waiting is a revision that waits for its judgement or whose judgement failed for
// good, as an operator sees it.
type Waiting struct {
	Seq        int64  `json:"seq"`
	Site       string `json:"site"`
	CommentID  string `json:"comment_id"`
	Revision   int    `json:"revision"`
	State      string `json:"state"` // "queued" or "dead"
	ReceivedAt string `json:"received_at"`
	Attempts   int    `json:"attempts"`
	LastError  string `json:"last_error,omitempty"`
}

// ListWaiting returns what is queued or dead, the oldest first, at most limit of
// each, of one site or of all if site is empty.
func (s *Store) ListWaiting(ctx context.Context, site string, limit int) ([]Waiting, error) {
	const columns = "SELECT r.seq, r.site_id, r.comment_id, r.revision, r.received_at, r.attempts, coalesce(r.last_error, '') FROM "
	const which = " AND (?1 = '' OR r.site_id = (SELECT id FROM sites WHERE name = ?1)) ORDER BY r.seq LIMIT ?2"
	list, err := s.waiting(ctx, nil, "dead", columns+"revisions r INDEXED BY revisions_dead WHERE r.dead = 1"+which, site, limit)
	if err == nil {
		list, err = s.waiting(ctx, list, "queued", columns+"queued q CROSS JOIN revisions r ON r.seq = q.revision_seq WHERE true"+which, site, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("list queue: %w", err)
	}
	return list, nil
}

// waiting adds what a query finds to a list.
func (s *Store) waiting(ctx context.Context, list []Waiting, state, query string, args ...any) ([]Waiting, error) {
	rows, err := s.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		w := Waiting{State: state}
		var siteID, received int64
		if err := rows.Scan(&w.Seq, &siteID, &w.CommentID, &w.Revision, &received, &w.Attempts, &w.LastError); err != nil {
			return nil, err
		}
		w.Site, w.ReceivedAt = s.name(siteID), fromMillis(received).Format("2006-01-02T15:04:05.000Z")
		list = append(list, w)
	}
	return list, rows.Err()
}

// Retry puts dead revisions back into the queue: those of a site, or all if site is
// empty, or just one comment's. It returns how many.
func (s *Store) Retry(ctx context.Context, site, commentID string) (int, error) {
	total, after := 0, int64(0)
	for {
		op := &putBack{s: s, site: site, commentID: commentID, after: after}
		if err := s.writer.do(ctx, op); err != nil {
			return total, fmt.Errorf("put back: %w", err)
		}
		total += len(op.revs)
		if len(op.revs) < putBackStep {
			return total, nil
		}
		after = op.revs[putBackStep-1].Seq
	}
}

// putBackStep is how many revisions one commit puts back, so that others get their turn.
const putBackStep = 200

type putBack struct {
	s               *Store
	site, commentID string
	after           int64
	revs            []*models.Revision
}

func (op *putBack) apply(tx *tx) error {
	op.revs = op.revs[:0]
	err := tx.each("SELECT "+revisionColumns+` FROM revisions r INDEXED BY revisions_dead
		WHERE r.dead = 1 AND r.seq > ?4 AND r.removed = 0 AND (?1 = '' OR r.site_id = (SELECT id FROM sites WHERE name = ?1))
		AND (?2 = '' OR r.comment_id = ?2) ORDER BY r.seq LIMIT ?3`,
		[]any{op.site, op.commentID, putBackStep, op.after}, func(scan func(...any) error) error {
			r, err := op.s.scanRevision(scan)
			if err != nil {
				return err
			}
			r.Attempts, r.PutBack = 0, true
			op.revs = append(op.revs, r)
			return nil
		})
	if err != nil {
		return err
	}
	for _, r := range op.revs {
		if _, err := tx.exec("UPDATE revisions SET dead = 0, put_back = 1, attempts = 0 WHERE seq = ?", r.Seq); err != nil {
			return err
		}
		if err := tx.enqueue(r.Seq, r.SiteID, nil); err != nil {
			return err
		}
	}
	return nil
}

func (op *putBack) committed(o Observer) {
	for _, r := range op.revs {
		op.s.dead.Add(-1)
		o.Requeued(r)
	}
}
