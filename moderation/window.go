package moderation

import (
	"context"
	"sync"
	"time"
)

// window is the verdicts whose undo window is not over, in order of its end.
type window struct {
	mu    sync.Mutex
	queue []waiting
	grown chan struct{}
}

type waiting struct {
	seq int64
	due time.Time
}

func (w *window) add(seqs []int64, due time.Time) {
	if len(seqs) == 0 {
		return
	}
	w.mu.Lock()
	for _, seq := range seqs {
		w.queue = append(w.queue, waiting{seq, due})
	}
	w.mu.Unlock()
	select {
	case w.grown <- struct{}{}:
	default:
	}
}

// releaseStep is how many decisions one commit releases.
const releaseStep = 200

// due takes what is over, at most releaseStep, or says how long until the next; -1 if
// nothing waits.
func (w *window) due(now time.Time) (seqs []int64, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.queue) > 0 && len(seqs) < releaseStep && !w.queue[0].due.After(now) {
		seqs = append(seqs, w.queue[0].seq)
		w.queue = w.queue[1:]
	}
	switch {
	case len(seqs) > 0:
		return seqs, 0
	case len(w.queue) == 0:
		w.queue = nil
		return nil, -1
	}
	return nil, w.queue[0].due.Sub(now)
}

// retryRelease is how long to wait after a release failed.
const retryRelease = time.Second

// Run has verdicts join the feed when their undo window is over, and carries out jobs,
// until ctx ends. What waited when winnow went down waits a whole window again.
func (s *Service) Run(ctx context.Context) {
	var jobs sync.WaitGroup
	defer jobs.Wait()
	jobs.Go(func() { s.runJobs(ctx) })
	jobs.Go(func() { s.runIndex(ctx) })
	if seqs, err := s.o.Desk.Pending(ctx); err != nil {
		s.o.Logger.Error("verdicts that wait for the feed could not be read: they join it after a restart", "error", err)
	} else {
		s.waiting.add(seqs, time.Now().Add(s.o.Window))
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.waiting.grown:
		case <-ctx.Done():
			return
		}
		if wait := s.release(ctx); wait >= 0 {
			timer.Reset(wait)
		}
	}
}

// release releases what is due and says when to look again; -1 for not before there is
// more.
func (s *Service) release(ctx context.Context) time.Duration {
	for {
		seqs, wait := s.waiting.due(time.Now())
		if len(seqs) == 0 {
			return wait
		}
		if err := s.o.Desk.Release(ctx, seqs); err != nil {
			if ctx.Err() == nil {
				s.o.Logger.Error("verdicts could not join the feed, trying again", "error", err, "count", len(seqs))
			}
			s.waiting.putBack(seqs)
			return retryRelease
		}
	}
}

func (w *window) putBack(seqs []int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	front := make([]waiting, 0, len(seqs)+len(w.queue))
	for _, seq := range seqs {
		front = append(front, waiting{seq: seq})
	}
	w.queue = append(front, w.queue...)
}
