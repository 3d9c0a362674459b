package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// purgeStep is how many rows of a kind one commit deletes, so that others get
// their turn.
const purgeStep = 200

// PurgeSite deletes everything of a removed site but its name, which is never used
// again, in small steps. What its labels taught goes too: the label log keeps no
// trace of it, so that the model must be rebuilt afterwards.
func (s *Store) PurgeSite(ctx context.Context, name string) error {
	for {
		op := &purge{s: s, name: name}
		if err := s.writer.step(ctx, op); err != nil {
			return fmt.Errorf("purge site: %w", err)
		}
		if op.done {
			return nil
		}
	}
}

type purge struct {
	s    *Store
	name string

	siteID         int64
	queued         []int64
	deadGone, held int64
	done           bool
}

func (op *purge) apply(tx *tx) error {
	op.queued, op.deadGone, op.held = nil, 0, 0
	found, err := tx.get("SELECT id FROM sites WHERE name = ? AND removed_at IS NOT NULL", []any{op.name}, &op.siteID)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("removed site %q: %w", op.name, models.ErrNotFound)
	}
	deleted, err := op.labels(tx)
	if err != nil {
		return err
	}
	n, err := op.deliveries(tx)
	if err != nil {
		return err
	}
	deleted += n
	n, err = op.decisions(tx)
	if err != nil {
		return err
	}
	deleted += n
	n, err = op.revisions(tx)
	if err != nil {
		return err
	}
	if op.done = deleted+n == 0; !op.done {
		return nil
	}
	_, err = tx.exec("UPDATE sites SET url = '', callback = '', purged_at = ? WHERE id = ?", op.s.opts.Now().UnixMilli(), op.siteID)
	return err
}

func (op *purge) labels(tx *tx) (int64, error) {
	const which = "(SELECT seq FROM labels INDEXED BY labels_site WHERE site_id = ? ORDER BY seq LIMIT ?)"
	if _, err := tx.exec("DELETE FROM retractions WHERE label_seq IN "+which, op.siteID, purgeStep); err != nil {
		return 0, err
	}
	return tx.exec("DELETE FROM labels WHERE seq IN "+which, op.siteID, purgeStep)
}

func (op *purge) deliveries(tx *tx) (int64, error) {
	if _, err := tx.exec("DELETE FROM lanes WHERE site_id = ?", op.siteID); err != nil {
		return 0, err
	}
	return tx.exec(`DELETE FROM deliveries WHERE decision_seq IN (
		SELECT decision_seq FROM deliveries INDEXED BY deliveries_site WHERE site_id = ? LIMIT ?)`, op.siteID, purgeStep)
}

func (op *purge) decisions(tx *tx) (deleted int64, err error) {
	err = tx.each(`DELETE FROM decisions WHERE seq IN (SELECT seq FROM decisions INDEXED BY decisions_feed
		WHERE site_id = ? LIMIT ?) RETURNING current = 1 AND action = 'hold'`,
		[]any{op.siteID, purgeStep}, func(scan func(...any) error) error {
			var held int64
			if err := scan(&held); err != nil {
				return err
			}
			deleted++
			op.held += held
			return nil
		})
	return deleted, err
}

func (op *purge) revisions(tx *tx) (deleted int64, err error) {
	var seqs []int64
	err = tx.each(`DELETE FROM revisions WHERE seq IN (SELECT seq FROM revisions WHERE site_id = ? LIMIT ?)
		RETURNING seq, dead`,
		[]any{op.siteID, purgeStep}, func(scan func(...any) error) error {
			var seq, dead int64
			if err := scan(&seq, &dead); err != nil {
				return err
			}
			seqs = append(seqs, seq)
			op.deadGone += dead
			return nil
		})
	for _, seq := range seqs {
		if err != nil {
			return 0, err
		}
		var waited bool
		if waited, err = tx.dequeue(seq); waited {
			op.queued = append(op.queued, seq)
		}
	}
	return int64(len(seqs)), err
}

func (op *purge) committed(o Observer) {
	op.s.dead.Add(-op.deadGone)
	op.s.held.Add(-op.held)
	for _, seq := range op.queued {
		o.Settled(op.siteID, seq)
	}
}
