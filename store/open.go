package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"github.com/winnowd/winnow/models"
)

// FileName is the database's name in the data directory.
const FileName = "winnow.db"

// applicationID marks a SQLite file as winnow's ("wnnw").
const applicationID = 0x776e6e77

//go:embed schema/*.sql
var schema embed.FS

// Observer is told of what was committed, in order of seq, on the writer's
// goroutine: its methods must not block and must not call the store's writing
// methods.
type Observer interface {
	// Accepted tells of revisions that are now queued.
	Accepted(revs []*models.Revision)
	// Settled tells that a revision is queued no more.
	Settled(siteID, seq int64)
	// Requeued tells of a dead revision that was put back.
	Requeued(rev *models.Revision)
	// Decided tells of decisions that now stand in their site's feed.
	Decided(ds []*models.Decision)
	// Ruled tells of a decision that is in force now and not in the feed: a verdict that
	// can still be undone, or what is in force again after one was.
	Ruled(d *models.Decision)
	// Labelled tells that the label log has grown.
	Labelled()
	// Removed tells that a comment was removed or erased.
	Removed(siteID int64, commentID string)
	// SitesChanged tells that sites or credentials are others than before.
	SitesChanged()
}

// Options are what a Store needs.
type Options struct {
	// Dir is the data directory; it must exist.
	Dir string
	// MaxSize limits the database file, in bytes; 0 is no limit.
	MaxSize int64
	// Observer may be nil.
	Observer Observer
	// Fatal is called, once, when the process must end: after an error of the disk or
	// when the database is found damaged. It must not block. May be nil.
	Fatal func(error)
	// Searchable gives the text in which a search finds a held comment; nil means its
	// content, names and addresses as they are.
	Searchable func(*models.Comment) string
	// Registerer takes the metrics; nil for none.
	Registerer prometheus.Registerer
	Logger     *slog.Logger
	// Now is the clock, time.Now if nil.
	Now func() time.Time

	driver string // "sqlite3" if empty; another one watches it in tests
	maxLog int64  // the constant if 0; less in tests
	// logWait is the constant if 0; more in tests, which run on machines of any speed.
	logWait time.Duration
	// heldRows and heldText are the constants if 0.
	heldRows, heldText int
	// browseTime is the constant if 0.
	browseTime time.Duration
}

// Store is safe for use by any number of goroutines.
type Store struct {
	opts    Options
	path    string
	writer  *writer
	readers *sql.DB

	last    atomic.Int64 // newest committed seq
	epochMu sync.RWMutex
	epochs  []epoch
	held    atomic.Int64
	dead    atomic.Int64
	siteMu  sync.RWMutex
	names   map[int64]string // site names by ID, removed ones too
	gone    map[int64]bool   // sites that were removed, by ID
	policy  policyIDs
	totals  totals
	holds   *heldSet
	// histories are those of authors.
	histories histories
	backups   sync.Mutex // held while one is taken
}

type epoch struct {
	from int64
	id   uint32
}

// Open opens the database in opts.Dir, creating or migrating it as needed. The
// caller must be the only one to write to it. It refuses a database that is
// damaged, not winnow's, or written by a newer winnow, and says what to do.
func Open(ctx context.Context, opts Options) (*Store, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Observer == nil {
		opts.Observer = ignore{}
	}
	s := &Store{opts: opts, path: filepath.Join(opts.Dir, FileName)}
	s.holds = newHeldSet(s)
	if err := createPrivate(s.path); err != nil {
		return nil, err
	}
	db, err := sql.Open(s.driver(), writerDSN(s.path))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", s.path, err)
	}
	db.SetMaxOpenConns(1)
	if err := s.prepare(ctx, db); err != nil {
		return nil, errors.Join(explain(s.path, err), db.Close())
	}
	if s.readers, err = openReaders(s.driver(), s.path); err != nil {
		return nil, errors.Join(explain(s.path, err), db.Close())
	}
	if err := s.load(ctx); err != nil {
		return nil, errors.Join(explain(s.path, err), s.readers.Close(), db.Close())
	}
	if s.writer, err = newWriter(ctx, s, db); err != nil {
		return nil, errors.Join(explain(s.path, err), s.readers.Close(), db.Close())
	}
	if err := errors.Join(s.endAllHolds(ctx), s.foldHeld(ctx)); err != nil {
		return nil, errors.Join(explain(s.path, err), s.Close())
	}
	s.holds.start()
	return s, nil
}

// createPrivate makes an empty file for the database, if there is none. A log without
// its database would be deleted by SQLite, with all that is in it.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	info, err := f.Stat()
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	if log, err := os.Stat(path + "-wal"); err == nil && info.Size() == 0 && log.Size() > 0 {
		return damaged(path, errors.New("it is empty, and its log is not"))
	}
	return nil
}

// writerDSN holds the pragmas, because those set by Exec reach one pooled
// connection only, and because the driver's default in WAL mode is not FULL.
func writerDSN(path string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String() +
		"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate&_busy_timeout=5000&_foreign_keys=1" +
		"&_auto_vacuum=incremental&_mutex=no&_cache_size=" + cacheSize
}

// cacheSize is the writer's page cache, in KiB if negative. SQLite walks through much
// of it at every commit: 8 MiB cost a third less CPU for each comment than 32 MiB.
const cacheSize = "-8192"

// statements is how many prepared ones each reading connection keeps: to prepare one costs
// as much as to look up a few rows by it.
const statements = "32"

func readerDSN(path string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String() +
		"?mode=ro&_query_only=1&_busy_timeout=5000&_stmt_cache_size=" + statements
}

