package publish

import "time"

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
)

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
