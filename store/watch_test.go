package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mattn/go-sqlite3"
)

// watch is a database driver that notes every statement and fails those that it is
// told to.
type watch struct {
	sqlite3.SQLiteDriver
	mu    sync.Mutex
	texts map[string]bool
	fault func(query string) error
}

var watches atomic.Int64

// watched makes a store use a watch.
func watched(t testing.TB) (*watch, func(*Options)) {
	t.Helper()
	w := &watch{texts: map[string]bool{}}
	name := fmt.Sprintf("sqlite3-watched-%d", watches.Add(1))
	sql.Register(name, w)
	return w, func(o *Options) { o.driver = name }
}

// fail sets what fails from now on; nil for nothing.
func (w *watch) fail(fault func(query string) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = fault
}

func (w *watch) note(query string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts[query] = true
}

func (w *watch) verdict(query string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fault == nil {
		return nil
	}
	return w.fault(query)
}

func (w *watch) Open(name string) (driver.Conn, error) {
	c, err := w.SQLiteDriver.Open(name)
	if err != nil {
		return nil, err
	}
	return &watchedConn{c.(*sqlite3.SQLiteConn), w}, nil
}

type watchedConn struct {
	*sqlite3.SQLiteConn
	w *watch
}

func (c *watchedConn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *watchedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.w.note(query)
	stmt, err := c.SQLiteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &watchedStmt{stmt.(*sqlite3.SQLiteStmt), query, c.w}, nil
}

func (c *watchedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.w.note(query)
	if err := c.w.verdict(query); err != nil {
		return nil, err
	}
	return c.SQLiteConn.ExecContext(ctx, query, args)
}

func (c *watchedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.w.note(query)
	if err := c.w.verdict(query); err != nil {
		return nil, err
	}
	return c.SQLiteConn.QueryContext(ctx, query, args)
}

type watchedStmt struct {
	*sqlite3.SQLiteStmt
	query string
	w     *watch
}

func (s *watchedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.w.verdict(s.query); err != nil {
		return nil, err
	}
	return s.SQLiteStmt.ExecContext(ctx, args)
}

func (s *watchedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	if err := s.w.verdict(s.query); err != nil {
		return nil, err
	}
	return s.SQLiteStmt.QueryContext(ctx, args)
}
