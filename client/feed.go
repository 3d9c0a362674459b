package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	// pollWait is how long winnow is asked to wait for decisions.
	pollWait = 25 * time.Second
	// maxPage is how many decisions are asked for at once.
	maxPage = 100
	// soon is the least time in which an empty answer to a long poll may come back
	// before the client takes a pause: winnow answers at once while it stops.
	soon = time.Second
	// maxFeedPause is the longest pause that the feed takes, however long Retry-After is.
	maxFeedPause = time.Hour
)

// FromNow is for Follow: only what is decided from now on.
const FromNow = "now"

// Page is the next part of the feed.
type Page struct {
	// Decisions are in order; there may be none.
	Decisions []*models.Decision `json:"decisions"`
	// Cursor is to be stored once the page was dealt with: it is where to go on.
	Cursor string `json:"cursor"`
	// Restored tells that winnow's database was restored from a backup, so that
	// decisions made before may come again. Such a page has no decisions.
	Restored bool `json:"-"`
}

// Follow gives a site's decisions in order, without end, from a cursor on: one that a
// Page gave, "" for the oldest that winnow keeps, or FromNow. It waits for new
// decisions and tries without end to reach a daemon that cannot be reached, with
// pauses, reporting to Options.Logger. It ends with an error, which is the last it
// gives, when ctx ends or winnow refuses it for good, as with a wrong key.
//
// Nothing is skipped: who stores the cursor of a page after dealing with its decisions
// gets, after whatever crash, those of the page under way once more, and every later
// one. Ranging over it again begins at after again.
func (c *Client) Follow(ctx context.Context, after string) iter.Seq2[*Page, error] {
	return func(yield func(*Page, error) bool) {
		f := follower{c: c, cursor: after}
		for {
			page, err := f.next(ctx)
			if err != nil {
				yield(nil, fmt.Errorf("follow decisions: %w", err))
				return
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// follower is one way through the feed.
type follower struct {
	c        *Client
	cursor   string
	failures int // in a row
}

// next waits for a page that moves the cursor.
func (f *follower) next(ctx context.Context) (*Page, error) {
	for {
		page, err := f.poll(ctx)
		switch {
		case err != nil:
			if ctx.Err() != nil || !temporary(err) {
				return nil, err
			}
			f.failures++
			pause := min(pauseAfter(err, f.failures), maxFeedPause)
			f.c.log.Warn("winnow's feed cannot be read, trying again", "error", err, "pause", pause)
			if late := sleep(ctx, pause); late != nil {
				return nil, fmt.Errorf("%w: %w", late, err)
			}
		case page.Cursor != f.cursor:
			f.cursor = page.Cursor
			return page, nil
		}
	}
}

// poll asks once. Without a cursor of its own it does not wait: should the connection
// break meanwhile, nobody would know from where to go on.
func (f *follower) poll(ctx context.Context) (*Page, error) {
	wait := pollWait
	if f.cursor == FromNow {
		wait = 0
	}
	begun := time.Now()
	page, err := f.c.page(ctx, f.cursor, wait)
	if p := restored(err); p != nil {
		// A daemon that refuses its own cursor, too, is asked more and more seldom.
		if f.failures++; f.failures > 1 {
			if late := sleep(ctx, pauseAfter(nil, f.failures)); late != nil {
				return nil, late
			}
		}
		return &Page{Cursor: p.Cursor, Restored: true}, nil
	}
	if err != nil {
		return nil, err
	}
	f.failures = 0
	if len(page.Decisions) == 0 && wait > 0 && time.Since(begun) < soon {
		if late := sleep(ctx, soon); late != nil {
			return nil, late
		}
	}
	return page, nil
}

// restored is the problem that gives another cursor, or nil.
func restored(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) && p.Type == ProblemCursorEpoch && p.Cursor != "" {
		return p
	}
	return nil
}

func (c *Client) page(ctx context.Context, after string, wait time.Duration) (*Page, error) {
	query := url.Values{"limit": {strconv.Itoa(maxPage)}, "wait": {strconv.Itoa(int(wait / time.Second))}}
	if after != "" {
		query.Set("after", after)
	}
	page := &Page{}
	rq := &request{method: http.MethodGet, path: "/v1/decisions?" + query.Encode(), wait: wait}
	err := c.attempt(ctx, rq, func(a *answer) error {
		if err := json.Unmarshal(a.body, page); err != nil {
			return err
		}
		if page.Cursor == "" {
			return errors.New("it has no cursor")
		}
		return nil
	})
	return page, err
}
