package publish

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/winnowd/winnow/models"
)

// troubleWait is when the store is tried again after an error.
const troubleWait = time.Second

// lane delivers the decisions of one site, with the callback that the site had when
// the lane began. All fields below the line belong to its goroutine.
type lane struct {
	p    *Publisher
	site *models.Site
	// quit asks it to start no further calls and to end; cut ends those under way.
	quit <-chan struct{}
	cut  context.Context
	// before is the end of the site's lane before this one; hurry makes everything that
	// one left due at once.
	before <-chan struct{}
	hurry  bool
	// poke tells that deliveries were put back.
	poke chan struct{}
	done chan struct{}
	// gaveUp tells that it ends by itself, or has ended, because the callback wants no more.
	gaveUp atomic.Bool
	gauges laneGauges

	// ----
	book     *book
	secrets  secretBox
	results  chan result
	saved    chan error
	flying   int
	head     int64 // read up to here
	more     bool  // there may be more to read
	rowsLeft bool  // there are more kept deliveries than maxRows
	stale    bool  // kept deliveries must be read again
	readAt   time.Time
	failures int       // first tries that failed in a row
	freshAt  time.Time // no first try before
	turn     bool      // whose turn it is, see next
	stopped  string    // why the callback is called no more
	report   string    // stopped, not stored yet
	taken    batch     // is being stored
	saving   bool
	unable   bool // the last try to store failed
	saveAt   time.Time
}

// run is the lane's goroutine.
func (l *lane) run() {
	defer close(l.done)
	if l.before != nil {
		<-l.before
	}
	if !l.begin() {
		return
	}
	grown, unfollow := l.p.o.Events.Follow(l.site.ID)
	defer unfollow()
	timer := time.NewTimer(0)
	defer timer.Stop()
	quit := l.quit
	for {
		now := time.Now()
		if l.closing() {
			quit = nil
		}
		ending := quit == nil || l.stopped != ""
		if !ending {
			l.read(now)
			l.launch(now)
		}
		l.save(now, ending && l.flying == 0)
		l.show(now)
		if ending && l.flying == 0 && !l.saving && !l.unsaved() {
			return
		}
		timer.Reset(l.sleep(time.Now()))
		select {
		case <-grown:
			l.more = true
		case <-l.poke:
			l.stale = true
		case r := <-l.results:
			l.flying--
			l.settle(r)
		case err := <-l.saved:
			l.stored(err)
		case <-timer.C:
		case <-quit:
			quit = nil
		}
	}
}

// begin reads where the lane stands; false if it has nothing to do.
func (l *lane) begin() bool {
	for {
		at, err := l.p.o.Store.Lane(l.cut, l.site.ID)
		switch {
		case err == nil && at.StoppedAt.IsZero():
			l.book, l.head, l.more, l.stale = newBook(at.Cursor), at.Cursor, true, true
			l.results, l.saved = make(chan result, maxCalls), make(chan error, 1)
			return true
		case err == nil || errors.Is(err, models.ErrNotFound):
			l.gaveUp.Store(true)
			return false
		}
		l.trouble("read", err)
		select {
		case <-time.After(troubleWait):
		case <-l.quit:
			return false
		}
	}
}

func (l *lane) trouble(doing string, err error) {
	if l.cut.Err() == nil {
		l.p.o.Logger.Warn("deliveries wait for the database", "site", l.site.Name, "doing", doing, "error", err)
	}
}

func (l *lane) closing() bool {
	select {
	case <-l.quit:
		return true
	default:
		return false
	}
}

// sleep is how long nothing has to be done unless something happens.
func (l *lane) sleep(now time.Time) time.Duration {
	d := time.Hour
	until := func(at time.Time) { d = min(d, max(at.Sub(now), 0)) }
	if l.stopped == "" {
		if due, ok := l.book.nextDue(); ok && l.flying < maxCalls {
			until(due)
		}
		if l.freshAt.After(now) && l.book.fresh.len() > 0 {
			until(l.freshAt)
		}
		if l.readAt.After(now) {
			until(l.readAt)
		}
	}
	if !l.saveAt.IsZero() && !l.saving {
		until(l.saveAt)
	}
	if l.gauges.late {
		until(l.gauges.looked.Add(saveEvery))
	}
	return d
}
