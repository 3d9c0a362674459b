package intake

import (
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

// rateReason is why a site that sends too fast is refused.
const rateReason = "site-rate"

// rates holds every site to a rate of comments, by a bucket of tokens that holds a
// second's worth. A batch takes as many as it has comments once the bucket is full or
// has enough, and leaves a debt if it was larger than the bucket: so that no batch is
// too large, and the rate holds in the long run.
type rates struct {
	perSecond float64
	now       func() time.Time

	mu      sync.Mutex
	buckets map[int64]*bucket
}

// bucket is a site's tokens as they were at a time; negative while there is a debt.
type bucket struct {
	tokens float64
	at     time.Time
}

func newRates(perSecond int, now func() time.Time) *rates {
	return &rates{perSecond: float64(perSecond), now: now, buckets: make(map[int64]*bucket)}
}

// take lets a site submit n comments, or returns a *models.Refusal.
func (r *rates) take(siteID int64, n int) error {
	if r.perSecond <= 0 || n == 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	b := r.buckets[siteID]
	if b == nil {
		b = &bucket{tokens: r.perSecond, at: now}
		r.buckets[siteID] = b
	}
	if passed := now.Sub(b.at); passed > 0 { // a clock that was set back gives nothing
		b.tokens = min(r.perSecond, b.tokens+passed.Seconds()*r.perSecond)
	}
	b.at = now
	if missing := min(float64(n), r.perSecond) - b.tokens; missing > 0 {
		return &models.Refusal{
			Kind: models.ErrOverShare, Reason: rateReason, Detail: "this site submits comments faster than server.max_rate allows",
			RetryAfter: time.Duration(missing / r.perSecond * float64(time.Second)),
		}
	}
	b.tokens -= float64(n)
	return nil
}
