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
		"queue":  "INSERT INTO queued (revision_seq, site_id, received_at) VALUES (?, ?, ?)",
		"insert": "INSERT INTO decisions (seq, action, source, actor_kind, score) VALUES (?, ?, ?, ?, ?)",
	} {
		t.Run(name, func(t *testing.T) {
			for _, op := range programOf(t, f.readers, statement) {
				if op == "OpenEphemeral" {
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

// older opens a database of an older schema in which something was done.
func older(t *testing.T, version int, script string) *fixture {
	t.Helper()
	f := &fixture{t: t, opts: Options{Dir: olderDirectory(t, version, script)}}
	f.start()
	return f
}

// olderDirectory has such a database.
func olderDirectory(t *testing.T, version int, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	old, err := sql.Open("sqlite3", writerDSN(filepath.Join(dir, FileName)))
	if err != nil {
		t.Fatal(err)
	}
	steps, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), old, steps[:version], 0, time.Now); err != nil {
		t.Fatal(err)
	}
	if _, err := old.ExecContext(t.Context(), script); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What waited in an older winnow's database still waits, in its order.
func TestAnOlderDatabaseKeepsItsQueue(t *testing.T) {
	f := older(t, 7, `INSERT INTO sites (id, name, created_at) VALUES (9, 'kept', 0);
		UPDATE sequence SET last = 5;
		INSERT INTO revisions (seq, site_id, comment_id, revision, state, put_back, protocol, received_at, fingerprint, body) VALUES
			(1, 9, 'replaced', 1, 'superseded', 0, 'native', 1000, x'00', '{}'),
			(2, 9, 'replaced', 2, 'queued', 0, 'native', 3000, x'00', '{"comment_id":"replaced","content":"b"}'),
			(3, 9, 'again', 1, 'queued', 1, 'native', 2000, x'00', '{"comment_id":"again","content":"c"}'),
			(4, 9, 'done', 1, 'decided', 0, 'native', 1500, x'00', '{}')`)
	st, err := f.Standing(t.Context())
	if err != nil || st.Depths[9] != 2 || st.Newest != 3 || !st.Oldest.Equal(fromMillis(3000)) {
		t.Fatalf("%+v, %v", st, err)
	}
	revs, err := f.Queued(t.Context(), 0, 10)
	if err != nil || len(revs) != 2 || revs[0].Seq != 2 || revs[1].Seq != 3 || revs[0].PutBack || !revs[1].PutBack {
		t.Fatalf("%+v, %v", revs, err)
	}
	if err := f.LoadedPolicy(t.Context(), policyVersion, []byte("rules: []")); err != nil {
		t.Fatal(err)
	}
	f.decide(judgement(revs[0], models.Approve))
	status, err := f.Comment(t.Context(), 9, "again")
	if err != nil || status.State != models.Queued {
		t.Errorf("what waits is %+v, %v", status, err)
	}
	if status, err = f.Comment(t.Context(), 9, "replaced"); err != nil || status.State != models.Decided {
		t.Errorf("what was decided is %+v, %v", status, err)
	}
}

// A database that an older winnow made has its checks changed, and they still hold.
func TestAnOlderDatabaseKeepsItsChecks(t *testing.T) {
	f := older(t, 1, `INSERT INTO sites (id, name, created_at) VALUES (9, 'kept', 0);
		INSERT INTO users (id, email, role, created_at) VALUES (1, 'some@example.com', 'moderator', 0), (2, 'all@example.com', 'moderator', 0);
		INSERT INTO user_sites (user_id, site_id) VALUES (1, 9)`)
	var limited string
	if err := f.readers.QueryRowContext(t.Context(), "SELECT group_concat(limited, ' ') FROM (SELECT limited FROM users ORDER BY id)").Scan(&limited); err != nil || limited != "1 0" {
		t.Errorf("limits of the users are %q, %v", limited, err)
	}
	for _, op := range programOf(t, f.readers, insertRevision) {
		if op == "OpenEphemeral" {
			t.Error("a check builds a table for each row")
		}
	}
	f.site = &models.Site{ID: 9, Name: "kept"}
	if err := f.LoadedPolicy(t.Context(), policyVersion, []byte("rules: []")); err != nil {
		t.Fatal(err)
	}
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
