package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/winnowd/winnow/signature"
)

const (
	// maxAnswer is the size of the largest answer that is read, in bytes.
	maxAnswer = 64 << 20
	// firstPause and maxPause bound the pauses between attempts. A call does not wait
	// longer than maxPause, even if Retry-After asks for it.
	firstPause, maxPause = 200 * time.Millisecond, time.Minute
)

const (
	mediaJSON  = "application/json"
	mediaLines = "application/x-ndjson"
)

var (
	// errTooLong is for an answer that cannot be winnow's.
	errTooLong = errors.New("the answer is larger than 64 MiB")
	// errTooLate is for a deadline that the next attempt could not meet.
	errTooLate = fmt.Errorf("the next attempt would come too late: %w", context.DeadlineExceeded)
)

// request is what a call asks for.
type request struct {
	doing        string // for errors, "submit comment"
	method, path string // the path with its query, escaped
	media        string // of the body, empty if there is none
	body         []byte
	// message is the webhook-id of a request that is signed, the same for all attempts;
	// empty for one that shows the key.
	message string
	// wait is how long winnow may take before it answers; prefer says so to it.
	wait   time.Duration
	prefer string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call makes a request until it is answered for good, and passes a 2xx to read, whose
// error means that the answer is damaged.
func (c *Client) call(ctx context.Context, rq *request, read func(*answer) error) error {
	for attempt := 1; ; attempt++ {
		err := c.attempt(ctx, rq, read)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !temporary(err) || attempt == c.o.Attempts {
			return fmt.Errorf("%s: %w", rq.doing, err)
		}
		pause := pauseAfter(err, attempt)
		if pause > maxPause {
			return fmt.Errorf("%s: %w", rq.doing, err)
		}
		c.log.Warn("winnow did not answer as it should, trying again", "doing", rq.doing, "error", err, "pause", pause)
		if late := sleep(ctx, pause); late != nil {
			return fmt.Errorf("%s: %w: %w", rq.doing, late, err)
		}
	}
}

// attempt makes a request once.
func (c *Client) attempt(ctx context.Context, rq *request, read func(*answer) error) error {
	a, err := c.exchange(ctx, rq)
	if err != nil {
		return err
	}
	if a.status < 200 || a.status > 299 {
		return readProblem(a, time.Now())
	}
	if err := read(a); err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	return nil
}

func (c *Client) exchange(ctx context.Context, rq *request) (*answer, error) {
	if rq.message == "" && c.o.Key == "" {
		return nil, errNoKey
	}
	limit := c.o.Timeout + rq.wait
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, rq.method, c.base+rq.path, bytes.NewReader(rq.body))
	if err != nil {
		return nil, err
	}
	c.setHeader(req.Header, rq)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, lateness(ctx, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer broke off: %w", lateness(ctx, err))
	case len(body) > maxAnswer:
		return nil, errTooLong
	}
	return &answer{res.StatusCode, res.Header, body}, nil
}

// lateness says that an attempt took too long if that is what its error comes from.
func lateness(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.DeadlineExceeded) {
		return cause
	}
	return err
}

func (c *Client) setHeader(h http.Header, rq *request) {
	h.Set("User-Agent", "winnow-client-go")
	h.Set("Accept", "application/json, application/problem+json, application/x-ndjson")
	// An empty list is not sent. It lets the transport try again at once on a new
	// connection when winnow closed an idle one just now.
	h["Idempotency-Key"] = []string{}
	if rq.media != "" {
		h.Set("Content-Type", rq.media)
	}
	if rq.prefer != "" {
		h.Set("Prefer", rq.prefer)
	}
	if rq.message == "" {
		h.Set("Authorization", "Bearer "+c.o.Key)
		return
	}
	h.Set("Winnow-Site", c.o.Site)
	signature.SetHeader(h, []signature.Secret{c.secret}, rq.message, time.Now(), rq.body)
}

// temporary tells whether trying again makes sense. Whatever is neither an answer nor
// certain to come again is: connections fail in many ways.
func temporary(err error) bool {
	var p *Problem
	if errors.As(err, &p) {
		return p.temporary()
	}
	return !errors.Is(err, errNoKey) && !errors.Is(err, errTooLong) && !errors.Is(err, errTooLate)
}

// pauseAfter is how long to wait after so many failures in a row: what the answer asks
// for, else twice as long each time, spread by half so that clients that failed
// together do not come back together.
func pauseAfter(err error, failures int) time.Duration {
	var p *Problem
	if errors.As(err, &p) && p.RetryAfter > 0 {
		return p.RetryAfter
	}
	pause := min(firstPause<<min(failures-1, 16), maxPause)
	return pause/2 + rand.N(pause/2)
}

// sleep waits, or gives up at once if ctx ends before the pause does.
func sleep(ctx context.Context, pause time.Duration) error {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < pause {
		return errTooLate
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
