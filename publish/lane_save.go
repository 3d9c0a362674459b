package publish

import (
	"cmp"
	"time"
)

// saveEvery is how long progress may wait to be stored together with more of it.
const saveEvery = 250 * time.Millisecond

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
	l.taken.progress.SiteID, l.taken.progress.Stopped = l.site.ID, l.report
	l.report, l.saving = "", true
	p := l.taken.progress
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
	// What was stored before is not told again: an operator may have enabled the site since.
	l.report = cmp.Or(l.report, taken.progress.Stopped)
	l.saveAt = time.Now().Add(troubleWait)
}
