package publish

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	// feedPage is how many decisions are read at once.
	feedPage = 128
	// maxLoaded is from how many decisions in memory on no more are read.
	maxLoaded = 256
	// maxWindow is how far reading runs ahead of the cursor, which a slow call holds back.
	maxWindow = 8192
	// maxRows is how many kept deliveries are looked after at once. While there are more,
	// no further decisions are read, because one of their comment might be among those.
	maxRows = 10_000
	// rowPage is how many kept deliveries are read at once.
	rowPage = 500
	// saveEvery is how long progress may wait to be stored together with more of it.
	saveEvery = 250 * time.Millisecond
	// troubleWait is when the store is tried again after an error.
	troubleWait = time.Second
)

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
	// ended tells that it has ended by itself, because the callback wanted no more.
	ended  atomic.Bool
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

// result is what became of a call.
type result struct {
	it *item
	a  answer
	// unread is why the decision could not be read and no call was made.
	unread error
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
			l.ended.Store(l.stopped != "")
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
			l.ended.Store(true)
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

// read fills the book from the store and the feed.
func (l *lane) read(now time.Time) {
	if now.Before(l.readAt) {
		return
	}
	if l.stale || (l.rowsLeft && len(l.book.rows) <= maxRows/2) {
		if err := l.readRows(now); err != nil {
			l.readAt = now.Add(troubleWait)
			l.trouble("read", err)
			return
		}
	}
	for l.more && !l.rowsLeft && len(l.book.rows) < maxRows && l.book.loaded < maxLoaded && l.book.window.len() < maxWindow {
		list, more, err := l.p.o.Feed.Outgoing(l.cut, l.site.ID, l.head, feedPage)
		if err != nil {
			l.readAt = now.Add(troubleWait)
			l.trouble("read", err)
			return
		}
		l.more = more
		for _, o := range list {
			l.book.add(o, now)
			l.head = o.Place
		}
	}
}

// readRows reads the kept deliveries, as many as fit.
func (l *lane) readRows(now time.Time) error {
	wall := time.Now()
	for after := int64(0); ; {
		list, err := l.p.o.Store.WaitingDeliveries(l.cut, l.site.ID, after, rowPage)
		if err != nil {
			return err
		}
		for _, v := range list {
			// Times on disk may be from before the clock was set.
			left := min(v.DueAt.Sub(wall), l.p.o.longest(v.Attempts))
			if l.hurry {
				left = 0
			}
			if _, newer := l.taken.changes[v.Seq]; !newer {
				l.book.restore(v, now.Add(left))
			}
			after = v.Seq
		}
		if len(list) < rowPage || len(l.book.rows) >= maxRows {
			l.rowsLeft = len(list) == rowPage
			break
		}
	}
	l.stale, l.hurry = false, l.hurry && l.rowsLeft
	return nil
}

// launch starts calls while there is something to call.
func (l *lane) launch(now time.Time) {
	l.book.wake(now)
	for l.flying < maxCalls {
		it := l.next(now)
		if it == nil {
			return
		}
		l.flying++
		secrets := l.secrets.get(l.p.o.Sites.Secrets(l.site.ID))
		go func() { l.results <- l.p.deliver(l.cut, l.site, secrets, it) }()
	}
}

// next chooses in turn among what was called before and what was not, so that neither
// keeps the other from its turn.
func (l *lane) next(now time.Time) *item {
	l.turn = !l.turn
	if l.turn {
		if it := l.book.take(&l.book.again); it != nil {
			return it
		}
	}
	if !now.Before(l.freshAt) {
		if it := l.book.take(&l.book.fresh); it != nil {
			if l.failures >= spareAfter {
				l.freshAt = now.Add(maxPause) // one at a time, until it is answered
			}
			return it
		}
	}
	return l.book.take(&l.book.again)
}

// settle notes what became of a call.
func (l *lane) settle(r result) {
	it, now := r.it, time.Now()
	switch {
	case errors.Is(r.unread, models.ErrNotFound):
		l.book.done(it)
		return
	case r.unread != nil:
		l.trouble("read", r.unread)
		it.due = now.Add(troubleWait)
		l.book.schedule(it)
		return
	case r.a.err != nil && l.cut.Err() != nil:
		l.book.interrupted(it)
		return
	case r.a.good():
		l.p.m.observe(l.site.Name, delivered, r.a.took)
		l.failures, l.freshAt = 0, time.Time{}
		l.book.try(it, r.a.attempt())
		l.book.done(it)
		return
	}
	first := it.Attempts == 0 && !it.kept
	it.Attempts++
	attempt := r.a.attempt()
	it.LastStatus, it.LastError, it.LastAttemptAt = attempt.Status, attempt.Error, attempt.At
	l.book.try(it, attempt)
	wait, again := l.p.o.wait(it.Attempts, r.a.retryAfter)
	switch {
	case r.a.status == 410:
		l.p.m.observe(l.site.Name, gone, r.a.took)
		l.stop(it.LastError)
		again = true
	case again:
		l.p.m.observe(l.site.Name, failed, r.a.took)
	default:
		l.p.m.observe(l.site.Name, dead, r.a.took)
		l.p.o.Logger.Warn("delivery failed for good; `winnow deliveries resend` puts it back",
			"site", l.site.Name, "comment", it.CommentID, "attempts", it.Attempts, "error", it.LastError)
	}
	if first {
		l.failures++
		l.freshAt = now.Add(pause(l.failures))
	}
	if !again {
		l.book.dead(it)
		return
	}
	it.DueAt = now.Add(wait)
	l.book.failed(it, it.DueAt)
}

// stop ends the lane because the callback wants to be called no more.
func (l *lane) stop(reason string) {
	if l.stopped != "" {
		return
	}
	l.stopped, l.report = reason, reason
	l.p.o.Logger.Warn("the callback wants no more deliveries; `winnow site set --enable` starts them again",
		"site", l.site.Name, "answer", reason)
}

// maxError is the length of the longest fault that is kept, in bytes.
const maxError = 300

func shorten(s string) string {
	if len(s) > maxError {
		s = s[:maxError]
	}
	return strings.ToValidUTF8(s, "")
}

// unsaved tells that there is progress that was not stored.
func (l *lane) unsaved() bool { return l.book.dirty() || l.report != "" }

// save has progress stored, when enough of it has come together, or all of it has, or
// somebody waits for it. It does not wait for the store.
func (l *lane) save(now time.Time, last bool) {
	if !l.saving {
		l.book.makeWay(now)
	}
	if !l.unsaved() {
		return
	}
	if l.saveAt.IsZero() {
		l.saveAt = now.Add(saveEvery)
	}
	if l.saving || (now.Before(l.saveAt) && (l.unable || !(last || l.book.pressed))) {
		return
	}
	l.taken = l.book.collect()
	p := l.taken.progress
	p.SiteID, p.Stopped = l.site.ID, l.report
	l.report, l.saving = "", true
	go func() { l.saved <- l.p.record(p) }()
}

// stored notes that progress was stored, or was not.
func (l *lane) stored(err error) {
	l.saving, l.unable, l.saveAt = false, err != nil, time.Time{}
	taken := l.taken
	l.taken = batch{}
	if err == nil {
		l.book.stored(taken)
		return
	}
	if l.closing() { // what is not stored is delivered again
		return
	}
	l.trouble("write", err)
	l.book.regain(taken)
	l.report = l.stopped
	l.saveAt = time.Now().Add(troubleWait)
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
