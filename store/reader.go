package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/winnowd/winnow/models"
)

// Reader reads a database that a daemon may be serving. It is for commands that
// change nothing, and safe for use by any number of goroutines.
type Reader struct{ s *Store }

// OpenReader opens the database in a data directory for reading. The error wraps
// models.ErrNotFound if there is none yet.
func OpenReader(ctx context.Context, dir string) (*Reader, error) {
	s := &Store{path: filepath.Join(dir, FileName)}
	if _, err := os.Stat(s.path); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no database in %s yet, `winnow serve` makes it: %w", dir, models.ErrNotFound)
	}
	var err error
	if s.readers, err = openReaders(s.driver(), s.path); err != nil {
		return nil, explain(s.path, err)
	}
	if err := s.checkSchema(ctx); err != nil {
		return nil, errors.Join(explain(s.path, err), s.readers.Close())
	}
	if err := s.load(ctx); err != nil {
		return nil, errors.Join(explain(s.path, err), s.readers.Close())
	}
	return &Reader{s}, nil
}

func (s *Store) checkSchema(ctx context.Context) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	var version int
	if err := s.readers.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	switch {
	case version > len(steps):
		return newer(version, len(steps))
	case version < len(steps):
		return fmt.Errorf("it was written by an older winnow (schema %d, this one needs %d): start the daemon once, which brings it up to date", version, len(steps))
	}
	return nil
}

// Sites is Store.Sites.
func (r *Reader) Sites(ctx context.Context) ([]*models.Site, error) { return r.s.Sites(ctx) }

// ListWaiting is Store.ListWaiting.
func (r *Reader) ListWaiting(ctx context.Context, site string, limit int) ([]Waiting, error) {
	return r.s.ListWaiting(ctx, site, limit)
}

// Close closes the database.
func (r *Reader) Close() error { return r.s.readers.Close() }
