package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mattn/go-sqlite3"
	"golang.org/x/sys/unix"

	"github.com/winnowd/winnow/models"
)

// cramped makes SQLite let a store's file have only so many pages, whatever its size limit
// is: it answers SQLITE_FULL then, as on a disk without room.
func cramped(t testing.TB, pages int) func(*Options) {
	t.Helper()
	name := fmt.Sprintf("sqlite3-cramped-%d", watches.Add(1))
	sql.Register(name, &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		_, err := c.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages), nil)
		return err
	}})
	return func(o *Options) { o.driver = name }
}

// A start that finds no room says what to do, and leaves what the next one opens.
func TestADatabaseWithoutRoomSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		dir   string
		pages int // fewer than there are: as many
		had   int64
	}{
		"a new one, no room at all": {t.TempDir(), 1, 0},
		"a new one, a little room":  {t.TempDir(), 20, 0},
		"one of an older winnow": {olderDirectory(t, 7, `INSERT INTO sites (id, name, created_at) VALUES (1, 'blog', 0);
			UPDATE sequence SET last = 500;
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 500)
			INSERT INTO revisions (seq, site_id, comment_id, revision, state, put_back, protocol, received_at, fingerprint, body)
			SELECT i, 1, 'c' || i, 1, 'queued', 0, 'native', 1000, x'00', '{"comment_id":"c' || i || '","content":"text"}' FROM n`), 1, 500},
	} {
		t.Run(name, func(t *testing.T) {
			opts := Options{Dir: c.dir}
			cramped(t, c.pages)(&opts)
			s, err := Open(t.Context(), opts)
			if err == nil {
				t.Fatalf("it opens: %v", s.Close())
			}
			var se sqlite3.Error
			if !errors.As(err, &se) || se.Code != sqlite3.ErrFull || !strings.Contains(err.Error(), "make room on its disk, or raise store.max_size") {
				t.Errorf("got %v", err)
			}

			f := &fixture{t: t, opts: Options{Dir: c.dir}} // there is room again
			f.start()
			if n := f.number("SELECT count(*) FROM queued"); n != c.had {
				t.Errorf("%d are queued of %d", n, c.had)
			}
			f.sound()
		})
	}
}

// What does not fit is refused as a whole, whoever shares the commit, and is accepted as
// something new when there is room.
func TestWhatFindsNoRoomLeavesNothing(t *testing.T) {
	f := open(t)
	f.decide(judgement(f.comment("held", "text"), models.Hold))
	waits := f.comment("waits", "text")
	held, err := f.Newest(t.Context(), f.site.ID, "held")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.LimitSize(t.Context(), 1); err != nil { // what it has is all that it may have
		t.Fatal(err)
	}
	long := strings.Repeat("a long comment ", 1000)
	refused := f.fill(long)
	for what, do := range map[string]func() error{
		"a comment":  func() error { _, err := f.Accept(t.Context(), f.revision("one", long)); return err },
		"a decision": func() error { return f.Decide(t.Context(), []models.Judgement{judgement(waits, models.Hold)}) },
		"a label":    func() error { _, err := f.Label(t.Context(), labelled(held, models.Spam)); return err },
		"being sure": f.Ready,
	} {
		var r *models.Refusal
		if err := do(); !errors.As(err, &r) || !errors.Is(err, models.ErrUnavailable) || r.Reason != "disk-full" || r.RetryAfter <= 0 {
			t.Errorf("%s: %v", what, err)
		}
	}
	before := f.Position().Seq
	for id := range refused {
		if _, err := f.Comment(t.Context(), f.site.ID, id); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("of %s, which was refused, something is there: %v", id, err)
		}
	}
	if st := f.status(waits); st.State != models.Queued {
		t.Errorf("what waits is %+v", st)
	}
	if st := f.status(held); len(st.History) != 1 || st.History[0].Action != models.Hold || f.number("SELECT count(*) FROM labels") != 0 {
		t.Errorf("what is held is %+v", st)
	}
	f.sound()

	if err := f.LimitSize(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the store is ready", func() bool { return f.Ready() == nil })
	if now := f.Position().Seq; now != before {
		t.Errorf("what was refused took numbers: %d after %d", now, before)
	}
	for id := range refused {
		if receipt := f.accept(f.revision(id, long)); receipt.Revision != 1 {
			t.Errorf("%s is accepted as %+v", id, receipt)
		}
	}
	f.decide(judgement(waits, models.Approve))
	if !f.label(held, models.Spam) {
		t.Error("the label is not taken")
	}
	f.seen.check(t)
	f.sound()
	f.crash()
	f.sound()
	for id := range refused {
		f.status(f.revision(id, long))
	}
}

// A disk is full for the index of the log, too, which SQLite calls an I/O error.
func TestTheIndexOfTheLogFindsNoRoom(t *testing.T) {
	full := sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrSHMSize, SystemErrno: unix.ENOSPC}
	w, use := watched(t)
	f := open(t, use, func(o *Options) { o.Fatal = func(err error) { t.Errorf("the process is to end: %v", err) } })
	w.fail(func(query string) error {
		if query == "COMMIT" {
			return full
		}
		return nil
	})
	var r *models.Refusal
	if _, err := f.Accept(t.Context(), f.revision("c", "text")); !errors.As(err, &r) || r.Reason != "disk-full" {
		t.Errorf("got %v", err)
	}
	probe := func() {
		if err := f.writer.run(t.Context(), func() error { f.writer.probe(); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if probe(); f.Ready() == nil {
		t.Error("it is ready while there is no room")
	}
	w.fail(nil)
	if probe(); f.Ready() != nil {
		t.Errorf("once there is room: %v", f.Ready())
	}
	if receipt := f.accept(f.revision("c", "text")); receipt.Revision != 1 {
		t.Errorf("what was refused is accepted as %+v", receipt)
	}
	if err := explain("winnow.db", fmt.Errorf("migrate: %w", full)); !strings.Contains(err.Error(), "make room") {
		t.Errorf("at a start: %v", err)
	}
	f.sound()
}

// fill has comments come in, many at once, until a commit of several of them finds no
// room, and returns those that were refused.
func (f *fixture) fill(content string) map[string]bool {
	f.t.Helper()
	refused := map[string]bool{}
	for round := range 100 {
		var mu sync.Mutex
		var clients sync.WaitGroup
		for n := range 8 {
			clients.Go(func() {
				id := fmt.Sprintf("c%d-%d", round, n)
				if _, err := f.Accept(f.t.Context(), f.revision(id, content)); err != nil {
					mu.Lock()
					defer mu.Unlock()
					refused[id] = true
				}
			})
		}
		clients.Wait()
		if len(refused) > 0 {
			return refused
		}
	}
	f.t.Fatal("the database does not get full")
	return nil
}
