package moderation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/winnowd/winnow/models"
)

// Jobs keeps what is done to many comments, step by step.
type Jobs interface {
	Held(ctx context.Context, f models.CommentFilter, after models.Place, limit int) ([]models.Listed, error)
	CountHeld(ctx context.Context, f models.CommentFilter) (n int, newest int64, err error)
	StartJob(ctx context.Context, act models.Act, request []byte, last int64, total int) (models.Job, error)
	StartUndo(ctx context.Context, act int64, by models.Actor, request []byte) (models.Job, error)
	JobLog
}

// JobLog tells and notes how far jobs have come.
type JobLog interface {
	Job(ctx context.Context, seq int64) (models.Job, error)
	// NextJob returns the oldest job that is at work; nil if there is none.
	NextJob(ctx context.Context) (*models.JobWork, error)
	Advance(ctx context.Context, step models.JobStep, over bool) error
}

const (
	// jobStep is how many comments one commit decides, each with up to eight rows.
	jobStep = 25
	// MaxChosen is how many comments may be chosen one by one.
	MaxChosen = 1000
)

// work is what a job does.
type work struct {
	Bulk *models.Bulk `json:"bulk,omitempty"`
	// Undo is the seq of the act to undo.
	Undo int64 `json:"undo,omitempty"`
}

func opinionOf(b *models.Bulk) opinion { return opinion{b.Action, b.Label, b.Objection, b.Note} }

// Bulk starts to decide many comments and returns the job, whose ID undoes it. The error
// wraps models.ErrInvalid if the request makes no sense, and models.ErrNotFound if the
// user may not see a site that it names.
func (s *Service) Bulk(ctx context.Context, u *models.User, b models.Bulk) (models.Job, error) {
	said := opinionOf(&b)
	if err := said.check(); err != nil {
		return models.Job{}, err
	}
	if len(b.Chosen) > MaxChosen {
		return models.Job{}, fmt.Errorf("%d comments chosen: at most %d can be: %w", len(b.Chosen), MaxChosen, models.ErrInvalid)
	}
	sites := b.Filter.Sites
	for _, c := range b.Chosen {
		sites = append(slices.Clip(sites), c.SiteID)
	}
	for _, id := range sites {
		if !u.Sees(id) {
			return models.Job{}, fmt.Errorf("site: %w", models.ErrNotFound)
		}
	}
	if u.Limited && b.Filter.Sites == nil {
		b.Filter.Sites = append([]int64{}, u.SiteIDs...)
	}
	b.Filter.Action, b.Filter.Order = models.Hold, models.Oldest
	total, last := len(b.Chosen), int64(len(b.Chosen))
	if total == 0 {
		var err error
		if total, last, err = s.o.Desk.CountHeld(ctx, b.Filter); err != nil {
			return models.Job{}, err
		}
	}
	request, err := json.Marshal(work{Bulk: &b})
	if err != nil {
		return models.Job{}, fmt.Errorf("encode job: %w", err)
	}
	detail := said.detail()
	detail["count"] = total
	j, err := s.o.Desk.StartJob(ctx, models.Act{Kind: kindBulk, Actor: u.Actor(), Undoable: true, Detail: detail}, request, last, total)
	if err != nil {
		return models.Job{}, err
	}
	s.wake()
	return j, nil
}

// undoJob starts to undo an act on many comments.
func (s *Service) undoJob(ctx context.Context, u *models.User, act *models.Act) (*models.Undone, error) {
	request, err := json.Marshal(work{Undo: act.Seq})
	if err != nil {
		return nil, fmt.Errorf("encode job: %w", err)
	}
	j, err := s.o.Desk.StartUndo(ctx, act.Seq, u.Actor(), request)
	if err != nil {
		return nil, err
	}
	s.wake()
	return &models.Undone{Seq: j.Seq, ID: j.ID, More: true}, nil
}

// Job tells how far a job has come. The error wraps models.ErrNotFound if there is none,
// or the user may not see it.
func (s *Service) Job(ctx context.Context, u *models.User, id string) (models.Job, error) {
	seq, err := s.o.Desk.ActSeq(id)
	if err != nil {
		return models.Job{}, err
	}
	j, err := s.o.Desk.Job(ctx, seq)
	if err == nil && j.Actor != u.Actor() && u.Role != models.RoleAdmin {
		err = fmt.Errorf("job %q: %w", id, models.ErrNotFound)
	}
	return j, err
}

