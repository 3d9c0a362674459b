package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// load accepts and decides comments and notes how long the log has been.
func (f *fixture) load(comments int, longest *int64) {
	f.t.Helper()
	text := strings.Repeat("word ", 200)
	for i := 0; i < comments; i += 100 {
		revs := make([]*models.Revision, 100)
		js := make([]models.Judgement, len(revs))
		for j := range revs {
			revs[j] = f.revision(fmt.Sprintf("load-%d-%d", f.Position().Seq, j), text)
			js[j] = judgement(revs[j], models.Approve)
		}
		if _, err := f.AcceptAll(f.t.Context(), revs); err != nil {
			f.t.Fatal(err)
		}
		f.decide(js...)
		*longest = max(*longest, f.logSize())
	}
}

const (
	testLog  = 2 << 20
	testLoad = 3_000
)

// Many readers that overlap leave SQLite no moment at which it would begin its log
// anew. A backup and an export go on meanwhile.
func TestTheLogStaysShortUnderReadersExportsAndBackups(t *testing.T) {
	f := open(t, func(o *Options) { o.maxLog, o.logWait = testLog, time.Minute })
	var longest int64
	f.load(1000, &longest)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			for ctx.Err() == nil {
				if _, _, err := f.Feed(t.Context(), f.site.ID, 0, 200); err != nil {
					t.Error(err)
				}
			}
		})
	}
	exports, backups := 0, 0
	running.Go(func() {
		for ctx.Err() == nil {
			for after, done := int64(0), false; !done && ctx.Err() == nil; {
				page, err := f.Export(t.Context(), f.site.ID, after, 0)
				if err != nil {
					t.Error(err)
					return
				}
				after, done = page.Next, page.Done
			}
			exports++
		}
	})
	dir := t.TempDir()
	running.Go(func() {
		for ctx.Err() == nil {
			if _, err := f.Backup(t.Context(), filepath.Join(dir, "backup"), true, nil); err != nil {
				t.Error(err)
				return
			}
			backups++
		}
	})
	f.load(testLoad, &longest)
	cancel()
	running.Wait()
	// Between two looks at the log a batch or two is written.
	if most := int64(3*testLog + 4<<20); longest > most {
		t.Errorf("the log grew to %d bytes, at most %d were expected", longest, most)
	}
	if exports+backups == 0 {
		t.Error("neither an export nor a backup came to its end")
	}
	t.Logf("the longest log had %d bytes, %d exports and %d backups were made", longest, exports, backups)
}

// A program that stops in the midst of reading lets the log grow, but holds up nobody;
// once it is gone the log is cut back.
func TestAReaderThatStallsHoldsUpNobody(t *testing.T) {
	f := open(t, func(o *Options) { o.maxLog = testLog })
	var longest int64
	f.load(1000, &longest)
	stalled, err := openReaders("sqlite3", f.path)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := stalled.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM revisions").Scan(&n); err != nil {
		t.Fatal(err)
	}
	f.load(2000, &longest)
	if longest <= testLog {
		t.Fatalf("the log has %d bytes: the reader does not stall it", longest)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := stalled.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the log is cut back", func() bool {
		var ignored int64
		f.load(100, &ignored)
		return f.logSize() <= testLog
	})
}

// A client of an export that stops reading holds no read transaction: pages are read
// before they are handed over.
func TestAnExportThatStallsLeavesTheLogAlone(t *testing.T) {
	f := open(t, func(o *Options) { o.maxLog = testLog })
	var longest int64
	f.load(1000, &longest)
	if page, err := f.Export(t.Context(), f.site.ID, 0, 0); err != nil || page.Done {
		t.Fatalf("the first page is the last: %v", err)
	}
	if _, err := f.FindComments(t.Context(), models.PersonQuery{Author: "nobody"}); err != nil {
		t.Fatal(err)
	}
	f.load(testLoad, &longest)
	if most := int64(2*testLog + 4<<20); longest > most {
		t.Errorf("the log grew to %d bytes, at most %d were expected", longest, most)
	}
}
