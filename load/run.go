package load

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/models"
)

// Run loads a daemon and returns what it saw. The error tells why nothing could be
// measured: the daemon cannot be reached, or the key is not one of a site. Refused
// comments are no error of Run's; the result counts them.
func Run(ctx context.Context, o Options) (*Result, error) {
	u, err := o.complete()
	if err != nil {
		return nil, err
	}
	var random [4]byte
	rand.Read(random[:]) // never fails, see crypto/rand
	book := newLedger("load-" + hex.EncodeToString(random[:]) + "-")
	if o.AcceptOnly {
		s := newSender(&o, u, book, time.Now())
		err := s.send(ctx)
		return book.result(&o, s.start, time.Since(s.start)), err
	}
	f, err := newFollower(ctx, u, o.Key, book)
	if err != nil {
		return nil, err
	}
	following, stop := context.WithCancel(ctx)
	start := time.Now()
	followed := make(chan struct{})
	var broke error
	go func() {
		defer close(followed)
		broke = f.follow(following, start)
	}()
	err = newSender(&o, u, book, start).send(ctx)
	sent := time.Since(start)
	if err == nil {
		err = settle(ctx, book, o.Patience, followed)
	}
	stop()
	<-followed
	if errors.Is(err, errFeed) {
		err = fmt.Errorf("%w: %w", err, broke)
	}
	if err != nil {
		return nil, err
	}
	return book.result(&o, start, sent), nil
}

var errFeed = errors.New("the decisions feed can be followed no more")

// settleEvery is how often settle looks.
const settleEvery = 10 * time.Millisecond

// settle waits until everything is decided, or nothing is any more.
func settle(ctx context.Context, book *ledger, patience time.Duration, followed <-chan struct{}) error {
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	end := time.Now()
	for {
		open, seen := book.open()
		if open == 0 {
			return nil
		}
		if seen.Before(end) {
			seen = end
		}
		if time.Since(seen) > patience {
			return nil
		}
		select {
		case <-followed:
			return errFeed
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// sender keeps connections busy.
type sender struct {
	o     *Options
	u     *url.URL
	book  *ledger
	start time.Time
	turn  atomic.Int64 // requests begun, by which those of an open loop are due
}

func newSender(o *Options, u *url.URL, book *ledger, start time.Time) *sender {
	return &sender{o: o, u: u, book: book, start: start}
}

// maxFailures is how many exchanges in a row may fail before there is no daemon.
const maxFailures = 100

func (s *sender) send(ctx context.Context) error {
	var group sync.WaitGroup
	errs := make([]error, s.o.Connections)
	for i := range errs {
		group.Go(func() { errs[i] = s.connection(ctx) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// connection sends until the time is over.
func (s *sender) connection(ctx context.Context) error {
	c := &conn{u: s.u, key: s.o.Key}
	defer c.close()
	failures := 0
	var body []byte
	for {
		due, ok := s.wait(ctx)
		if !ok {
			return ctx.Err()
		}
		n := max(s.o.Batch, 1)
		first := s.book.next(n, due)
		body = s.body(body[:0], first, n)
		err := s.exchange(ctx, c, body, first, n)
		switch {
		case err == nil:
			failures = 0
			continue
		case ctx.Err() != nil:
			return ctx.Err()
		}
		s.book.fail("connection", n)
		if failures++; failures == maxFailures {
			return fmt.Errorf("no answer %d times in a row: %w", failures, err)
		}
		select {
		case <-time.After(settleEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// wait waits until the connection's next request is due, and tells when that was, since
// the start; false if there is no next one.
func (s *sender) wait(ctx context.Context) (due time.Duration, ok bool) {
	if s.o.Rate == 0 {
		due = time.Since(s.start)
		return due, due < s.o.Duration && ctx.Err() == nil
	}
	each := float64(max(s.o.Batch, 1)) / s.o.Rate * float64(time.Second)
	due = time.Duration(float64(s.turn.Add(1)-1) * each)
	if due >= s.o.Duration {
		return due, false
	}
	select {
	case <-time.After(due - time.Since(s.start)):
		return due, true
	case <-ctx.Done():
		return due, false
	}
}

// body writes n comments from a number on, one on each line.
func (s *sender) body(b []byte, first, n int) []byte {
	for i := first; i < first+n; i++ {
		c := s.o.Comments[i%len(s.o.Comments)]
		c.ID = string(s.book.id(nil, i))
		c.Content += " " + strconv.FormatInt(int64(i)*7919, 36)
		c.Meta = nil
		b = append(models.AppendComment(b, &c), '\n')
	}
	return b
}

// exchange sends one request and notes the answer. Its error is of the connection.
func (s *sender) exchange(ctx context.Context, c *conn, body []byte, first, n int) error {
	if s.o.Batch == 0 {
		status, _, err := c.post(ctx, "/v1/comments", "application/json", body)
		if err != nil {
			return err
		}
		s.note(first, status)
		return nil
	}
	status, answer, err := c.post(ctx, "/v1/comments/batch", "application/x-ndjson", body)
	if err != nil {
		return err
	}
	if status != 200 {
		s.book.fail(strconv.Itoa(status), n)
		return nil
	}
	return s.lines(answer, first, n)
}

// note notes the status of one comment.
func (s *sender) note(n, status int) {
	if status/100 == 2 {
		s.book.accept(n, time.Since(s.start))
		return
	}
	s.book.fail(strconv.Itoa(status), 1)
}

// lines notes the answer to a batch.
func (s *sender) lines(answer []byte, first, n int) error {
	dec := newLines(answer)
	for range n {
		var line struct {
			Line   int `json:"line"`
			Status int `json:"status"`
		}
		if err := json.UnmarshalDecode(dec, &line); err != nil {
			return fmt.Errorf("read the answer to a batch: %w", err)
		}
		if line.Line < 1 || line.Line > n {
			return fmt.Errorf("the answer to a batch of %d has a line %d", n, line.Line)
		}
		s.note(first+line.Line-1, line.Status)
	}
	return nil
}
