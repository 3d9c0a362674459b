package store

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/winnowd/winnow/models"
)

// Label stores a label and its decision. The same label of the same revision again is
// not stored again, and changes nothing if the decision in force says the same; if that
// waits for the end of its undo window, it joins the feed now. Another label retracts the
// earlier one first. The error wraps models.ErrConflict if the revision is not the
// comment's newest any more, and models.ErrNotFound if the comment was removed.
func (s *Store) Label(ctx context.Context, l models.Labelled) (models.LabelResult, error) {
	lesson, err := encode(&l.Lesson)
	if err != nil {
		return models.LabelResult{}, fmt.Errorf("encode lesson: %w", err)
	}
	row, err := s.row(ctx, l.Decision)
	if err != nil {
		return models.LabelResult{}, err
	}
	row.rev = l.Revision
	op := &labelling{s: s, l: l, lesson: lesson, rows: []decisionRow{row}}
	if err := s.writer.do(ctx, op); err != nil {
		return models.LabelResult{}, fmt.Errorf("store label: %w", err)
	}
	return op.result, nil
}

type labelling struct {
	s      *Store
	l      models.Labelled
	lesson string
	rows   []decisionRow

	result   models.LabelResult
	released *models.Decision // what waited for the feed and says the same
}

func (op *labelling) apply(tx *tx) error {
	row, rev := &op.rows[0], op.l.Revision
	row.stored, row.unheld, row.wasDead, row.wasOpen, row.released = false, false, false, false, nil
	op.released = nil
	state, dead, err := op.newest(tx)
	if err != nil {
		return err
	}
	before, err := tx.current(rev.SiteID, rev.Comment.ID)
	if err != nil {
		return err
	}
	op.result = models.LabelResult{Before: before, Stands: op.l.Decision}
	if op.result.Learnt, err = op.learn(tx); err != nil {
		return err
	}
	if !op.result.Learnt && before != nil && before.RevisionSeq == rev.Seq && before.Action == op.l.Decision.Action {
		return op.agree(tx, before)
	}
	if state == models.Queued {
		if _, err := tx.dequeue(rev.Seq); err != nil {
			return err
		}
	}
	if dead {
		if _, err := tx.exec("UPDATE revisions SET dead = 0 WHERE seq = ?", rev.Seq); err != nil {
			return err
		}
	}
	if err := succeed(tx, row, rev.SiteID, rev.Comment.ID); err != nil {
		return err
	}
	row.seq, row.stored, row.wasOpen, row.wasDead = tx.next(), true, state == models.Queued, dead
	return insertDecision(tx, row)
}

// learn makes the comment's label the given one; false if it is that already.
func (op *labelling) learn(tx *tx) (bool, error) {
	rev := op.l.Revision
	active, label, of, err := tx.activeLabel(rev.SiteID, rev.Comment.ID)
	switch {
	case err != nil:
		return false, err
	case active != 0 && label == op.l.Label && of == rev.Seq:
		return false, nil
	case active != 0:
		if err := tx.retract(active, "relabel", op.l.Decision.Actor, op.l.Decision.DecidedAt); err != nil {
			return false, err
		}
	}
	_, err = insertLabel(tx, op.l, op.lesson)
	return err == nil, err
}

// agree leaves the decision in force, which says what the label does. Who labels is told
// of it, so that it waits for the feed no longer.
func (op *labelling) agree(tx *tx, before *models.Decision) (err error) {
	op.result.Stands = before
	if waits, err := tx.waits(before.Seq); err != nil || !waits {
		return err
	}
	if op.released, err = tx.release(before.Seq); op.released != nil {
		op.result.Stands = op.released
	}
	return err
}

