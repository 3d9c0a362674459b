package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
)

const (
	// restoreDir holds, within a data directory, what is to take the place of what is
	// there; readyName is in it once it is whole, and names the directory for the old.
	restoreDir = "restore.new"
	readyName  = "ready"
)

// Restored is what a restore has done.
type Restored struct {
	// TakenAt is the moment that the backup shows.
	TakenAt time.Time `json:"taken_at"`
	// Aside is the directory where what was there before is kept; empty if nothing was.
	Aside string `json:"aside,omitempty"`
	// Files are the files that were put in place beside the database.
	Files []string `json:"files"`
}

// Restore puts the backup at path in the place of the database in dir, whose lock the
// caller must hold, with those of its files that are among names. The database begins
// a new epoch. What was there before is kept in a directory of its own. A file that is
// no whole backup that this winnow can read changes nothing; a crash at any time leaves
// the old or, once FinishRestore was called, the new.
func Restore(ctx context.Context, dir, path string, names []string, now time.Time) (*Restored, error) {
	r, files, err := checkBackup(ctx, path)
	if err != nil {
		return nil, err
	}
	fresh := filepath.Join(dir, restoreDir)
	if err := os.RemoveAll(fresh); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	if err := prepareRestore(ctx, fresh, path, now); err != nil {
		return nil, errors.Join(fmt.Errorf("restore: %w", err), os.RemoveAll(fresh))
	}
	for name, content := range files {
		if !slices.Contains(names, name) {
			continue
		}
		if err := writeSynced(filepath.Join(fresh, name), content); err != nil {
			return nil, errors.Join(fmt.Errorf("restore: %w", err), os.RemoveAll(fresh))
		}
		r.Files = append(r.Files, name)
	}
	slices.Sort(r.Files)
	aside := "before-restore-" + now.UTC().Format("20060102T150405.000Z")
	if err := markReady(dir, fresh, aside, r.Files); err != nil {
		return nil, errors.Join(fmt.Errorf("restore: %w", err), os.RemoveAll(fresh))
	}
	if err := FinishRestore(dir); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, aside)); err == nil {
		r.Aside = filepath.Join(dir, aside)
	}
	return r, nil
}

// entrustRestore has the database's owner put in place, or go on with, what root prepared.
func entrustRestore(dir string, files []string) error {
	names := []string{restoreDir, filepath.Join(restoreDir, FileName), filepath.Join(restoreDir, readyName+".partial")}
	for _, name := range files {
		names = append(names, filepath.Join(restoreDir, name))
	}
	return Entrust(dir, names...)
}

// checkBackup reads a backup through and returns its files.
func checkBackup(ctx context.Context, path string) (*Restored, map[string][]byte, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, nil, fmt.Errorf("restore: %w", err)
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return nil, nil, fmt.Errorf("restore: %s has a log beside it, as a database that is in use: it is no backup", path)
	}
	db, err := sql.Open("sqlite3", fileURL(path)+"?mode=ro&immutable=1&_query_only=1")
	if err != nil {
		return nil, nil, err
	}
	r, files, err := readBackup(ctx, db)
	err = errors.Join(err, db.Close())
	var se sqlite3.Error
	if errors.As(err, &se) {
		switch se.Code {
		case sqlite3.ErrNotADB:
			err = errors.New("it is no SQLite database, and so no backup of winnow's")
		case sqlite3.ErrCorrupt:
			err = fmt.Errorf("it is damaged (%w): take another backup", err)
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("restore %s: %w", path, err)
	}
	return r, files, nil
}

