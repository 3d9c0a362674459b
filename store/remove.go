package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// What is left of a removed comment, as the column removed has it.
const (
	removed = 1 // its decisions, and what it taught
	erased  = 2 // its decisions, and that its id is not taken again
)

// Remove deletes a comment's bodies, the keys of its author, and what its decisions
// quote of it; the decisions themselves and the labels stay. A queued revision is
// superseded, and a hold holds no more. A comment that was removed or erased already
// stays as it is. The error wraps models.ErrNotFound if there never was one.
func (s *Store) Remove(ctx context.Context, siteID int64, commentID string) error {
	op := &removal{s: s, site: siteID, comment: commentID, level: removed}
	if err := s.writer.do(ctx, op); err != nil {
		return fmt.Errorf("remove comment: %w", err)
	}
	return nil
}

// Retract takes a comment's label back because the comment is being erased; changed
// is false if it has none. The model must fold the retraction before Erase.
func (s *Store) Retract(ctx context.Context, siteID int64, commentID string, by models.Actor) (changed bool, err error) {
	op := &erasedLabel{s: s, site: siteID, comment: commentID, by: by}
	if err := s.writer.do(ctx, op); err != nil {
		return false, fmt.Errorf("take back label: %w", err)
	}
	return op.found, nil
}

// Erase is Remove, and deletes the lessons of the comment's labels as well; the id is
// not taken again. The error wraps models.ErrConflict, with nothing done, if a label
// was not taken back up to the place learnt of the label log: the model would never
// hear of it. It wraps models.ErrNotFound if there never was such a comment. taught tells
// that there were lessons.
func (s *Store) Erase(ctx context.Context, siteID int64, commentID string, learnt int64) (taught bool, err error) {
	op := &removal{s: s, site: siteID, comment: commentID, level: erased, learnt: learnt}
	if err := s.writer.do(ctx, op); err != nil {
		return false, fmt.Errorf("erase comment: %w", err)
	}
	return op.taught, nil
}

// removal removes a comment, or erases it.
type removal struct {
	s       *Store
	site    int64
	comment string
	level   int
	learnt  int64

	queued     []int64
	dead, held int64
	taught     bool
}

func (op *removal) apply(tx *tx) error {
	op.queued, op.dead, op.held, op.taught = nil, 0, 0, false
	known, err := op.known(tx)
	if err != nil {
		return err
	}
	if !known {
		return fmt.Errorf("comment %q: %w", op.comment, models.ErrNotFound)
	}
	if op.level == erased {
		if err := op.lessons(tx); err != nil {
			return err
		}
	}
	if err := op.decisions(tx); err != nil {
		return err
	}
	return op.revisions(tx)
}

// known tells whether the comment was ever there, be it as a label alone, and checks
// that the model has unlearnt what is to be erased.
func (op *removal) known(tx *tx) (bool, error) {
	id := []any{op.site, op.comment}
	var n int64
	revised, err := tx.get("SELECT 1 FROM revisions WHERE site_id = ? AND comment_id = ? LIMIT 1", id, &n)
	if err != nil || op.level == removed {
		return revised, err
	}
	standing, err := tx.get("SELECT seq FROM labels WHERE site_id = ? AND comment_id = ? AND retracted_by IS NULL", id, &n)
	if err != nil {
		return false, err
	}
	var last *int64
	if _, err := tx.get(`SELECT max(retracted_by) FROM labels INDEXED BY labels_retracted
		WHERE site_id = ? AND comment_id = ? AND retracted_by IS NOT NULL AND lesson IS NOT NULL`, id, &last); err != nil {
		return false, err
	}
	if standing || last != nil && *last > op.learnt {
		return false, fmt.Errorf("comment %q was labelled meanwhile: %w", op.comment, models.ErrConflict)
	}
	return revised || last != nil, nil
}

// lessons forgets the training texts. The label log leaves them out from then on, and
// their retractions with them.
func (op *removal) lessons(tx *tx) error {
	n, err := tx.exec(`UPDATE labels INDEXED BY labels_retracted SET lesson = NULL
		WHERE site_id = ? AND comment_id = ? AND retracted_by IS NOT NULL AND lesson IS NOT NULL`, op.site, op.comment)
	op.taught = n > 0
	return err
}

