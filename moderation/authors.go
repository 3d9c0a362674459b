package moderation

import (
	"context"
	"time"
)

// Index is filled when nothing else is to be done.
type Index interface {
	// IndexAuthors goes on filling the index of authors; more tells that there is more.
	IndexAuthors(ctx context.Context) (more bool, err error)
}

const (
	// indexEvery is how often it is looked whether there is something to index.
	indexEvery = time.Second
	// indexPause leaves room for others between two steps.
	indexPause = 20 * time.Millisecond
)

// runIndex keeps the index of authors, until ctx ends. What fails is tried again: a
// history that lacks its newest comments does no harm.
func (s *Service) runIndex(ctx context.Context) {
	timer := time.NewTimer(indexEvery)
	defer timer.Stop()
	failed := false
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		more, err := s.o.Desk.IndexAuthors(ctx)
		if err != nil && !failed && ctx.Err() == nil {
			s.o.Logger.Warn("the index of authors is not kept up", "error", err)
		}
		failed = err != nil
		if more && !failed {
			timer.Reset(indexPause)
		} else {
			timer.Reset(indexEvery)
		}
	}
}
