package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// Undo takes an act back: of the comments that it decided, above the decision after and
// at most limit, those that nobody decided since get back the decision and the label
// that they had. A verdict that is not in the feed yet leaves no trace; in place of
// another there is a new decision, delivered like any. The error wraps
// models.ErrNotFound if there is no such act, and models.ErrConflict if it cannot be
// undone, was undone already, or, for a single verdict, if somebody decided since. A step,
// if it is not nil, is of the job that undoes the act.
func (s *Store) Undo(ctx context.Context, act int64, by models.Actor, after int64, limit int, step *models.JobStep) (models.Undone, error) {
	op := &undoing{s: s, act: act, by: by, after: after, limit: limit, step: step}
	do := s.writer.do
	if step != nil {
		do = s.writer.step
	}
	if err := do(ctx, op); err != nil {
		return models.Undone{}, fmt.Errorf("undo: %w", err)
	}
	if op.result.Seq != 0 {
		op.result.ID = s.ActID(op.result.Seq)
	}
	return op.result, nil
}

type undoing struct {
	s          *Store
	act        int64
	by         models.Actor
	after      int64
	limit      int
	step       *models.JobStep
	result     models.Undone
	decided    []*models.Decision // that join the feed
	back       []*models.Decision // that are in force again
	dead, held int64
	label      bool
}

func (op *undoing) weight() int { return 2 * op.limit }

// undoItem is a row of verdicts.
type undoItem struct {
	decision, before int64
	label, retracted *int64
	dead             bool
}

func (op *undoing) apply(tx *tx) error {
	op.result, op.decided, op.back, op.dead, op.held, op.label = models.Undone{}, nil, nil, 0, 0, false
	single, site, comment, err := op.check(tx)
	if err != nil {
		return err
	}
	items, err := op.items(tx)
	if err != nil {
		return err
	}
	if op.result.More = len(items) > op.limit; op.result.More {
		items = items[:op.limit]
	}
	if op.step != nil {
		op.result.Seq = op.step.Seq
	}
	for i := range items {
		it := &items[i]
		op.result.Last = it.decision
		verdict, before, err := op.stands(tx, it)
		if err != nil {
			return err
		}
		if verdict == nil || before == nil {
			if single {
				return fmt.Errorf("somebody decided since: %w", models.ErrConflict)
			}
			op.result.Skipped++
			continue
		}
		if op.result.Seq == 0 {
			if op.result.Seq, err = op.begin(tx, site, comment); err != nil {
				return err
			}
		}
		if err := op.undo(tx, it, verdict, before); err != nil {
			return err
		}
	}
	if op.step == nil {
		return nil
	}
	return tx.advance(&models.JobStep{
		Seq: op.step.Seq, Position: max(op.result.Last, op.after), Done: len(op.result.Restored), Skipped: op.result.Skipped,
	}, !op.result.More)
}

// check finds the act; single tells that it is a verdict on one comment.
func (op *undoing) check(tx *tx) (single bool, site *int64, comment *string, err error) {
	var kind string
	var undoable bool
	var undone *int64
	found, err := tx.get("SELECT kind, undoable, undone_by, site_id, comment_id FROM actions WHERE seq = ?", []any{op.act}, &kind, &undoable, &undone, &site, &comment)
	switch {
	case err != nil:
		return false, nil, nil, err
	case !found:
		return false, nil, nil, fmt.Errorf("action: %w", models.ErrNotFound)
	case !undoable:
		return false, nil, nil, fmt.Errorf("this cannot be undone: %w", models.ErrConflict)
	case undone != nil && (op.step == nil || *undone != op.step.Seq):
		return false, nil, nil, fmt.Errorf("this was undone already: %w", models.ErrConflict)
	case site != nil && op.s.removedSite(*site):
		return false, nil, nil, fmt.Errorf("the site was removed: %w", models.ErrConflict)
	}
	return comment != nil, site, comment, nil
}

