package e2e

import (
	"database/sql"
	"encoding/json"
	"net/url"
	"path/filepath"
	"testing"

	_ "github.com/mattn/go-sqlite3" // reads the database beside winnow's own code
)

// row is a stored revision.
type row struct {
	Seq      int64
	State    string
	Content  string // of its body
	Current  bool   // the comment's current decision is about it
	Sequence int    // of its judgement
	Action   string
}

// sound are queries that find nothing in a database in which all is decided and
// whole, with what it would mean if they did.
var sound = []struct{ fault, query string }{
	{"still queued", `SELECT comment_id FROM queued LEFT JOIN revisions r ON r.seq = revision_seq`},
	{"decided, but not judged exactly once", `SELECT comment_id FROM revisions r WHERE state = 'decided'
		AND (SELECT count(*) FROM decisions d WHERE d.revision_seq = r.seq AND d.judged = 1) <> 1`},
	{"superseded, but judged", `SELECT comment_id FROM revisions r WHERE state = 'superseded'
		AND EXISTS (SELECT 1 FROM decisions d WHERE d.revision_seq = r.seq)`},
	{"superseded, but the newest", `SELECT comment_id FROM revisions r WHERE state = 'superseded'
		AND NOT EXISTS (SELECT 1 FROM revisions n WHERE n.site_id = r.site_id AND n.comment_id = r.comment_id AND n.revision > r.revision)`},
	{"revisions with gaps", `SELECT comment_id FROM revisions GROUP BY site_id, comment_id HAVING max(revision) <> count(*)`},
	{"not exactly one current decision", `SELECT r.comment_id FROM revisions r LEFT JOIN decisions d ON d.revision_seq = r.seq
		GROUP BY r.site_id, r.comment_id HAVING coalesce(sum(d.current), 0) <> 1`},
	{"the current decision is not about the newest revision", `SELECT r.comment_id FROM revisions r JOIN decisions d ON d.revision_seq = r.seq
		WHERE d.current = 1 AND r.revision <> (SELECT max(revision) FROM revisions n WHERE n.site_id = r.site_id AND n.comment_id = r.comment_id)`},
	{"sequences with gaps", `SELECT r.comment_id FROM revisions r JOIN decisions d ON d.revision_seq = r.seq
		GROUP BY r.site_id, r.comment_id HAVING max(d.sequence) <> count(*) OR count(DISTINCT d.sequence) <> count(*)`},
	{"a decision about nothing", `SELECT d.seq FROM decisions d LEFT JOIN revisions r ON r.seq = d.revision_seq WHERE r.seq IS NULL`},
	{"a decision older than its revision", `SELECT seq FROM decisions WHERE seq <= revision_seq`},
	{"a number given twice", `SELECT seq FROM decisions INTERSECT SELECT seq FROM revisions`},
	{"a number beyond the sequence", `SELECT s FROM (SELECT max(seq) s FROM decisions UNION ALL SELECT max(seq) FROM revisions)
		WHERE s > (SELECT last FROM sequence)`},
	{"a body that is not JSON", `SELECT comment_id FROM revisions WHERE body IS NULL OR NOT json_valid(body)`},
	{"a reference to nothing", `SELECT "table" FROM pragma_foreign_key_check`},
	{"damage", `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`},
}

// checkDatabase looks into a database that nobody serves any more, in which all
// must be decided and whole, and returns its revisions by comment, in order.
func checkDatabase(t *testing.T, dir string) map[string][]row {
	t.Helper()
	path := filepath.Join(dir, "winnow.db")
	db, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro"}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range sound {
		found := column(t, db, s.query)
		if len(found) > 0 {
			t.Errorf("%s: %d, such as %q", s.fault, len(found), found[0])
		}
	}
	rows, err := db.QueryContext(t.Context(), `SELECT r.seq, r.comment_id, r.revision, r.state, r.body,
		coalesce(d.current, 0), coalesce(d.sequence, 0), coalesce(d.action, '')
		FROM revisions r LEFT JOIN decisions d ON d.revision_seq = r.seq AND d.judged = 1 ORDER BY r.site_id, r.comment_id, r.revision`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	comments := map[string][]row{}
	for rows.Next() {
		var (
			id     string
			number int
			body   []byte
			r      row
			c      struct{ ID, Content string }
		)
		if err := rows.Scan(&r.Seq, &id, &number, &r.State, &body, &r.Current, &r.Sequence, &r.Action); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(body, &c); err != nil || c.ID != id {
			t.Errorf("comment %s, revision %d: body %q: %v", id, number, body, err)
		}
		r.Content = c.Content
		comments[id] = append(comments[id], r)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return comments
}

// column reads a query's one column.
func column(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var values []string
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return values
}
