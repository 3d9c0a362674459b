package events

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/winnowd/winnow/models"
)

// backlog is how many decisions a watcher may be behind before it loses the oldest.
const backlog = 8

type commentKey struct {
	site int64
	id   string
}

// Hub hands decisions to those who wait for them. The zero value is ready for use;
// all methods may be called by any number of goroutines.
type Hub struct {
	watching  atomic.Int64
	following atomic.Int64

	mu        sync.Mutex
	watchers  map[commentKey][]chan *models.Decision
	followers map[int64][]chan struct{}
}

// Watch gives every decision of a comment that is published from now on, in the
// order of publishing. A watcher that falls more than 8 behind loses the oldest.
// stop ends it and may be called more than once; the channel is never closed.
func (h *Hub) Watch(siteID int64, commentID string) (decisions <-chan *models.Decision, stop func()) {
	c := make(chan *models.Decision, backlog)
	key := commentKey{siteID, commentID}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = make(map[commentKey][]chan *models.Decision)
	}
	h.watchers[key] = append(h.watchers[key], c)
	h.watching.Add(1)
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if remove(h.watchers, key, c) {
			h.watching.Add(-1)
		}
	}
}

// Follow gives a signal after decisions of a site were published; signals that
// were not received yet merge into one. stop ends it and may be called more than
// once; the channel is never closed.
func (h *Hub) Follow(siteID int64) (grown <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.followers == nil {
		h.followers = make(map[int64][]chan struct{})
	}
	h.followers[siteID] = append(h.followers[siteID], c)
	h.following.Add(1)
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if remove(h.followers, siteID, c) {
			h.following.Add(-1)
		}
	}
}

// remove takes a listener off its list and tells whether it was on it.
func remove[K comparable, C comparable](lists map[K][]C, key K, c C) bool {
	i := slices.Index(lists[key], c)
	if i < 0 {
		return false
	}
	if rest := slices.Delete(lists[key], i, i+1); len(rest) > 0 {
		lists[key] = rest
	} else {
		delete(lists, key)
	}
	return true
}

// Publish tells watchers and followers of decisions that are durable and readable.
// It never blocks and keeps no reference to the slice; the decisions must not be
// changed afterwards.
func (h *Hub) Publish(decisions []*models.Decision) {
	watched, followed := h.watching.Load() > 0, h.following.Load() > 0
	if !watched && !followed {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, d := range decisions {
		if watched {
			for _, c := range h.watchers[commentKey{d.SiteID, d.CommentID}] {
				push(c, d)
			}
		}
		if followed && (i == 0 || d.SiteID != decisions[i-1].SiteID) {
			for _, c := range h.followers[d.SiteID] {
				select {
				case c <- struct{}{}:
				default:
				}
			}
		}
	}
}

// push sends without waiting, in place of the oldest if there is no room. Only one
// goroutine pushes at a time, so that the room it makes is its own.
func push(c chan *models.Decision, d *models.Decision) {
	select {
	case c <- d:
		return
	default:
	}
	select {
	case <-c:
	default: // the watcher has just made room itself
	}
	c <- d
}