func readBackup(ctx context.Context, db *sql.DB) (*Restored, map[string][]byte, error) {
	var app, version, table int
	err := db.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version),
		(SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('backup', 'backup_files'))`).Scan(&app, &version, &table)
	if err != nil {
		return nil, nil, err
	}
	steps, err := migrations()
	switch {
	case err != nil:
		return nil, nil, err
	case app != applicationID:
		return nil, nil, errors.New("it is no backup of winnow's")
	case version > len(steps):
		return nil, nil, newer(version, len(steps))
	case table < 2:
		return nil, nil, errors.New("it is a database of winnow's and no backup: `winnow backup` makes those")
	}
	var damage string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&damage); err != nil {
		return nil, nil, err
	}
	if damage != "ok" {
		return nil, nil, fmt.Errorf("it is damaged (%s): take another backup", strings.ReplaceAll(damage, "\n", " "))
	}
	var taken int64
	if err := db.QueryRowContext(ctx, "SELECT taken_at FROM backup WHERE id = 1").Scan(&taken); err != nil {
		return nil, nil, fmt.Errorf("it is not complete: %w", err)
	}
	files := map[string][]byte{}
	rows, err := db.QueryContext(ctx, "SELECT name, content FROM backup_files")
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var content []byte
		if err := rows.Scan(&name, &content); err != nil {
			return nil, nil, err
		}
		files[name] = content
	}
	return &Restored{TakenAt: fromMillis(taken)}, files, rows.Err()
}

// prepareRestore makes a database of a backup, in a new directory.
func prepareRestore(ctx context.Context, fresh, path string, now time.Time) (err error) {
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	to := filepath.Join(fresh, FileName)
	if err := copyFile(path, to); err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", fileURL(to)+"?_journal_mode=DELETE&_synchronous=FULL&_txlock=immediate&_foreign_keys=1")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	return renew(ctx, db, now)
}

// renew brings a restored database up to date and begins a new epoch in it. A seq is
// left out, so that an epoch begins at a place where no other does.
func renew(ctx context.Context, db *sql.DB, now time.Time) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if err := migrate(ctx, db, steps, version, func() time.Time { return now }); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, query := range []string{
		"DROP TABLE backup", "DROP TABLE backup_files",
		"UPDATE sequence SET last = last + 1 WHERE id = 1",
	} {
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO epochs (from_seq, epoch, started_at) SELECT last + 1, ?, ? FROM sequence WHERE id = 1",
		newEpoch(), now.UnixMilli()); err != nil {
		return fmt.Errorf("begin an epoch: %w", err)
	}
	return tx.Commit()
}

// markReady makes a prepared restore one that is completed, come what may. The name appears
// when the file is whole.
func markReady(dir, fresh, aside string, files []string) error {
	partial := filepath.Join(fresh, readyName+".partial")
	if err := errors.Join(writeSynced(partial, []byte(aside)), entrustRestore(dir, files), syncDir(fresh)); err != nil {
		return err
	}
	if err := os.Rename(partial, filepath.Join(fresh, readyName)); err != nil {
		return err
	}
	return errors.Join(syncDir(fresh), syncDir(dir))
}

// FinishRestore completes a restore that a crash broke off between the preparation and
// the end; the caller must hold the directory's lock. One that was not yet prepared is
// forgotten.
func FinishRestore(dir string) error {
	fresh := filepath.Join(dir, restoreDir)
	ready, err := os.ReadFile(filepath.Join(fresh, readyName))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(ready) == 0 { // which an older winnow may have left
		return os.RemoveAll(fresh)
	}
	aside := filepath.Join(dir, filepath.Base(string(ready)))
	if err == nil {
		err = swap(dir, fresh, aside)
	}
	if err == nil {
		err = errors.Join(os.RemoveAll(fresh), syncDir(dir))
	}
	if err != nil {
		return fmt.Errorf("put the restored database in place: %w", err)
	}
	return nil
}

// swap puts what is in fresh in the place of what is in dir, the database last. What is
// not in fresh any more was put in place before.
func swap(dir, fresh, aside string) error {
	list, err := os.ReadDir(fresh)
	if err != nil {
		return err
	}
	for _, f := range list {
		if f.Name() == readyName || strings.HasPrefix(f.Name(), FileName) {
			continue
		}
		if err := replaceFile(dir, fresh, aside, f.Name(), f.Name()); err != nil {
			return err
		}
	}
	return replaceFile(dir, fresh, aside, FileName, FileName+"-wal", FileName+"-shm", FileName)
}

// replaceFile moves old files of dir aside, and then a new one there. They are gone for good
// before it comes: an old log beside a new database would spoil it.
func replaceFile(dir, fresh, aside, name string, olds ...string) error {
	if _, err := os.Lstat(filepath.Join(fresh, name)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	moved := false
	for _, old := range olds {
		from := filepath.Join(dir, old)
		if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := errors.Join(os.MkdirAll(aside, 0o700), Entrust(dir, filepath.Base(aside))); err != nil {
			return err
		}
		if err := os.Rename(from, filepath.Join(aside, old)); err != nil {
			return err
		}
		moved = true
	}
	if moved {
		if err := errors.Join(syncDir(aside), syncDir(dir)); err != nil {
			return err
		}
	}
	if err := os.Rename(filepath.Join(fresh, name), filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDir(dir)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

func writeSynced(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}
