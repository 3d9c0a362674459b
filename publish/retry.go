package publish

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Schedule returns the waits between the attempts of one delivery: the first follows
// the first failure. After the last there is one more attempt, 14 in all over some
// 75 hours.
func Schedule() []time.Duration {
	return []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute,
		2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// maxRetryAfter is how far Retry-After may put an attempt off.
const maxRetryAfter = time.Hour

// wait is how long after its n-th failure, from 1, a delivery is tried again; ok is
// false if it is not. asked is what Retry-After said, 0 for nothing: it can make the
// wait longer and never shorter, for else a callback that answers "in a second" would
// use up all attempts within a minute.
func (o *Options) wait(n int, asked time.Duration) (d time.Duration, ok bool) {
	if n > len(o.Schedule) {
		return 0, false
	}
	spread := 0.9 + 0.2*o.Random()
	d = time.Duration(float64(o.Schedule[n-1]) * spread)
	return max(d, min(asked, maxRetryAfter)), true
}

// longest is the most that a delivery with n failures can have to wait. What is on
// disk is held against it, because the clock may have been set meanwhile.
func (o *Options) longest(n int) time.Duration {
	if n < 1 || n > len(o.Schedule) {
		return 0
	}
	return max(o.Schedule[n-1]*11/10, maxRetryAfter)
}

// retryAfter reads the header Retry-After (RFC 9110, section 10.2.3): seconds or an
// HTTP date; 0 if it says nothing of sense.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}

// The pauses between first tries at a callback where nothing is delivered any more.
const (
	spareAfter = 8 // first tries that failed in a row
	maxPause   = time.Minute
)

// pause is how long no further decision is tried for the first time after so many
// first tries failed in a row: 1 s from the eighth on, doubled each time.
func pause(failures int) time.Duration {
	if failures < spareAfter {
		return 0
	}
	return min(time.Second<<min(failures-spareAfter, 6), maxPause)
}
