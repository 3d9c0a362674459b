package store

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// SQLite keeps a table of its own for each IN of a check, at every row.
func TestChecksOfBusyTablesNeedNoTableOfTheirOwn(t *testing.T) {
	f := open(t)
	for name, statement := range map[string]string{
		"accept": insertRevision,
		"decide": "UPDATE revisions SET state = 'decided', dead = ? WHERE seq = ? AND state = 'queued'",
		"insert": "INSERT INTO decisions (seq, action, source, actor_kind, score) VALUES (?, ?, ?, ?, ?)",
	} {
		t.Run(name, func(t *testing.T) {
			for _, op := range programOf(t, f.readers, statement) {
				if strings.HasPrefix(op, "Open") && strings.HasSuffix(op, "Ephemeral") {
					t.Fatal("builds a table for each row")
				}
			}
		})
	}
}

func programOf(t *testing.T, db *sql.DB, statement string) (ops []string) {
	t.Helper()
	args := make([]any, strings.Count(statement, "?"))
	rows, err := db.QueryContext(t.Context(), "EXPLAIN "+statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var op string
		rest := make([]any, 8)
		rest[1] = &op
		for i := range rest {
			if rest[i] == nil {
				rest[i] = new(any)
			}
		}
		if err := rows.Scan(rest...); err != nil {
			t.Fatal(err)
		}
		ops = append(ops, op)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if len(ops) == 0 {
		t.Fatal("nothing explained")
	}
	return ops
}

// A database that an older winnow made has its checks changed, and they still hold.
func TestAnOlderDatabaseKeepsItsChecks(t *testing.T) {
	dir := t.TempDir()
	old, err := sql.Open("sqlite3", writerDSN(filepath.Join(dir, FileName)))
	if err != nil {
		t.Fatal(err)
	}
	steps, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), old, steps[:1], 0, time.Now); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	f := open(t, func(o *Options) { o.Dir = dir })
	f.decide(judgement(f.comment("c", "text"), models.Approve))
	var result string
	if err := f.readers.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&result); err != nil || result != "ok" {
		t.Fatalf("the database is %q, %v", result, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", writerDSN(f.Path()))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, change := range []string{
		"UPDATE revisions SET state = 'lost'", "UPDATE revisions SET removed = 3", "UPDATE decisions SET action = 'delete'",
		"UPDATE decisions SET source = ''", "UPDATE decisions SET actor_kind = 'nobody'",
	} {
		if _, err := db.ExecContext(t.Context(), change); !isConstraint(err) {
			t.Errorf("%s: %v, want a broken check", change, err)
		}
	}
}
