package store

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"time"
)

// tx is what an operation works with.
type tx struct {
	w       *writer
	seq     int64
	careful bool
	began   time.Time
	tallies map[tally]int
}

// late tells a step to leave the rest to the next one.
func (t *tx) late() bool { return time.Since(t.began) > stepTime }

// alone runs changes so that, in a careful transaction, nothing of them stays if they
// fail.
func (t *tx) alone(changes func() error) error {
	if !t.careful {
		return changes()
	}
	seq, tallies := t.seq, maps.Clone(t.tallies)
	if _, err := t.w.exec("SAVEPOINT alone"); err != nil {
		return err
	}
	err := changes()
	if err != nil && !isOwn(err) {
		return err // the whole transaction is abandoned, if SQLite has not done so already
	}
	if err != nil {
		t.seq, t.tallies = seq, tallies
		if _, back := t.w.exec("ROLLBACK TO alone"); back != nil {
			return back
		}
	}
	if _, end := t.w.exec("RELEASE alone"); end != nil {
		return end
	}
	return err
}

// next takes the next number of the sequence.
func (t *tx) next() int64 {
	t.seq++
	return t.seq
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	return t.w.exec(query, args...)
}

// get reads one row; found is false if there is none.
func (t *tx) get(query string, args []any, dest ...any) (found bool, err error) {
	stmt, err := t.w.prepare(query)
	if err != nil {
		return false, err
	}
	err = stmt.QueryRowContext(background, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// each reads rows one by one.
func (t *tx) each(query string, args []any, row func(scan func(...any) error) error) error {
	stmt, err := t.w.prepare(query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(background, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (w *writer) prepare(query string) (*sql.Stmt, error) {
	if stmt := w.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(background, query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	w.stmts[query] = stmt
	return stmt, nil
}
