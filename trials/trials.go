package trials

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	// Window is how far back a trial looks.
	Window = 30 * 24 * time.Hour
	// patience is how long Trial waits for one to end: most take less.
	patience = time.Second
	// kept is how long a trial is kept, and maxKept how many are.
	kept    = time.Hour
	maxKept = 100
	// maxWaiting is how many may wait for others to end.
	maxWaiting = 20
)

// Replay replays what was decided since a time under the policy with a rule.
type Replay func(ctx context.Context, since time.Time, progress func(replayed int)) (*models.BacktestResult, error)

// Policy is what rules are added to. Errors wrap models.ErrInvalid if no rule can be made
// of an addition, and models.ErrConflict if the policy does not take it.
type Policy interface {
	// Draft makes a rule, which is not in force, and what replays decisions under it.
	Draft(models.Addition) (models.Draft, Replay, error)
	// Write writes a rule into the policy's file, if the policy is the one that it was drafted
	// for, and puts it in force, in somebody's name. It may have written the rule and fail
	// afterwards.
	Write(context.Context, models.Draft, models.Actor) (written bool, err error)
	// InForce tells whether decisions are made by a rule.
	InForce(models.Draft) bool
}

// Sites finds sites; nil if there is none of that name.
type Sites interface {
	ByName(name string) *models.Site
}

// Options are what a Service is made of; Now may be nil.
type Options struct {
	Policy Policy
	Sites  Sites
	Logger *slog.Logger
	Now    func() time.Time
}

// Service tries rules out. It may be used by any number of goroutines. Errors wrap
// models.ErrNotFound for what there is not and for what a user may not see.
type Service struct {
	o       Options
	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
	turn    chan struct{} // whose place is taken by the trial that runs

	mu     sync.Mutex
	closed bool
	trials []*trial // the oldest first
}

// trial is one with what it takes to run it.
type trial struct {
	models.Trial
	user  int64
	site  int64 // 0 for all
	begun time.Time
	stop  context.CancelFunc
	ended chan struct{}
	// writing is held by who writes it.
	writing sync.Mutex
}

// New makes a service, which must be closed.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{o: o, turn: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Close stops all trials and waits for them.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.running.Wait()
}

