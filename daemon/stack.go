package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// stack is what must be stopped, the newest first.
type stack struct {
	mu    sync.Mutex
	steps []step
}

type step struct {
	name string
	stop func(context.Context) error
}

// push registers the stop of what was just started.
func (s *stack) push(name string, stop func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.steps = append(s.steps, step{name, stop})
}

// run stops everything and forgets it. It goes on after an error.
func (s *stack) run(ctx context.Context) error {
	s.mu.Lock()
	steps := s.steps
	s.steps = nil
	s.mu.Unlock()
	var errs []error
	for i := len(steps) - 1; i >= 0; i-- {
		if err := steps[i].stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", steps[i].name, err))
		}
	}
	return errors.Join(errs...)
}
