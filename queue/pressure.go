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
	depth, siteDepth := q.depth, 0
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
	return q.Ready()
}

// Ready is Admit for a site with nothing waiting: it tells whether the queue keeps up.
func (q *Queue) Ready() error {
	if age := q.Oldest(); age > q.opts.MaxAge {
		return &models.Refusal{
			Kind: models.ErrUnavailable, Reason: "queue-age", RetryAfter: 10 * time.Second,
			Detail: fmt.Sprintf("the oldest waiting comment is %s old, at most %s is allowed",
				age.Round(time.Second), q.opts.MaxAge),
		}
	}
	return nil
}

// Oldest is how long the oldest undecided revision has waited, or a little more
// while the oldest are in the backlog alone; 0 if none waits.
func (q *Queue) Oldest() time.Duration {
	q.mu.Lock()
	var since time.Time
	if q.reading && q.depth > len(q.held) {
		since = q.behind
	}
	if len(q.ages) > 0 && (since.IsZero() || q.ages[0].since.Before(since)) {
		since = q.ages[0].since
	}
	q.mu.Unlock()
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