// decisions strips the comment's decisions of what they quote.
func (op *removal) decisions(tx *tx) error {
	type stripped struct {
		seq     int64
		reasons string
	}
	var rows []stripped
	err := tx.each(`SELECT d.seq, d.reasons, d.current = 1 AND d.action = 'hold' FROM revisions r
		CROSS JOIN decisions d INDEXED BY decisions_judged ON d.revision_seq = r.seq AND d.judged = 1
		WHERE r.site_id = ?1 AND r.comment_id = ?2 AND r.removed = 0
		UNION ALL
		SELECT d.seq, d.reasons, d.current = 1 AND d.action = 'hold' FROM revisions r
		CROSS JOIN decisions d INDEXED BY decisions_other ON d.revision_seq = r.seq AND d.judged = 0
		WHERE r.site_id = ?1 AND r.comment_id = ?2 AND r.removed = 0`,
		[]any{op.site, op.comment}, func(scan func(...any) error) error {
			var seq, held int64
			var reasons []byte
			if err := scan(&seq, &reasons, &held); err != nil {
				return err
			}
			op.held += held
			text, err := strip(reasons)
			if err != nil {
				return fmt.Errorf("stored reasons of decision %d: %w", seq, err)
			}
			rows = append(rows, stripped{seq, text})
			return nil
		})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if _, err := tx.exec("UPDATE decisions SET current = 0, reasons = ?, facts = '{}', note = '' WHERE seq = ?",
			row.reasons, row.seq); err != nil {
			return err
		}
	}
	return nil
}

// strip leaves of reasons what says nothing of the comment: which rules, what they
// wanted, and their codes.
func strip(text []byte) (string, error) {
	var reasons []models.Reason
	if err := decode(text, &reasons); err != nil {
		return "", err
	}
	for i, r := range reasons {
		reasons[i] = models.Reason{Rule: r.Rule, Action: r.Action, Code: r.Code}
	}
	return encode(reasons)
}

// revisions empties the comment's revisions, and notes what they were.
func (op *removal) revisions(tx *tx) error {
	err := tx.each("SELECT r.seq, "+stateOf+", r.dead FROM revisions r WHERE r.site_id = ? AND r.comment_id = ? AND r.removed = 0",
		[]any{op.site, op.comment}, func(scan func(...any) error) error {
			var seq, dead int64
			var state models.State
			if err := scan(&seq, &state, &dead); err != nil {
				return err
			}
			op.dead += dead
			if state == models.Queued {
				op.queued = append(op.queued, seq)
			}
			return nil
		})
	for _, seq := range op.queued {
		if err == nil {
			err = tx.supersede(seq)
		}
	}
	if err != nil {
		return err
	}
	_, err = tx.exec(`UPDATE revisions SET removed = ?3, dead = 0, last_error = NULL, submitted_at = NULL, edited_at = NULL, fingerprint = x'', person_key = NULL, email_key = NULL,
		ip_key = NULL, text_key = NULL, meta = NULL, body = NULL WHERE site_id = ?1 AND comment_id = ?2 AND removed < ?3`,
		op.site, op.comment, op.level)
	return err
}

func (op *removal) committed(o Observer) {
	op.s.histories.clear()
	op.s.dead.Add(-op.dead)
	op.s.held.Add(-op.held)
	for _, seq := range op.queued {
		o.Settled(op.site, seq)
	}
	o.Removed(op.site, op.comment)
}

// erasedLabel is the retraction that precedes an erasure.
type erasedLabel struct {
	s       *Store
	site    int64
	comment string
	by      models.Actor
	found   bool
}

func (op *erasedLabel) apply(tx *tx) (err error) {
	var label int64
	op.found, err = tx.get("SELECT seq FROM labels WHERE site_id = ? AND comment_id = ? AND retracted_by IS NULL",
		[]any{op.site, op.comment}, &label)
	if err != nil || !op.found {
		return err
	}
	return tx.retract(label, "erase", op.by, op.s.opts.Now())
}

func (op *erasedLabel) committed(o Observer) {
	if op.found {
		o.Labelled()
	}
}
