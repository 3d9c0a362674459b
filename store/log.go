package store

import (
	"fmt"
	"os"
	"time"
)

const (
	// logEvery is how often at most a log that is too long is cut back.
	logEvery = 100 * time.Millisecond
	// logWait is how long that waits for readers when the log is twice too long, which is
	// longer than any of winnow's reads; logWaitEvery how long it waits no more after
	// it was in vain, because everybody waits with it.
	logWait      = 500 * time.Millisecond
	logWaitEvery = 10 * time.Second
	// logWarnEvery is how often at most the log of a database that a reader holds up is
	// complained of.
	logWarnEvery = time.Minute
)

// logWatch keeps the log from growing. SQLite writes it back into the database at
// commits, but begins it anew only when it finds nobody reading from it, which may
// never happen by chance where many read.
type logWatch struct {
	most   int64         // bytes
	wait   time.Duration // for readers
	next   time.Time
	vain   time.Time // when waiting for readers was in vain
	warned time.Time
}

// boundLog cuts the log back if it is too long.
func (w *writer) boundLog() {
	l := &w.log
	now := time.Now()
	if now.Before(l.next) {
		return
	}
	size := w.s.logSize()
	if size <= l.most {
		return
	}
	l.next = now.Add(logEvery)
	if w.truncateLog(0) || size <= 2*l.most || now.Sub(l.vain) < logWaitEvery {
		return
	}
	if w.truncateLog(l.wait) {
		return
	}
	l.vain = now
	if now.Sub(l.warned) < logWarnEvery {
		return
	}
	l.warned = now
	w.s.opts.Logger.Warn("the database's log grows because a program has been reading for long: look for one that was stopped in the midst (fuser lists those that have the file open)",
		"bytes", size, "path", w.s.path)
}

// logSize is the size of the log file, in bytes.
func (s *Store) logSize() int64 {
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// writerPatience is the writer's busy timeout, as in its DSN.
const writerPatience = 5 * time.Second

// busyTimeout sets how long the writer waits for others.
func (w *writer) busyTimeout(d time.Duration) error {
	_, err := w.conn.ExecContext(background, fmt.Sprintf("PRAGMA busy_timeout = %d", d.Milliseconds()))
	return err
}

// truncateLog writes the log back into the database and empties it. It tells false if a
// reader stands in the way for longer than wait.
func (w *writer) truncateLog(wait time.Duration) bool {
	var busy, frames, done int
	err := w.busyTimeout(wait)
	if err == nil {
		err = w.conn.QueryRowContext(background, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done)
	}
	if back := w.busyTimeout(writerPatience); err == nil {
		err = back
	}
	w.suspect(err)
	return err == nil && busy == 0
}
