// Package judge turns queued revisions into decisions.
//
// One goroutine takes work from the queue in its order and gathers the facts that
// rules may read, so that facts depend on order alone. A pool of workers then
// reads each comment's text, asks the classifier for a verdict and policy for
// findings, concludes by the order of precedence (see Conclude), and has the
// decisions stored, many in one commit. A worker waits for that commit before it
// takes more, which makes the next batches larger when the disk is slow.
//
// A judgement that fails, by a panic of a rule for instance, is put back and tried
// again; when the last attempt fails the revision is decided "hold" by the rule
// "internal-error", so that nothing accepted stays undecided. Storing that fails is
// not the comment's fault: the work is released and does not count.
package judge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

// Queue hands out work. Each piece of work ends with one of Done, Failed, Release.
type Queue interface {
	Next(ctx context.Context, limit int) ([]models.Work, error)
	Done(models.Work)
	Failed(models.Work)
	Release(models.Work)
}

// Store keeps decisions.
type Store interface {
	// Decide passes over revisions that are no longer queued. The error wraps
	// models.ErrUnavailable if nothing was stored and the same may succeed later; any
	// other one is of the decisions that cannot be stored, and the rest were.
	Decide(ctx context.Context, js []models.Judgement) error
	// Failed notes that a judgement failed, for the attempts-th time.
	Failed(ctx context.Context, seq int64, attempts int, cause error) error
}

// Facts gathers what rules may know beyond the comment.
type Facts interface {
	Gather(*models.Revision) models.Facts
}

// Rules are a policy at one version.
type Rules interface {
	// Evaluate returns the findings of the rules that found something.
	Evaluate(*models.Case) []models.Finding
	Version() string
}

// Classifier scores.
type Classifier interface {
	Score(*models.Case) models.Verdict
}

// Options are what a Judge needs; every field but Now is required.
type Options struct {
	Queue Queue
	Store Store
	Facts Facts
	// Policy gives the rules in force, which may be others each time.
	Policy     func() Rules
	Classifier Classifier
	// Finding says what the classifier's score means at cut-offs that rules have moved.
	Finding ActBy
	// Read takes the markup off a comment's content.
	Read func(string, models.ContentType) models.Text
	// Site finds a site by ID; nil if it is there no more.
	Site func(id int64) *models.Site
	// Workers is how many comments are judged at the same time, at least 1.
	Workers int
	Logger  *slog.Logger
	Now     func() time.Time
}

// batch is the most work taken from the queue at once.
const batch = 256

// Judge is made by New and runs once.
type Judge struct{ o Options }