// driver is the name of the database's driver.
func (s *Store) driver() string {
	if s.opts.driver != "" {
		return s.opts.driver
	}
	return "sqlite3"
}

func openReaders(driver, path string) (*sql.DB, error) {
	db, err := sql.Open(driver, readerDSN(path))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	return db, nil
}

// explain says what to do about an error that keeps the database from opening.
func explain(path string, err error) error {
	var se sqlite3.Error
	if errors.As(err, &se) && (se.Code == sqlite3.ErrCorrupt || se.Code == sqlite3.ErrNotADB) {
		return damaged(path, err)
	}
	if errors.As(err, &se) && (se.Code == sqlite3.ErrFull || se.SystemErrno == unix.ENOSPC) {
		return fmt.Errorf("open database %s: %w: make room on its disk, or raise store.max_size", path, err)
	}
	return fmt.Errorf("open database %s: %w", path, err)
}

func damaged(path string, err error) error {
	return fmt.Errorf("database %s is damaged (%w): keep a copy of the file, then restore a backup in its place", path, err)
}

// checkTime bounds the check for damage at start; a large database is checked in part.
const checkTime = 300 * time.Millisecond

// prepare checks the file and brings its schema up to date.
func (s *Store) prepare(ctx context.Context, db *sql.DB) error {
	var app, version, objects int
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&objects); err != nil {
		return err
	}
	if app == applicationID && objects > 0 && version < 1 {
		return sqlite3.Error{Code: sqlite3.ErrCorrupt}
	}
	if app != applicationID && objects > 0 {
		return errors.New("the file is a SQLite database, but not one of winnow's: choose another data directory")
	}
	steps, err := migrations()
	if err != nil {
		return err
	}
	if version > len(steps) {
		return newer(version, len(steps))
	}
	if objects > 0 {
		if err := quickCheck(ctx, db); err != nil {
			return err
		}
	}
	return migrate(ctx, db, steps, version, s.opts.Now)
}

func newer(version, known int) error {
	return fmt.Errorf("it was written by a newer winnow (schema %d, this one knows %d): install that version or restore an older backup", version, known)
}

func quickCheck(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var result string
	err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&result)
	if ctx.Err() != nil {
		return nil
	}
	if err == nil && result != "ok" {
		err = sqlite3.Error{Code: sqlite3.ErrCorrupt}
		return fmt.Errorf("%s: %w", result, err)
	}
	return err
}

// migrations returns the schema's steps in order.
func migrations() ([]string, error) {
	names, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	steps := make([]string, len(names))
	for i, name := range names {
		text, err := schema.ReadFile(name)
		if err != nil {
			return nil, err
		}
		steps[i] = string(text)
	}
	return steps, nil
}

func migrate(ctx context.Context, db *sql.DB, steps []string, version int, now func() time.Time) error {
	for i := version; i < len(steps); i++ {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		script := fmt.Sprintf("%s;\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;", steps[i], applicationID, i+1)
		if _, err := tx.ExecContext(ctx, script); err != nil {
			return errors.Join(fmt.Errorf("bring the schema to version %d: %w", i+1, err), tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("bring the schema to version %d: %w", i+1, err)
		}
	}
	if _, err := db.ExecContext(ctx,
		"INSERT INTO epochs (from_seq, epoch, started_at) SELECT 1, ?, ? WHERE NOT EXISTS (SELECT 1 FROM epochs)",
		newEpoch(), now().UnixMilli()); err != nil {
		return fmt.Errorf("begin an epoch: %w", err)
	}
	return nil
}

func newEpoch() uint32 {
	var b [4]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return binary.BigEndian.Uint32(b[:])
}

// load reads what is kept in memory.
func (s *Store) load(ctx context.Context) error {
	var last, held, dead int64
	if err := s.readers.QueryRowContext(ctx, "SELECT last FROM sequence WHERE id = 1").Scan(&last); err != nil {
		return err
	}
	if err := s.readers.QueryRowContext(ctx, "SELECT count(*) FROM sites CROSS JOIN decisions d INDEXED BY decisions_current ON d.site_id = sites.id AND d.action = 'hold' WHERE d.current = 1").Scan(&held); err != nil {
		return err
	}
	if err := s.readers.QueryRowContext(ctx, "SELECT count(*) FROM revisions WHERE dead = 1").Scan(&dead); err != nil {
		return err
	}
	s.last.Store(last)
	s.held.Store(held)
	s.dead.Store(dead)
	if err := s.loadEpochs(ctx); err != nil {
		return err
	}
	return s.loadNames(ctx)
}

func (s *Store) loadEpochs(ctx context.Context) error {
	rows, err := s.readers.QueryContext(ctx, "SELECT from_seq, epoch FROM epochs ORDER BY from_seq")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e epoch
		if err := rows.Scan(&e.from, &e.id); err != nil {
			return err
		}
		s.epochs = append(s.epochs, e)
	}
	return rows.Err()
}

// Close commits what waits and closes the database. Changes after it fail with
// models.ErrUnavailable.
func (s *Store) Close() error {
	s.holds.close()
	err := s.writer.close()
	return errors.Join(err, s.readers.Close(), s.writer.db.Close())
}

// Path is the database's file.
func (s *Store) Path() string { return s.path }

type ignore struct{}

func (ignore) Accepted([]*models.Revision) {}
func (ignore) Settled(int64, int64)        {}
func (ignore) Requeued(*models.Revision)   {}
func (ignore) Decided([]*models.Decision)  {}
func (ignore) Ruled(*models.Decision)      {}
func (ignore) Labelled()                   {}
func (ignore) Removed(int64, string)       {}
func (ignore) SitesChanged()               {}
