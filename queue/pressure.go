package queue

import (
	"fmt"
	"time"

	"github.com/winnowd/winnow/models"
)

// Admit says whether another comment of a site may be accepted. The error is a
// *models.Refusal: ErrUnavailable when the oldest queued comment is over MaxAge or
// MaxDepth are queued, ErrOverShare when MaxPerSite of this site are.
func (q *Queue) Admit(site *models.Site) error {
	q.mu.Lock()
	depth, siteDepth, oldest := q.depth, 0, q.oldest()
	if l := q.lanes[site.ID]; l != nil {
		siteDepth = l.depth
	}
	q.mu.Unlock()
	if siteDepth >= q.opts.MaxPerSite {
		return &models.Refusal{
			Kind: models.ErrOverShare, Reason: "site-share", RetryAfter: 5 * time.Second,
			Detail: fmt.Sprintf("%d comments of this site are waiting, its share of the queue is %d", siteDepth, q.opts.MaxPerSite),
		}
	}
	if depth >= q.opts.MaxDepth {
		return &models.Refusal{
			Kind: models.ErrUnavailable, Reason: "queue-depth", RetryAfter: 5 * time.Second,
			Detail: fmt.Sprintf("%d comments are waiting, at most %d may", depth, q.opts.MaxDepth),
		}
	}
	return q.young(oldest)
}

// Ready is Admit for a site with nothing waiting: it tells whether the queue keeps up.
func (q *Queue) Ready() error {
	q.mu.Lock()
	oldest := q.oldest()
	q.mu.Unlock()
	return q.young(oldest)
}

// young refuses if the oldest has waited for too long.
func (q *Queue) young(oldest time.Time) error {
	if age := q.age(oldest); age > q.opts.MaxAge {
		return &models.Refusal{
			Kind: models.ErrUnavailable, Reason: "queue-age", RetryAfter: 10 * time.Second,
			Detail: fmt.Sprintf("the oldest waiting comment is %s old, at most %s is allowed", rounded(age, q.opts.MaxAge), q.opts.MaxAge),
		}
	}
	return nil
}

// rounded is an age over a limit to a step that leaves it over the limit.
func rounded(age, limit time.Duration) time.Duration {
	for _, step := range [...]time.Duration{time.Second, 100 * time.Millisecond, 10 * time.Millisecond, time.Millisecond} {
		if r := age.Round(step); r > limit {
			return r
		}
	}
	return age
}

// Oldest is how long the oldest undecided revision has waited, or a little more
// while the oldest are in the backlog alone; 0 if none waits.
func (q *Queue) Oldest() time.Duration {
	q.mu.Lock()
	oldest := q.oldest()
	q.mu.Unlock()
	return q.age(oldest)
}

// oldest is since when the oldest waits; zero if none does. The mutex is held.
func (q *Queue) oldest() (since time.Time) {
	if q.reading && q.depth > len(q.held) {
		since = q.behind
	}
	if e := q.ages.oldest; e != nil && (since.IsZero() || e.since.Before(since)) {
		since = e.since
	}
	return since
}

func (q *Queue) age(since time.Time) time.Duration {
	if since.IsZero() {
		return 0
	}
	return max(0, q.opts.Now().Sub(since))
}

// Depth is how many revisions are undecided.
func (q *Queue) Depth() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.depth
}

// Retries is how many judgements failed and were put back since the start.
func (q *Queue) Retries() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.retries
}