// New checks the options.
func New(o Options) (*Judge, error) {
	if o.Queue == nil || o.Store == nil || o.Facts == nil || o.Policy == nil || o.Classifier == nil ||
		o.Finding == nil || o.Read == nil || o.Site == nil || o.Logger == nil || o.Workers < 1 {
		return nil, errors.New("judge: an option is missing")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Judge{o}, nil
}

// Run judges until ctx ends, and returns when what was taken is stored or put back.
// It returns an error only if the queue cannot be read.
func (j *Judge) Run(ctx context.Context) error {
	chunks := make(chan []task)
	var workers sync.WaitGroup
	for range j.o.Workers {
		workers.Go(func() {
			for chunk := range chunks {
				j.work(chunk)
			}
		})
	}
	defer workers.Wait()
	defer close(chunks)
	for {
		works, err := j.o.Queue.Next(ctx, batch)
		if ctx.Err() != nil {
			j.release(works)
			return nil
		}
		if err != nil {
			return fmt.Errorf("take work from the queue: %w", err)
		}
		tasks := make([]task, len(works))
		for i, w := range works {
			tasks[i] = task{Work: w, facts: j.o.Facts.Gather(w.Revision)}
		}
		for _, chunk := range split(tasks, j.o.Workers) {
			chunks <- chunk
		}
	}
}

func (j *Judge) release(works []models.Work) {
	for _, w := range works {
		j.o.Queue.Release(w)
	}
}

// task is a piece of work with the facts as they were when its turn came.
type task struct {
	models.Work
	facts models.Facts
}

// minChunk keeps chunks worth a commit of their own.
const minChunk = 16

// split shares tasks out among workers.
func split(tasks []task, workers int) [][]task {
	size := max(minChunk, (len(tasks)+workers-1)/workers)
	var chunks [][]task
	for len(tasks) > size {
		chunks = append(chunks, tasks[:size])
		tasks = tasks[size:]
	}
	return append(chunks, tasks)
}

// work judges a chunk and stores the decisions.
func (j *Judge) work(chunk []task) {
	judged := make([]task, 0, len(chunk))
	judgements := make([]models.Judgement, 0, len(chunk))
	for _, t := range chunk {
		d, err := j.judge(t)
		switch {
		case err == nil:
			judged, judgements = append(judged, t), append(judgements, models.Judgement{Revision: t.Revision, Decision: d})
		case t.Last:
			judged, judgements = append(judged, t), append(judgements, j.giveUp(t, err))
		default:
			j.retry(t, err)
		}
	}
	if len(judgements) > 0 {
		j.store(judged, judgements)
	}
}

// store stores the decisions of judged work. The work must end as stored or put back,
// whatever happens to those who wait.
func (j *Judge) store(judged []task, judgements []models.Judgement) {
	err := j.o.Store.Decide(context.Background(), judgements)
	for i, t := range judged {
		switch {
		case err == nil:
			j.o.Queue.Done(t.Work)
		case errors.Is(err, models.ErrUnavailable):
			j.o.Queue.Release(t.Work)
		default: // of which of them it is shows when each is stored alone
			j.storeAlone(t, judgements[i])
		}
	}
}

// storeAlone stores one decision. One that cannot be stored is a judgement that failed.
func (j *Judge) storeAlone(t task, judgement models.Judgement) {
	err := j.o.Store.Decide(context.Background(), []models.Judgement{judgement})
	switch {
	case err == nil:
		j.o.Queue.Done(t.Work)
	case errors.Is(err, models.ErrUnavailable):
		j.o.Queue.Release(t.Work)
	case judgement.Dead != nil:
		j.o.Logger.Error("not even the hold after the last failure can be stored, it is tried again", "comment", t.Revision.Comment.ID, "error", err)
		j.o.Queue.Release(t.Work)
	case t.Last:
		j.storeAlone(t, j.giveUp(t, err))
	default:
		j.retry(t, err)
	}
}

// retry puts back work whose judgement failed.
func (j *Judge) retry(t task, cause error) {
	j.logFailure(t, cause)
	err := j.o.Store.Failed(context.Background(), t.Revision.Seq, t.Revision.Attempts+1, cause)
	if err != nil {
		j.o.Queue.Release(t.Work)
		return
	}
	j.o.Queue.Failed(t.Work)
}

func (j *Judge) logFailure(t task, cause error) {
	j.o.Logger.Error("judgement failed", "site", t.Revision.Site, "comment", t.Revision.Comment.ID,
		"revision", t.Revision.Number, "attempt", t.Revision.Attempts+1, "last", t.Last, "error", cause)
}

// judge makes the decision. A panic of a rule or of the classifier is an error.
func (j *Judge) judge(t task) (d *models.Decision, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	// One piece of memory for all three, which every comment has.
	all := new(struct {
		decided models.Decision
		of      models.Case
		verdict models.Verdict
	})
	c, verdict := &all.of, &all.verdict
	*c = j.caseOf(t)
	*verdict = j.o.Classifier.Score(c)
	c.Verdict, c.Facts.Cutoffs = verdict, &verdict.Cutoffs
	rules := j.o.Policy()
	found := Conclude(rules.Evaluate(c), verdict, j.o.Finding)
	d = &all.decided
	*d = j.decision(t, rules)
	d.Judged = true
	d.Score, d.ModelVersion, d.Facts = verdict.Score, verdict.ModelVersion, c.Facts
	d.Action, d.Source, d.Reasons, d.Shadow = found.Action, found.Source, found.Reasons, found.Shadow
	return d, nil
}

func (j *Judge) caseOf(t task) models.Case {
	site := j.o.Site(t.Revision.SiteID)
	if site == nil {
		site = &models.Site{ID: t.Revision.SiteID, Name: t.Revision.Site}
	}
	facts := t.facts
	facts.SiteURL = site.URL
	return models.Case{
		Site: site, Revision: t.Revision, Facts: facts,
		Text: j.o.Read(t.Revision.Comment.Content, t.Revision.Comment.ContentType),
	}
}

func (j *Judge) decision(t task, rules Rules) models.Decision {
	return models.Decision{
		Actor: models.System, Facts: t.facts, PolicyVersion: rules.Version(),
		DecidedAt: j.o.Now().UTC().Truncate(time.Millisecond),
	}
}

// giveUp holds a revision whose judgement failed for good.
func (j *Judge) giveUp(t task, cause error) models.Judgement {
	j.logFailure(t, cause)
	d := j.decision(t, j.o.Policy())
	d.Action, d.Source, d.Score = models.Hold, models.FromPolicy, unknownScore
	d.Reasons = []models.Reason{{
		Rule: InternalError, Action: models.Hold, Code: InternalError + ".failed",
		Params: map[string]any{"attempts": t.Revision.Attempts + 1},
		Detail: fmt.Sprintf("judging it failed %d times, see the log of winnow", t.Revision.Attempts+1),
	}}
	return models.Judgement{Revision: t.Revision, Decision: &d, Dead: cause}
}

// InternalError is the rule that holds what could not be judged.
const InternalError = "internal-error"

// unknownScore is the score of what could not be judged.
const unknownScore = 0.5
