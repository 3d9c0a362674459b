package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/winnowd/winnow/models"
)

const (
	// backupPages is how many pages are copied before the next look whether somebody
	// waits.
	backupPages = 64
	// backupSync is how many pages are copied before they are written to the disk, 16 MiB:
	// were all left to the end, commits would wait for seconds behind them.
	backupSync = 4096
)

// backupTables are what a backup holds beside the database: when it was taken, and files
// of the data directory.
const backupTables = `
CREATE TABLE backup (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  taken_at INTEGER NOT NULL
) STRICT;
CREATE TABLE backup_files (
  name    TEXT PRIMARY KEY,
  content BLOB NOT NULL
) STRICT`

// Backup writes the database as it is at the end of the copying, together with files by
// their names, into one new SQLite file. It copies from the writer's own connection,
// between commits and when nobody waits: what is written meanwhile goes into the copy as
// well, no reader keeps the log from being cut back, and others wait for a step of
// stepTime at most. The file appears under its name when it is whole, checked and
// synced. The error wraps models.ErrConflict if there is a file of that name, unless
// replace is true, and if another backup is being taken; models.ErrInvalid if the path is
// a directory's.
func (s *Store) Backup(ctx context.Context, path string, replace bool, files map[string][]byte) (models.Backup, error) {
	if !s.backups.TryLock() {
		return models.Backup{}, fmt.Errorf("another backup is being taken: %w", models.ErrConflict)
	}
	defer s.backups.Unlock()
	start := time.Now()
	switch info, err := os.Lstat(path); {
	case err == nil && info.IsDir():
		return models.Backup{}, fmt.Errorf("back up: %s is a directory, name a file in it: %w", path, models.ErrInvalid)
	case err == nil && !replace:
		return models.Backup{}, fmt.Errorf("back up: %s is there already, --force writes over it: %w", path, models.ErrConflict)
	}
	partial := path + ".partial"
	b := models.Backup{Path: path}
	err := s.copyTo(ctx, partial, files, &b.TakenAt)
	if err == nil {
		err = finishFile(partial, path, replace)
	}
	if err != nil {
		return models.Backup{}, errors.Join(fmt.Errorf("back up to %s: %w", path, err), discard(partial))
	}
	if info, err := os.Stat(path); err == nil {
		b.Bytes = info.Size()
	}
	b.Seconds = time.Since(start).Seconds()
	return b, nil
}

// discard removes an unfinished file.
func discard(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// copyTo makes the backup's file, whole and checked.
func (s *Store) copyTo(ctx context.Context, path string, files map[string][]byte, taken *time.Time) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Chmod(0o600); err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", fileURL(path)+"?_journal_mode=OFF&_synchronous=OFF")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := conn.Raw(func(to any) error { return s.copyPages(ctx, to.(*sqlite3.SQLiteConn), f.Sync) }); err != nil {
		return err
	}
	*taken = s.opts.Now().UTC().Truncate(time.Millisecond)
	return completeBackup(ctx, conn, files, *taken)
}

// copyPages copies the database into a connection of another one, whose file sync writes
// to the disk.
func (s *Store) copyPages(ctx context.Context, to *sqlite3.SQLiteConn, sync func() error) error {
	var b *sqlite3.SQLiteBackup
	err := s.writer.run(ctx, func() error {
		return s.writer.conn.Raw(func(from any) (err error) {
			c, ok := from.(*sqlite3.SQLiteConn)
			if !ok {
				return fmt.Errorf("the driver %T makes no backups", from)
			}
			b, err = to.Backup("main", c, "main")
			return err
		})
	})
	if err != nil {
		return err
	}
	done, unsynced := false, 0
	for !done && err == nil {
		err = s.writer.runLast(ctx, func() (err error) {
			var pages int
			pages, done, err = s.writer.copyStep(b)
			unsynced += pages
			return err
		})
		if err == nil && unsynced >= backupSync {
			err, unsynced = sync(), 0
		}
	}
	end := s.writer.run(context.WithoutCancel(ctx), b.Close)
	if errors.Is(end, errClosing) {
		end = b.Close() // the writer has ended, and uses its connection no more
	}
	if err != nil {
		return err // which SQLite tells once more at the end
	}
	return end
}

// copyStep copies pages until somebody waits or the time of a step is over.
func (w *writer) copyStep(b *sqlite3.SQLiteBackup) (pages int, done bool, err error) {
	for start := time.Now(); time.Since(start) < stepTime; {
		pages += backupPages
		if done, err = b.Step(backupPages); done || err != nil || len(w.requests)+len(w.verdicts) > 0 {
			break
		}
	}
	return pages, done, err
}

// completeBackup makes the copy a file of its own, adds what belongs to it, and checks it.
func completeBackup(ctx context.Context, conn *sql.Conn, files map[string][]byte, taken time.Time) error {
	var mode, result string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode = DELETE").Scan(&mode); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, backupTables); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "INSERT INTO backup (id, taken_at) VALUES (1, ?)", taken.UnixMilli()); err != nil {
		return err
	}
	for name, content := range files {
		if _, err := conn.ExecContext(ctx, "INSERT INTO backup_files (name, content) VALUES (?, ?)", name, content); err != nil {
			return err
		}
	}
	if err := conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result); err != nil {
		return err
	}
	if result != "ok" {
		return fmt.Errorf("the copy is damaged, and so is the database most likely: %s", result)
	}
	return nil
}

// finishFile syncs a file and gives it its name.
func finishFile(partial, path string, replace bool) error {
	f, err := os.Open(partial)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if replace {
		return replaceBackup(partial, path)
	}
	if err = os.Link(partial, path); err == nil {
		err = os.Remove(partial)
	} else if !errors.Is(err, fs.ErrExist) {
		err = os.Rename(partial, path) // where a file system has no links
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// replaceBackup gives a file the name of another one, if there is one, which is gone then.
func replaceBackup(partial, path string) error {
	var old *os.File
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() {
		if old, err = os.OpenFile(path, os.O_RDWR, 0); err == nil {
			defer func() { _ = old.Close() }() // nothing was written
		}
	}
	if err := os.Rename(partial, path); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return err
	}
	if old != nil {
		_ = shrink(old) // what is left of it is freed when it is closed
	}
	return nil
}

// syncDir makes names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// fileURL is how SQLite is given a file's name, whatever characters it has.
func fileURL(path string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
}