// newest checks that the labelled revision is the comment's newest.
func (op *labelling) newest(tx *tx) (state models.State, dead bool, err error) {
	var seq int64
	var gone int
	found, err := tx.get("SELECT r.seq, "+stateOf+", r.dead, r.removed FROM revisions r WHERE r.site_id = ? AND r.comment_id = ? ORDER BY r.revision DESC LIMIT 1",
		[]any{op.l.Revision.SiteID, op.l.Revision.Comment.ID}, &seq, &state, &dead, &gone)
	switch {
	case err != nil:
		return "", false, err
	case !found || gone != 0:
		return "", false, fmt.Errorf("comment %q: %w", op.l.Revision.Comment.ID, models.ErrNotFound)
	case seq != op.l.Revision.Seq:
		return "", false, fmt.Errorf("comment %q has a newer revision: %w", op.l.Revision.Comment.ID, models.ErrConflict)
	}
	return state, dead, nil
}

// retract takes a label back; reason is one of those that the schema lists.
func (t *tx) retract(label int64, reason string, by models.Actor, at time.Time) error {
	seq := t.next()
	if _, err := t.exec(`INSERT INTO retractions (seq, label_seq, reason, actor_kind, actor_name, retracted_at)
		VALUES (?, ?, ?, ?, ?, ?)`, seq, label, reason, by.Kind, by.Name, at.UnixMilli()); err != nil {
		return err
	}
	_, err := t.exec("UPDATE labels SET retracted_by = ? WHERE seq = ?", seq, label)
	return err
}

// insertLabel stores a label and returns its seq.
func insertLabel(tx *tx, l models.Labelled, lesson string) (int64, error) {
	seq := tx.next()
	_, err := tx.exec(`INSERT INTO labels (seq, site_id, comment_id, revision_seq, label, origin, actor_kind, actor_name,
		shared, tokenizer, lesson, labelled_at)
		SELECT ?, id, ?, ?, ?, ?, ?, ?, share_labels, ?, ?, ? FROM sites WHERE id = ?`,
		seq, l.Revision.Comment.ID, l.Revision.Seq, string(l.Label), string(l.Origin),
		l.Decision.Actor.Kind, l.Decision.Actor.Name, l.Tokenizer, lesson, l.Decision.DecidedAt.UnixMilli(), l.Revision.SiteID)
	return seq, err
}

func (op *labelling) committed(o Observer) {
	if op.rows[0].stored {
		op.s.histories.forget(op.rows[0].rev.Author())
		o.Labelled()
	}
	if op.released != nil {
		o.Decided([]*models.Decision{op.released})
	}
	announce(op.s, o, op.rows)
}

// logPage is how many entries of the label log one query reads.
const logPage = 500

// LabelLog yields the label log's entries above a seq, in order: labels, and
// retractions as entries that take the label's lesson back. Erased lessons are
// left out together with their retractions. It reads in pages, each a short query.
func (s *Store) LabelLog(ctx context.Context, after int64) iter.Seq2[models.LogEntry, error] {
	return func(yield func(models.LogEntry, error) bool) {
		for {
			page, err := s.logPage(ctx, after)
			if err != nil {
				yield(models.LogEntry{}, fmt.Errorf("read label log: %w", err))
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				after = e.Seq
			}
			if len(page) < logPage {
				return
			}
		}
	}
}

func (s *Store) logPage(ctx context.Context, after int64) ([]models.LogEntry, error) {
	rows, err := s.readers.QueryContext(ctx, `
		SELECT seq, site_id, label, shared, 0 AS retracts, lesson FROM labels WHERE seq > ?1 AND lesson IS NOT NULL
		UNION ALL
		SELECT r.seq, l.site_id, l.label, l.shared, 1, l.lesson FROM retractions r JOIN labels l ON l.seq = r.label_seq
		WHERE r.seq > ?1 AND l.lesson IS NOT NULL
		ORDER BY seq LIMIT ?2`, after, logPage)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []models.LogEntry
	for rows.Next() {
		var e models.LogEntry
		var lesson []byte
		if err := rows.Scan(&e.Seq, &e.SiteID, &e.Label, &e.Shared, &e.Retracts, &lesson); err != nil {
			return nil, err
		}
		if err := decode(lesson, &e.Lesson); err != nil {
			return nil, fmt.Errorf("lesson of entry %d: %w", e.Seq, err)
		}
		page = append(page, e)
	}
	return page, rows.Err()
}