func (op *undoing) items(tx *tx) (items []undoItem, err error) {
	err = tx.each(`SELECT decision_seq, before_seq, label_seq, retracted, was_dead FROM verdicts INDEXED BY verdicts_action
		WHERE action_seq = ? AND decision_seq > ? AND undone = 0 ORDER BY decision_seq LIMIT ?`,
		[]any{op.act, op.after, op.limit + 1}, func(scan func(...any) error) error {
			var it undoItem
			if err := scan(&it.decision, &it.before, &it.label, &it.retracted, &it.dead); err != nil {
				return err
			}
			items = append(items, it)
			return nil
		})
	return items, err
}

// stands returns a verdict's decision, and the one whose place it took, if it is still
// in force with the label that came with it; nil if something was decided, labelled or
// removed since, be it the whole site.
func (op *undoing) stands(tx *tx, it *undoItem) (verdict, before *models.Decision, err error) {
	var current bool
	if _, err := tx.get("SELECT current FROM decisions WHERE seq = ?", []any{it.decision}, &current); err != nil || !current {
		return nil, nil, err
	}
	verdict, err = tx.decision(it.decision)
	if err != nil || verdict == nil || op.s.removedSite(verdict.SiteID) {
		return nil, nil, err
	}
	active, _, _, err := tx.activeLabel(verdict.SiteID, verdict.CommentID)
	if err != nil {
		return nil, nil, err
	}
	if it.label != nil && active != *it.label || it.label == nil && it.retracted != nil && active != 0 {
		return nil, nil, nil
	}
	before, err = tx.decision(it.before)
	return verdict, before, err
}

// begin enters the undoing act in the audit log.
func (op *undoing) begin(tx *tx, site *int64, comment *string) (int64, error) {
	act := models.Act{Kind: "undo", Actor: op.by, Detail: map[string]any{"act": op.s.ActID(op.act)}}
	if site != nil {
		act.SiteID = *site
	}
	if comment != nil {
		act.CommentID = *comment
	}
	seq, err := op.s.act(tx, act)
	if err != nil {
		return 0, err
	}
	_, err = tx.exec("UPDATE actions SET undone_by = ? WHERE seq = ?", seq, op.act)
	return seq, err
}

// undo gives one comment back what it had.
func (op *undoing) undo(tx *tx, it *undoItem, verdict, before *models.Decision) error {
	if err := op.unlabel(tx, it, verdict); err != nil {
		return err
	}
	if it.dead {
		op.dead++
		if _, err := tx.exec("UPDATE revisions SET dead = 1 WHERE seq = ?", verdict.RevisionSeq); err != nil {
			return err
		}
	}
	if verdict.Action == models.Hold {
		op.held--
	}
	if before.Action == models.Hold {
		op.held++
	}
	if before.Source != models.FromModerator && before.Action != verdict.Action {
		tx.count(dayOf(verdict.DecidedAt), verdict.SiteID, overturn(before, verdict), -1)
	}
	if _, err := tx.exec("UPDATE verdicts SET undone = 1 WHERE decision_seq = ?", it.decision); err != nil {
		return err
	}
	if verdict.FeedSeq == 0 {
		return op.erase(tx, verdict, before)
	}
	return op.restore(tx, verdict, before)
}

// unlabel takes back the label that came with a verdict and gives back the one before.
func (op *undoing) unlabel(tx *tx, it *undoItem, verdict *models.Decision) error {
	now := op.s.opts.Now()
	if it.label != nil {
		op.label = true
		if err := tx.retract(*it.label, "undo", op.by, now); err != nil {
			return err
		}
	}
	if it.retracted == nil {
		return nil
	}
	op.label = true
	seq := tx.next()
	if _, err := tx.exec(`INSERT INTO labels (seq, site_id, comment_id, revision_seq, label, origin, actor_kind, actor_name,
		shared, tokenizer, lesson, labelled_at)
		SELECT ?, site_id, comment_id, revision_seq, label, origin, actor_kind, actor_name, shared, tokenizer, lesson, labelled_at
		FROM labels WHERE seq = ? AND lesson IS NOT NULL`, seq, *it.retracted); err != nil {
		return err
	}
	// The verdict that stored it can be undone in its turn.
	_, err := tx.exec("UPDATE verdicts SET label_seq = ? WHERE label_seq = ? AND undone = 0", seq, *it.retracted)
	return err
}

