package moderation

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/winnowd/winnow/models"
)

// Log is the stored log of labels.
type Log interface {
	// LabelLog yields the entries above a seq in order.
	LabelLog(ctx context.Context, after int64) iter.Seq2[models.LogEntry, error]
}

// Model folds the log.
type Model interface {
	// Seq is the last entry that was folded.
	Seq() int64
	Fold(models.LogEntry) error
	Rebuild(ctx context.Context, log iter.Seq2[models.LogEntry, error]) error
}

// Learner keeps a model at the end of the label log. It is the only one to change
// the model and is safe for use by any number of goroutines.
type Learner struct {
	log   Log
	model Model
	mu    sync.Mutex
	// keeper keeps the model in a file; nil if nobody does.
	keeper *Keeper
}

// NewLearner makes a learner; Rebuild, or Load of a Keeper, must be called before
// anything else.
func NewLearner(log Log, model Model) *Learner { return &Learner{log: log, model: model} }

// CatchUp folds what was logged since, and returns when the model has learnt every
// entry that was stored before the call.
func (l *Learner) CatchUp(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.catchUp(ctx)
}

// Erasing catches up, then has forget delete lessons from the log while nobody reads
// it. learnt is the last entry that the model has learnt: a lesson that was taken back
// by then may go, because the model knows nothing of it any more. If there were any, no
// file keeps what they taught.
func (l *Learner) Erasing(ctx context.Context, forget func(learnt int64) (taught bool, err error)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.catchUp(ctx); err != nil {
		return err
	}
	taught, err := forget(l.model.Seq())
	if err != nil || !taught || l.keeper == nil {
		return err
	}
	return l.keeper.erased()
}

// catchUp is CatchUp for one who holds mu.
func (l *Learner) catchUp(ctx context.Context) error {
	if l.keeper != nil && !l.keeper.loaded {
		return l.keeper.load(ctx)
	}
	for e, err := range l.log.LabelLog(ctx, l.model.Seq()) {
		if err == nil {
			err = l.model.Fold(e)
		}
		if err != nil {
			return fmt.Errorf("learn labels: %w", err)
		}
	}
	return nil
}

// Rebuild makes the model anew from the whole log, beside the present one.
func (l *Learner) Rebuild(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rebuild(ctx)
}

// rebuild is Rebuild for one who holds mu.
func (l *Learner) rebuild(ctx context.Context) error {
	if err := l.model.Rebuild(ctx, l.log.LabelLog(ctx, 0)); err != nil {
		return fmt.Errorf("rebuild the model: %w", err)
	}
	if l.keeper == nil {
		return nil
	}
	return l.keeper.built()
}
