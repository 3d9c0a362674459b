package daemon

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	_ "github.com/mattn/go-sqlite3" // reads the database beside winnow's own code
)

// fill posts from many clients until each is refused, and returns what was accepted.
func fill(t *testing.T, d *instance, prefix string) []string {
	t.Helper()
	var clients sync.WaitGroup
	var taken accepted
	for n := range 8 {
		clients.Go(func() {
			for i := range 10_000 {
				id := fmt.Sprintf("%s-%d-%d", prefix, n, i)
				a, err := d.ask(t.Context(), http.MethodPost, "/v1/comments", comment(id, strings.Repeat("a long comment ", 150)))
				if err != nil {
					t.Errorf("comment %s: %v", id, err)
					return
				}
				if a.code != http.StatusAccepted {
					full(t, "comment "+id, a)
					return
				}
				taken.add(id)
			}
			t.Error("the database does not get full")
		})
	}
	clients.Wait()
	return taken.list()
}

// full asserts that an answer tells that the disk is full.
func full(t *testing.T, what string, a *answer) {
	t.Helper()
	after, err := strconv.Atoi(a.header.Get("Retry-After"))
	if a.code != http.StatusServiceUnavailable || a.Type != "urn:winnow:problem:unavailable" || a.Reason != "disk-full" ||
		a.Detail == "" || err != nil || after < 1 || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("%s was answered %d %s %v", what, a.code, a.body, a.header)
	}
}

func TestAFullDatabaseRefusesAndRecovers(t *testing.T) {
	for _, c := range []struct {
		name string
		idle bool // nothing is judged before the database is full
	}{
		{"while comments are decided", false},
		{"with nothing decided yet", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := testConfig(t.TempDir())
			cfg.Store.MaxSize = 1 << 20
			var d *instance
			if c.idle {
				d = startIdle(t, cfg)
			} else {
				d = start(t, cfg, "")
			}
			ids := fill(t, d, "before")
			if c.idle {
				if err := d.startJudge(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if len(ids) == 0 {
				t.Fatal("nothing was accepted")
			}
			a, err := d.ask(t.Context(), http.MethodGet, "/readyz", nil)
			if err != nil {
				t.Fatal(err)
			}
			full(t, "readyz", a)
			if a, err = d.ask(t.Context(), http.MethodPost, "/v1/comments/batch", comment("in-a-batch", "one line"), "Content-Type", "application/x-ndjson"); err != nil {
				t.Fatal(err)
			}
			full(t, "a batch", a)
			undecided := readAll(t, d, ids)
			if c.idle && undecided != len(ids) {
				t.Errorf("%d of %d are undecided while nothing can be stored", undecided, len(ids))
			}
			t.Logf("%d accepted, %d of them undecided when full", len(ids), undecided)

			if err := d.store.LimitSize(t.Context(), 64<<20); err != nil {
				t.Fatal(err)
			}
			eventually(t, "ready again", func() bool {
				a, err := d.ask(t.Context(), http.MethodGet, "/readyz", nil)
				return err == nil && a.code == http.StatusOK
			})
			for n := range 20 {
				id := fmt.Sprintf("after-%d", n)
				d.post(t, id, "there is room")
				ids = append(ids, id)
			}
			decidedOnce(t, d.feed(t, d.site(t, "default"), len(ids)), ids)
			d.end(t)
			checkWhole(t, cfg.DataDir, len(ids))
		})
	}
}

// readAll reads every comment of a full database, and returns how many are undecided.
func readAll(t *testing.T, d *instance, ids []string) (undecided int) {
	t.Helper()
	for _, id := range ids {
		a, err := d.ask(t.Context(), http.MethodGet, "/v1/comments/"+id, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.code != http.StatusOK {
			t.Errorf("comment %s was answered %d %s while full", id, a.code, a.body)
		}
		if a.Status == "queued" {
			undecided++
		}
	}
	if a, err := d.ask(t.Context(), http.MethodGet, "/v1/decisions", nil); err != nil || a.code != http.StatusOK {
		t.Errorf("the feed was answered %+v, %v while full", a, err)
	}
	return undecided
}

// checkWhole looks into a database that nobody serves any more: so many revisions
// are there, all decided once and whole, and nothing else.
func checkWhole(t *testing.T, dir string, n int) {
	t.Helper()
	path := filepath.Join(dir, "winnow.db")
	db, err := sql.Open("sqlite3", (&url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro"}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct {
		query string
		want  string
	}{
		{"SELECT integrity_check FROM pragma_integrity_check", "ok"},
		{"SELECT count(*) FROM pragma_foreign_key_check", "0"},
		{"SELECT count(*) FROM revisions", strconv.Itoa(n)},
		{"SELECT count(*) FROM queued", "0"},
		{"SELECT count(*) FROM revisions WHERE state = 'decided' AND json_valid(body)", strconv.Itoa(n)},
		{"SELECT count(*) FROM decisions", strconv.Itoa(n)},
		{"SELECT count(DISTINCT revision_seq) FROM decisions WHERE judged = 1 AND current = 1 AND sequence = 1", strconv.Itoa(n)},
		{"SELECT count(*) FROM sqlite_schema WHERE name = 'probe'", "0"},
	} {
		var got string
		if err := db.QueryRowContext(t.Context(), c.query).Scan(&got); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.query, got, err, c.want)
		}
	}
}
