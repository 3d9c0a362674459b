package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mattn/go-sqlite3"
	"golang.org/x/sys/unix"

	"github.com/winnowd/winnow/models"
)

// Ready returns nil if a change made now would be stored, else a *models.Refusal.
func (s *Store) Ready() error { return s.writer.refused() }

func (w *writer) refused() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refusal == nil {
		return nil
	}
	return w.refusal
}

// broken decides what an error that abandoned a batch means for what follows, and
// returns what the batch's callers are told.
func (w *writer) broken(err error) error {
	var se sqlite3.Error
	_ = errors.As(err, &se) // else it is none of SQLite's, and has no code
	if noRoom(se) {
		w.refuse(unavailable("disk-full", "the disk or the database's size limit is full"))
		w.s.opts.Logger.Error("database full: nothing is accepted until there is room", "error", err, "path", w.s.path)
		return w.refused()
	}
	switch se.Code {
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return w.fail(damaged(w.s.path, err))
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		w.s.opts.Logger.Warn("database locked by another process", "error", err, "path", w.s.path)
		return unavailable("store", "the database is locked by another process")
	case sqlite3.ErrIoErr, sqlite3.ErrReadonly, sqlite3.ErrCantOpen, sqlite3.ErrPerm, sqlite3.ErrInternal, sqlite3.ErrProtocol:
		return w.fail(fmt.Errorf("write to database %s: %w: only recovery at the next start is safe now", w.s.path, err))
	}
	w.s.opts.Logger.Error("change abandoned", "error", err, "path", w.s.path)
	return unavailable("store", "the change could not be stored")
}

// noRoom tells an error of a full disk, after which the database is as before: also when
// it was the index of the log, in shared memory, that could not grow.
func noRoom(err sqlite3.Error) bool {
	return err.Code == sqlite3.ErrFull || err.ExtendedCode == sqlite3.ErrIoErrSHMSize && err.SystemErrno == unix.ENOSPC
}

func unavailable(reason, detail string) *models.Refusal {
	return &models.Refusal{Kind: models.ErrUnavailable, Reason: reason, Detail: detail, RetryAfter: 5 * time.Second}
}

func (w *writer) refuse(r *models.Refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.failed {
		w.refusal = r
	}
}

// fail ends all writing.
func (w *writer) fail(err error) error {
	w.refuse(unavailable("store-failed", "the database failed"))
	w.mu.Lock()
	first := !w.failed
	w.failed = true
	r := w.refusal
	w.mu.Unlock()
	if first && w.s.opts.Fatal != nil {
		w.s.opts.Fatal(err)
	}
	return r
}

// probe tries a full disk with a real write, larger than what a comment needs, and
// lifts the refusal once it succeeds.
func (w *writer) probe() {
	w.mu.Lock()
	full := w.refusal != nil && !w.failed
	w.mu.Unlock()
	if !full {
		return
	}
	err := w.probeWrite()
	if _, drop := w.conn.ExecContext(background, "DROP TABLE IF EXISTS probe"); err == nil {
		err = drop
	}
	if err != nil {
		w.suspect(err)
		return
	}
	w.refuse(nil)
	w.s.opts.Logger.Info("database has room again", "path", w.s.path)
}

// probeWrite commits more than a comment needs, as a change of its own: what is written
// and deleted in one transaction would never reach the disk.
func (w *writer) probeWrite() error {
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, query := range []string{
		"CREATE TABLE IF NOT EXISTS probe (x BLOB)",
		"INSERT INTO probe VALUES (randomblob(131072))",
		"COMMIT",
	} {
		if _, err := w.conn.ExecContext(background, query); err != nil {
			w.rollback()
			return err
		}
	}
	return nil
}

// suspect looks at an error of the writer's own work: one of a damaged file or of the
// disk itself ends all writing.
func (w *writer) suspect(err error) {
	var se sqlite3.Error
	if !errors.As(err, &se) || noRoom(se) {
		return
	}
	switch se.Code {
	case sqlite3.ErrIoErr, sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		_ = w.broken(err) // nobody waits for an answer
	}
}

// LimitSize bounds the database file to size bytes from now on; 0 lifts the bound. A
// file that is larger already grows no more. It takes effect while the database is
// full, too.
func (s *Store) LimitSize(ctx context.Context, size int64) error {
	err := s.writer.run(ctx, func() error {
		if err := s.writer.limit(background, size); err != nil {
			return err
		}
		s.writer.probe()
		return nil
	})
	if err != nil {
		return fmt.Errorf("limit the database's size: %w", err)
	}
	return nil
}