// Begin begins to try a rule, and stops what the same user is still trying.
func (s *Service) Begin(u *models.User, a models.Addition) (models.Trial, error) {
	var siteID int64
	if a.Site != "" {
		site := s.o.Sites.ByName(a.Site)
		if site == nil {
			return models.Trial{}, models.ErrNotFound
		}
		siteID = site.ID
	}
	if !sees(u, siteID) {
		return models.Trial{}, models.ErrNotFound
	}
	a.Value = strings.Join(strings.Fields(a.Value), " ")
	draft, replay, err := s.o.Policy.Draft(a)
	if err != nil {
		return models.Trial{}, err
	}
	now := s.o.Now()
	t := &trial{
		Trial: models.Trial{ID: rand.Text(), Draft: draft, By: u.Actor(), Since: now.Add(-Window), State: models.TrialWaiting},
		user:  u.ID, site: siteID, begun: now, ended: make(chan struct{}),
	}
	var ctx context.Context
	ctx, t.stop = context.WithCancel(s.ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.admit(t); err != nil {
		t.stop()
		return models.Trial{}, err
	}
	s.running.Go(func() { s.run(ctx, t, replay) })
	return t.Trial, nil
}

// sees tells whether a user may see all that a trial of a site tells, or of all sites.
func sees(u *models.User, siteID int64) bool {
	return !u.Limited || siteID != 0 && u.Sees(siteID)
}

// admit takes a trial among the others, of which some go. s.mu is held.
func (s *Service) admit(t *trial) error {
	waiting := 0
	for _, other := range s.trials {
		if other.unfinished() && other.user == t.user {
			other.stop()
		} else if other.unfinished() {
			waiting++
		}
	}
	if s.closed || waiting >= maxWaiting {
		return &models.Refusal{Kind: models.ErrUnavailable, Reason: "trials", Detail: "too many rules are being tried", RetryAfter: time.Minute}
	}
	s.trials = slices.DeleteFunc(s.trials, func(other *trial) bool { return !other.unfinished() && t.begun.Sub(other.begun) > kept })
	for i := 0; i < len(s.trials) && len(s.trials) >= maxKept; {
		if s.trials[i].unfinished() {
			i++
			continue
		}
		s.trials = slices.Delete(s.trials, i, i+1)
	}
	s.trials = append(s.trials, t)
	return nil
}

func (t *trial) unfinished() bool {
	return t.State == models.TrialWaiting || t.State == models.TrialRunning
}

// run carries a trial out when it is its turn.
func (s *Service) run(ctx context.Context, t *trial, replay Replay) {
	defer t.stop()
	defer close(t.ended)
	var result *models.BacktestResult
	err := context.Canceled
	select {
	case s.turn <- struct{}{}:
		s.change(func() { t.State = models.TrialRunning })
		result, err = replay(ctx, t.Since, func(n int) { s.change(func() { t.Replayed = max(t.Replayed, n) }) })
		<-s.turn
	case <-ctx.Done():
	}
	s.change(func() {
		switch {
		case err == nil:
			t.State, t.Result, t.Replayed = models.TrialDone, result, result.Replayed
		case ctx.Err() != nil:
			t.State = models.TrialStopped
		default:
			t.State = models.TrialFailed
			s.o.Logger.Error("a rule could not be tried", "rule", t.Draft.Name, "error", err)
		}
	})
}

// change changes a trial while nobody looks at it.
func (s *Service) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// find finds a trial for those who may see it: who began it, and admins, to whom others
// show what they found.
func (s *Service) find(u *models.User, id string) (*trial, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	for _, t := range s.trials {
		if t.ID == id && (t.user == u.ID || u.Role == models.RoleAdmin) && sees(u, t.site) && (t.unfinished() || now.Sub(t.begun) <= kept) {
			return t, nil
		}
	}
	return nil, models.ErrNotFound
}

// Trial tells how far a trial has come. If it is not over it waits for its end, for a
// second.
func (s *Service) Trial(ctx context.Context, u *models.User, id string) (models.Trial, error) {
	t, err := s.find(u, id)
	if err != nil {
		return models.Trial{}, err
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-t.ended:
	case <-wait.Done():
	}
	return s.shown(t), nil
}

func (s *Service) shown(t *trial) models.Trial {
	s.mu.Lock()
	shown := t.Trial
	s.mu.Unlock()
	shown.InForce = s.o.Policy.InForce(shown.Draft)
	return shown
}

// Stop stops a trial.
func (s *Service) Stop(u *models.User, id string) error {
	t, err := s.find(u, id)
	if err == nil {
		t.stop()
		<-t.ended
	}
	return err
}

// Write writes the rule of a trial into the policy, if the version of the policy with it is
// the one that the user has seen, and still what would come of it. Only admins may.
func (s *Service) Write(ctx context.Context, u *models.User, id, version string) (models.Trial, error) {
	t, err := s.find(u, id)
	if err != nil {
		return models.Trial{}, err
	}
	if u.Role != models.RoleAdmin {
		return models.Trial{}, models.ErrNotFound
	}
	t.writing.Lock()
	defer t.writing.Unlock()
	switch shown := s.shown(t); {
	case shown.State != models.TrialDone:
		return shown, fmt.Errorf("this rule was not tried to the end: %w", models.ErrConflict)
	case !shown.Written.IsZero():
		return shown, fmt.Errorf("this rule is written already: %w", models.ErrConflict)
	case version != shown.Draft.Version:
		return shown, fmt.Errorf("another policy was tried than the page shows: %w", models.ErrConflict)
	}
	written, err := s.o.Policy.Write(context.WithoutCancel(ctx), t.Draft, u.Actor())
	if written {
		s.change(func() { t.Written = s.o.Now() })
	}
	return s.shown(t), err
}
