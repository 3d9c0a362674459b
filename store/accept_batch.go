package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// AcceptAll stores revisions as Accept does, in their order and in one commit, so
// that of several with the same id each finds those before it. outcomes has one entry
// for each revision; its Err wraps models.ErrConflict for a comment that was erased.
// With err, which is as Accept's, nothing was stored.
func (s *Store) AcceptAll(ctx context.Context, revs []*models.Revision) (outcomes []models.Outcome, err error) {
	op := &acceptances{each: make([]acceptance, len(revs)), errs: make([]error, len(revs))}
	for i, rev := range revs {
		if op.each[i], err = s.acceptance(rev); err != nil {
			return nil, err
		}
	}
	if err := s.writer.do(ctx, op); err != nil {
		return nil, fmt.Errorf("accept comments: %w", err)
	}
	outcomes = make([]models.Outcome, len(revs))
	for i := range outcomes {
		outcomes[i] = models.Outcome{Receipt: op.each[i].receipt, Err: op.errs[i]}
	}
	return outcomes, nil
}

// acceptances are several, stored together. A commit is shared with others, so one
// that is declined must not decline the operation.
type acceptances struct {
	each []acceptance
	errs []error
}

// weight is how many revisions a commit gets by it.
func (op *acceptances) weight() int { return len(op.each) }

func (op *acceptances) apply(tx *tx) error {
	for i := range op.each {
		err := op.each[i].apply(tx)
		if err != nil && !refused(err) {
			return err
		}
		op.errs[i] = err
	}
	return nil
}

// committed tells of all that was accepted before it tells of what that superseded,
// which may be among it.
func (op *acceptances) committed(o Observer) {
	accepted := make([]*models.Revision, 0, len(op.each))
	for i := range op.each {
		if op.errs[i] == nil && op.each[i].settle() {
			accepted = append(accepted, op.each[i].rev)
		}
	}
	if len(accepted) > 0 {
		o.Accepted(accepted)
	}
	for i := range op.each {
		if a := &op.each[i]; op.errs[i] == nil && a.superseded != 0 {
			o.Settled(a.rev.SiteID, a.superseded)
		}
	}
}
