package store

import (
	"slices"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	// historyLife is how long an author's history is good that nothing is known to have
	// changed: moderators look at the same lists. maxHistories is how many are remembered.
	historyLife  = 5 * time.Second
	maxHistories = 4096
)

// histories remembers authors' histories.
type histories struct {
	mu    sync.Mutex
	known map[models.AuthorRef]history
	// forgot is when the last one was forgotten: what was being counted then may be old.
	forgot time.Time
}

type history struct {
	models.History
	limit int
	at    time.Time
}

// find gives what is remembered of authors, and those of whom nothing is, each once.
func (h *histories) find(authors []models.AuthorRef, limit int) (known map[models.AuthorRef]models.History, unknown []models.AuthorRef) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known = make(map[models.AuthorRef]models.History, len(authors))
	for _, who := range authors {
		if _, ok := known[who]; ok || who.Person == "" || slices.Contains(unknown, who) {
			continue
		}
		if v, ok := h.known[who]; ok && v.limit == limit && time.Since(v.at) < historyLife {
			known[who] = v.History
		} else {
			unknown = append(unknown, who)
		}
	}
	return known, unknown
}

// keep remembers what was counted, beginning at a time.
func (h *histories) keep(authors []models.AuthorRef, counted map[models.AuthorRef]models.History, limit int, begun time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !begun.After(h.forgot) {
		return
	}
	if h.known == nil || len(h.known)+len(authors) > maxHistories {
		h.known = make(map[models.AuthorRef]history)
	}
	for _, who := range authors {
		h.known[who] = history{counted[who], limit, begun}
	}
}

// forget has authors counted anew.
func (h *histories) forget(authors ...models.AuthorRef) {
	if len(authors) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forgot = time.Now()
	for _, who := range authors {
		delete(h.known, who)
	}
}

// clear has everybody counted anew.
func (h *histories) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forgot, h.known = time.Now(), nil
}
