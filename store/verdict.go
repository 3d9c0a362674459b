package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// Rule stores rulings as one act, or as a further part of one that has a Seq, in one
// commit. Each is refused alone, see Ruled.Err: with models.ErrNotFound if the comment
// was removed, models.ErrConflict if it has a newer revision, one that is not judged
// yet, or another decision than the ruling assumes. If none is carried out, nothing is
// stored. With waits the decisions stay out of the feed until Release. The act's Seq is
// returned; 0 if nothing was stored. A step, if it is not nil, notes in the same commit
// how far the act's job has come and what became of the comments; the error wraps
// models.ErrConflict, with nothing stored, if the job was stopped.
func (s *Store) Rule(ctx context.Context, act models.Act, rulings []models.Ruling, waits bool, step *models.JobStep) (int64, []models.Ruled, error) {
	op := &ruling{s: s, act: act, step: step, items: make([]rulingItem, len(rulings))}
	for i := range rulings {
		r := &rulings[i]
		lesson, err := encode(&r.Lesson)
		if err != nil {
			return 0, nil, fmt.Errorf("encode lesson: %w", err)
		}
		row, err := s.row(ctx, r.Decision)
		if err != nil {
			return 0, nil, err
		}
		row.rev, row.pending = r.Revision, waits
		s.fold(&row)
		op.items[i] = rulingItem{Ruling: r, lesson: lesson, row: row}
	}
	do := s.writer.do
	if step != nil {
		do = s.writer.step
	}
	if err := do(ctx, op); err != nil {
		return 0, nil, fmt.Errorf("store verdict: %w", err)
	}
	done := make([]models.Ruled, len(op.items))
	for i := range op.items {
		done[i] = op.items[i].done
	}
	return op.seq, done, nil
}

type ruling struct {
	s     *Store
	act   models.Act
	items []rulingItem
	step  *models.JobStep
	seq   int64
}

type rulingItem struct {
	*models.Ruling
	lesson string
	row    decisionRow
	done   models.Ruled
}

func (op *ruling) weight() int { return 1 + 2*len(op.items) }

func (op *ruling) apply(tx *tx) error {
	op.seq = op.act.Seq
	if op.step != nil {
		var running bool
		if _, err := tx.get("SELECT EXISTS (SELECT 1 FROM jobs WHERE action_seq = ? AND state = 'running')", []any{op.step.Seq}, &running); err != nil {
			return err
		}
		if !running {
			return fmt.Errorf("the job was stopped: %w", models.ErrConflict)
		}
	}
	for i := range op.items {
		it := &op.items[i]
		it.done, it.row.stored = models.Ruled{}, false
		err := op.rule(tx, it)
		if err != nil && !refused(err) {
			return err
		}
		it.done.Err = err
	}
	if op.step == nil {
		return nil
	}
	step := *op.step
	for i := range op.items {
		if op.items[i].done.Err == nil {
			step.Done++
		} else {
			step.Skipped++
		}
	}
	return tx.advance(&step, false)
}

// rule carries one ruling out, or refuses it having changed nothing.
func (op *ruling) rule(tx *tx, it *rulingItem) (err error) {
	rev := it.Revision
	state, dead, err := newest(tx, rev)
	if err != nil {
		return err
	}
	before, err := tx.current(rev.SiteID, rev.Comment.ID)
	if err != nil {
		return err
	}
	switch {
	case state != models.Decided || before == nil:
		return fmt.Errorf("revision %d is not judged yet: %w", rev.Number, models.ErrConflict)
	case it.IfSequence != 0 && it.IfSequence != before.Sequence:
		return fmt.Errorf("somebody decided meanwhile: %w", models.ErrConflict)
	}
	if op.seq == 0 {
		if op.seq, err = op.s.act(tx, op.act); err != nil {
			return err
		}
	}
	label, retracted, err := op.label(tx, it)
	if err != nil {
		return err
	}
	if dead {
		if _, err := tx.exec("UPDATE revisions SET dead = 0 WHERE seq = ?", rev.Seq); err != nil {
			return err
		}
	}
	if err := op.decide(tx, it, dead); err != nil {
		return err
	}
	it.done.Before, it.done.Learnt = before, label != nil
	if before.Source != models.FromModerator && before.Action != it.Decision.Action {
		tx.count(dayOf(it.Decision.DecidedAt), rev.SiteID, overturn(before, it.Decision), 1)
	}
	_, err = tx.exec(`INSERT INTO verdicts (decision_seq, action_seq, before_seq, label_seq, retracted, was_dead) VALUES (?, ?, ?, ?, ?, ?)`,
		it.row.seq, op.seq, before.Seq, label, retracted, flag(dead))
	return err
}

func overturn(before, after *models.Decision) string {
	return "overturn:" + string(before.Action) + ":" + string(after.Action)
}

// decide stores the ruling's decision.
func (op *ruling) decide(tx *tx, it *rulingItem, dead bool) error {
	row, rev := &it.row, it.Revision
	row.unheld, row.wasOpen, row.wasDead, row.released = false, false, dead, nil
	if err := succeed(tx, row, rev.SiteID, rev.Comment.ID); err != nil {
		return err
	}
	row.seq, row.stored = tx.next(), true
	if err := insertDecision(tx, row); err != nil || !row.pending {
		return err
	}
	_, err := tx.exec("INSERT INTO pending (decision_seq, release_at) VALUES (?, ?)", row.seq, it.Decision.DecidedAt.UnixMilli())
	return err
}