func (s *Service) wake() {
	select {
	case s.work <- struct{}{}:
	default:
	}
}

// retryJob is how long to wait after a step failed.
const retryJob = 5 * time.Second

// runJobs carries out jobs, the oldest first, those begun before a restart too.
func (s *Service) runJobs(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.work:
		case <-ctx.Done():
			return
		}
		if err := s.finishJobs(ctx); err != nil && ctx.Err() == nil {
			s.o.Logger.Error("a job on many comments does not go on, trying again", "error", err)
			timer.Reset(retryJob)
		}
	}
}

func (s *Service) finishJobs(ctx context.Context) error {
	for {
		j, err := s.o.Desk.NextJob(ctx)
		if err != nil || j == nil {
			return err
		}
		if err := s.step(ctx, j); err != nil && !errors.Is(err, models.ErrConflict) { // a conflict: stopped meanwhile
			return err
		}
		if err := s.o.Learner.CatchUp(ctx); err != nil {
			return err
		}
	}
}

// step does one step of a job.
func (s *Service) step(ctx context.Context, j *models.JobWork) error {
	var w work
	if err := json.Unmarshal(j.Request, &w); err != nil {
		return fmt.Errorf("stored job %d: %w", j.Seq, err)
	}
	if w.Bulk == nil {
		_, err := s.o.Desk.Undo(ctx, w.Undo, j.Actor, j.Position, jobStep, &models.JobStep{Seq: j.Seq})
		return err
	}
	if len(w.Bulk.Chosen) > 0 {
		return s.chosenStep(ctx, j, w.Bulk)
	}
	list, err := s.o.Desk.Held(ctx, w.Bulk.Filter, models.Place{Seq: j.Position}, jobStep)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(l models.Listed) bool { return l.Place.Seq > j.Last })
	if len(list) == 0 {
		return s.o.Desk.Advance(ctx, models.JobStep{Seq: j.Seq, Position: j.Last}, true)
	}
	rulings := make([]models.Ruling, len(list))
	for i, l := range list {
		rulings[i] = s.ruling(j.Actor, &models.Site{ID: l.Revision.SiteID, Name: l.Revision.Site}, l.Revision, opinionOf(w.Bulk))
		rulings[i].IfSequence = l.Decision.Sequence
	}
	return s.ruleStep(ctx, j, rulings, models.JobStep{Seq: j.Seq, Position: list[len(list)-1].Place.Seq})
}

// chosenStep decides the next of the comments that were chosen one by one.
func (s *Service) chosenStep(ctx context.Context, j *models.JobWork, b *models.Bulk) error {
	from := min(int(j.Position), len(b.Chosen))
	part := b.Chosen[from:min(from+jobStep, len(b.Chosen))]
	if len(part) == 0 {
		return s.o.Desk.Advance(ctx, models.JobStep{Seq: j.Seq, Position: j.Last}, true)
	}
	var rulings []models.Ruling
	gone := 0
	for _, c := range part {
		rev, err := s.o.Store.Newest(ctx, c.SiteID, c.CommentID)
		if errors.Is(err, models.ErrNotFound) {
			gone++
			continue
		}
		if err != nil {
			return err
		}
		r := s.ruling(j.Actor, &models.Site{ID: c.SiteID, Name: rev.Site}, rev, opinionOf(b))
		r.IfSequence = c.Sequence
		rulings = append(rulings, r)
	}
	step := models.JobStep{Seq: j.Seq, Position: int64(from + len(part)), Skipped: gone}
	if len(rulings) == 0 {
		return s.o.Desk.Advance(ctx, step, false)
	}
	return s.ruleStep(ctx, j, rulings, step)
}

func (s *Service) ruleStep(ctx context.Context, j *models.JobWork, rulings []models.Ruling, step models.JobStep) error {
	_, done, err := s.o.Desk.Rule(ctx, models.Act{Seq: j.Seq}, rulings, s.o.Window > 0, &step)
	if err != nil {
		return err
	}
	s.ruled(rulings, done)
	return nil
}