// erase lets a verdict that nobody was told of disappear.
func (op *undoing) erase(tx *tx, verdict, before *models.Decision) error {
	if _, err := tx.exec("DELETE FROM pending WHERE decision_seq = ?", verdict.Seq); err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM decisions WHERE seq = ?", verdict.Seq); err != nil {
		return err
	}
	tx.count(dayOf(verdict.DecidedAt), verdict.SiteID, "verdict:"+string(verdict.Action), -1)
	if _, err := tx.exec("UPDATE decisions SET current = 1 WHERE seq = ?", before.Seq); err != nil {
		return err
	}
	op.back = append(op.back, before)
	op.result.Restored = append(op.result.Restored, before)
	if before.Action != models.Hold {
		return nil
	}
	return op.hold(tx, before)
}

// hold enters a decision among what is held.
func (op *undoing) hold(tx *tx, d *models.Decision) error {
	rev, err := tx.revision(d.RevisionSeq)
	if err != nil {
		return err
	}
	return insertHeld(tx, &decisionRow{d: d, rev: rev, seq: d.Seq, held: op.s.searchText(&rev.Comment)})
}

// restore follows a verdict that is known already with a decision like the one before.
func (op *undoing) restore(tx *tx, verdict, before *models.Decision) error {
	d := *before
	d.Shadow = nil
	d.Actor, d.Judged, d.Note, d.DecidedAt = op.by, false, "", fromMillis(op.s.opts.Now().UnixMilli())
	d.Reasons = append(append([]models.Reason(nil), before.Reasons...), models.Reason{
		Rule: "moderator", Action: before.Action, Code: "moderator.undone",
		Params: map[string]any{"from": string(verdict.Action)}, Detail: "a moderator took a verdict back",
	})
	row := decisionRow{d: &d, sequence: verdict.Sequence + 1}
	var err error
	if row.rev, err = tx.revision(verdict.RevisionSeq); err != nil {
		return err
	}
	if row.reasons, err = encode(d.Reasons); err != nil {
		return err
	}
	if row.facts, err = encode(&d.Facts); err != nil {
		return err
	}
	if d.PolicyVersion != "" {
		var id int64
		if _, err := tx.get("SELECT id FROM policies WHERE hash = ?", []any{d.PolicyVersion}, &id); err != nil {
			return err
		}
		row.policy = id
	}
	op.s.fold(&row)
	if _, err := tx.exec("UPDATE decisions SET current = 0 WHERE seq = ?", verdict.Seq); err != nil {
		return err
	}
	row.seq = tx.next()
	if err := insertDecision(tx, &row); err != nil {
		return err
	}
	// If the one before was a verdict, that can be undone in its turn.
	if _, err := tx.exec("UPDATE verdicts SET decision_seq = ? WHERE decision_seq = ? AND undone = 0", row.seq, before.Seq); err != nil {
		return err
	}
	d.Seq, d.FeedSeq, d.Sequence = row.seq, row.seq, row.sequence
	d.ID = decisionID(d.DecidedAt, op.s.epochOf(d.Seq), d.Seq)
	op.decided = append(op.decided, &d)
	op.result.Restored = append(op.result.Restored, &d)
	return nil
}

func (op *undoing) committed(o Observer) {
	op.s.histories.clear()
	op.s.dead.Add(op.dead)
	op.s.held.Add(op.held)
	if op.label {
		o.Labelled()
	}
	for _, d := range op.back {
		o.Ruled(d)
	}
	if len(op.decided) > 0 {
		o.Decided(op.decided)
	}
}

// ActID names an act to those who may undo it.
func (s *Store) ActID(seq int64) string {
	return models.Cursor{Epoch: s.epochOf(seq), Seq: seq}.String()
}

// ActSeq finds the act that an id names. The error wraps models.ErrNotFound.
func (s *Store) ActSeq(id string) (int64, error) {
	c, err := models.ParseCursor(id)
	if err != nil || s.epochOf(c.Seq) != c.Epoch {
		return 0, fmt.Errorf("action %q: %w", id, models.ErrNotFound)
	}
	return c.Seq, nil
}