// label makes the comment's label that of the ruling. It gives the label that was
// stored and the one that was taken back, nil for none. A label of an earlier revision
// stays if the ruling has none: it was of another text.
func (op *ruling) label(tx *tx, it *rulingItem) (stored, retracted any, err error) {
	rev := it.Revision
	active, label, of, err := tx.activeLabel(rev.SiteID, rev.Comment.ID)
	if err != nil {
		return nil, nil, err
	}
	same := active != 0 && of == rev.Seq
	switch {
	case it.Label == "" && !same, same && label == it.Label:
		return nil, nil, nil
	case active != 0:
		if err := tx.retract(active, "relabel", it.Decision.Actor, it.Decision.DecidedAt); err != nil {
			return nil, nil, err
		}
		retracted = active
	}
	if it.Label == "" {
		return nil, retracted, nil
	}
	seq, err := insertLabel(tx, it.Labelled, it.lesson)
	return seq, retracted, err
}

// activeLabel finds the label that a comment has, and of which revision; 0 if none.
func (t *tx) activeLabel(siteID int64, commentID string) (seq int64, label models.Label, of int64, err error) {
	_, err = t.get("SELECT seq, label, coalesce(revision_seq, 0) FROM labels WHERE site_id = ? AND comment_id = ? AND retracted_by IS NULL",
		[]any{siteID, commentID}, &seq, &label, &of)
	return seq, label, of, err
}

// newest checks that a revision is its comment's newest.
func newest(tx *tx, rev *models.Revision) (models.State, bool, error) {
	op := &labelling{l: models.Labelled{Revision: rev}}
	return op.newest(tx)
}

const currentOf = " FROM revisions c CROSS JOIN decisions d ON d.revision_seq = c.seq AND d.current = 1 AND d.judged = "
const currentWhere = " WHERE c.site_id = ?1 AND c.comment_id = ?2 AND c.removed = 0"
const currentQuery = "SELECT " + decisionColumns + currentOf + "1" + decisionTables + currentWhere +
	" UNION ALL SELECT " + decisionColumns + currentOf + "0" + decisionTables + currentWhere

// current reads the decision of a comment that is in force, in the feed or not; nil if
// there is none.
func (t *tx) current(siteID int64, commentID string) (d *models.Decision, err error) {
	err = t.each(currentQuery, []any{siteID, commentID}, func(scan func(...any) error) (err error) {
		d, err = t.w.s.scanDecision(scan)
		return err
	})
	return d, err
}

// Current returns the decision of a comment that is in force, in the feed or not; nil
// if the comment is not judged yet, was removed, or never was.
func (s *Store) Current(ctx context.Context, siteID int64, commentID string) (*models.Decision, error) {
	ds, err := s.decisions(ctx, s.readers, currentQuery, siteID, commentID)
	if err != nil || len(ds) == 0 {
		return nil, err
	}
	return ds[0], nil
}

func (op *ruling) committed(o Observer) {
	learnt := false
	rows := make([]decisionRow, 0, len(op.items))
	authors := make([]models.AuthorRef, 0, len(op.items))
	for i := range op.items {
		it := &op.items[i]
		learnt = learnt || it.done.Err == nil
		authors = append(authors, it.Revision.Author())
		rows = append(rows, it.row)
	}
	op.s.histories.forget(authors...)
	if learnt {
		o.Labelled()
	}
	announce(op.s, o, rows)
}

// Pending returns the decisions that wait to join the feed, in order.
func (s *Store) Pending(ctx context.Context) ([]int64, error) {
	rows, err := s.readers.QueryContext(ctx, "SELECT decision_seq FROM pending ORDER BY decision_seq")
	if err != nil {
		return nil, fmt.Errorf("read pending decisions: %w", err)
	}
	defer rows.Close()
	var seqs []int64
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return nil, fmt.Errorf("read pending decisions: %w", err)
		}
		seqs = append(seqs, seq)
	}
	return seqs, rows.Err()
}

// Release has decisions join their feeds, those that still wait to.
func (s *Store) Release(ctx context.Context, seqs []int64) error {
	op := &releasing{seqs: seqs}
	if err := s.writer.do(ctx, op); err != nil {
		return fmt.Errorf("release decisions: %w", err)
	}
	return nil
}

type releasing struct {
	seqs     []int64
	released []*models.Decision
}

func (op *releasing) weight() int { return len(op.seqs) }

func (op *releasing) apply(tx *tx) error {
	op.released = nil
	for _, seq := range op.seqs {
		waits, err := tx.waits(seq)
		if err != nil {
			return err
		}
		if !waits {
			continue
		}
		d, err := tx.release(seq)
		if err != nil {
			return err
		}
		if d != nil { // else its site was purged
			op.released = append(op.released, d)
		}
	}
	return nil
}

// waits tells whether a decision waits to join its feed.
func (t *tx) waits(seq int64) (waits bool, err error) {
	_, err = t.get("SELECT EXISTS (SELECT 1 FROM pending WHERE decision_seq = ?)", []any{seq}, &waits)
	return waits, err
}

func (op *releasing) committed(o Observer) {
	if len(op.released) > 0 {
		o.Decided(op.released)
	}
}
