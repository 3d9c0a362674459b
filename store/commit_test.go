package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mattn/go-sqlite3"

	"github.com/winnowd/winnow/models"
)

// hold keeps the writer busy until release is called, so that what is sent meanwhile
// shares a commit.
func (f *fixture) hold() (release func()) {
	f.t.Helper()
	entered, leave := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- f.writer.run(context.Background(), func() error { close(entered); <-leave; return nil })
	}()
	<-entered
	return func() {
		f.t.Helper()
		close(leave)
		if err := <-done; err != nil {
			f.t.Fatal(err)
		}
	}
}

// waiting waits until n requests stand before a held writer.
func (f *fixture) waiting(n int) {
	f.t.Helper()
	eventually(f.t, fmt.Sprintf("%d requests wait", n), func() bool { return len(f.writer.requests)+len(f.writer.verdicts) == n })
}

func TestConcurrentCallersShareACommit(t *testing.T) {
	f := open(t)
	_, before := f.histogram("winnow_commit_batch_size")
	commits, _ := f.histogram("winnow_commit_seconds")
	release := f.hold()
	const callers = 300
	var done sync.WaitGroup
	for i := range callers {
		done.Go(func() { f.accept(f.revision(fmt.Sprint("c-", i), "text")) })
	}
	f.waiting(callers)
	release()
	done.Wait()
	if n, sum := f.histogram("winnow_commit_batch_size"); sum-before != callers || n != commits+1 {
		t.Errorf("%v operations in %d commits, want %d in one", sum-before, n-commits, callers)
	}
	f.crash()
	if n := f.number("SELECT count(*) FROM revisions"); n != callers {
		t.Errorf("%d of %d are there after a crash", n, callers)
	}
	f.sound()
}

func TestABatchIsBounded(t *testing.T) {
	f := open(t)
	commits, _ := f.histogram("winnow_commit_seconds")
	release := f.hold()
	var done sync.WaitGroup
	for i := range maxBatch + 10 {
		done.Go(func() { f.accept(f.revision(fmt.Sprint("c-", i), "text")) })
	}
	f.waiting(maxBatch + 10)
	release()
	done.Wait()
	if n, _ := f.histogram("winnow_commit_seconds"); n != commits+2 {
		t.Errorf("%d commits, want 2", n-commits)
	}
}

func TestACommitTakesAShareOfWhatWasJudged(t *testing.T) {
	f := open(t)
	revs := make([]*models.Revision, maxVerdicts+10)
	for i := range revs {
		revs[i] = f.comment(fmt.Sprint("c-", i), "text")
	}
	commits, _ := f.histogram("winnow_commit_seconds")
	release := f.hold()
	var done sync.WaitGroup
	for _, rev := range revs {
		done.Go(func() { f.decide(judgement(rev, models.Approve)) })
	}
	f.waiting(len(revs))
	done.Go(func() { f.accept(f.revision("next", "text")) })
	f.waiting(len(revs) + 1)
	release()
	done.Wait()
	if n, _ := f.histogram("winnow_commit_seconds"); n != commits+2 {
		t.Errorf("%d commits, want 2: who is being accepted waits for all that was judged", n-commits)
	}
}

func TestWhatWasAnsweredIsThereAfterACrash(t *testing.T) {
	f := open(t)
	var mu sync.Mutex
	answered := map[string]bool{}
	var stop atomic.Bool
	var callers sync.WaitGroup
	for c := range 8 {
		callers.Go(func() {
			for i := 0; !stop.Load(); i++ {
				id := fmt.Sprintf("c-%d-%d", c, i)
				rev := f.comment(id, "text")
				if i%2 == 0 {
					f.decide(judgement(rev, models.Hold))
				}
				mu.Lock()
				answered[id] = i%2 == 0
				mu.Unlock()
			}
		})
	}
	eventually(t, "200 comments were answered", func() bool { mu.Lock(); defer mu.Unlock(); return len(answered) > 200 })
	mu.Lock()
	before := make(map[string]bool, len(answered))
	for id, decided := range answered {
		before[id] = decided
	}
	mu.Unlock()
	dir := copyDatabase(t, f.opts.Dir) // while more is being written
	stop.Store(true)
	callers.Wait()

	f.opts.Dir = dir
	f.start()
	for id, decided := range before {
		st := f.status(f.revision(id, ""))
		if decided != (st.Current != nil) {
			t.Errorf("%s is %s, decided before the crash: %v", id, st.State, decided)
		}
	}
	f.sound()
}

func TestACancelledCallerHarmsNoOther(t *testing.T) {
	f := open(t)
	release := f.hold()
	ctx, cancel := context.WithCancel(t.Context())
	const callers = 20
	errs := make([]error, callers)
	var done sync.WaitGroup
	for i := range callers {
		done.Go(func() {
			each := context.Background()
			if i%2 == 0 {
				each = ctx
			}
			rev := f.revision(fmt.Sprint("c-", i), "text")
			_, errs[i] = f.Accept(each, rev)
		})
	}
	f.waiting(callers)
	cancel()
	release()
	done.Wait()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f.start()
	for i, err := range errs {
		if i%2 == 1 && err != nil {
			t.Errorf("caller %d, who was not cancelled, got %v", i, err)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("caller %d got %v", i, err)
		}
		st, err2 := f.Comment(t.Context(), f.site.ID, fmt.Sprint("c-", i))
		if err2 != nil || st.Revision != 1 || st.State != models.Queued {
			t.Errorf("comment %d is %+v, %v", i, st, err2)
		}
	}
	f.sound()
}

func TestACallerCancelledBeforeSendingLeavesNothing(t *testing.T) {
	f := open(t)
	release := f.hold()
	var done sync.WaitGroup
	for i := range cap(f.writer.requests) {
		done.Go(func() { f.accept(f.revision(fmt.Sprint("c-", i), "text")) })
	}
	f.waiting(cap(f.writer.requests))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Accept(ctx, f.revision("late", "text")); !errors.Is(err, context.Canceled) {
		t.Errorf("Accept returned %v", err)
	}
	release()
	done.Wait()
	if _, err := f.Comment(t.Context(), f.site.ID, "late"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("Comment returned %v", err)
	}
}

// faulty is an operation that does something good and then something else.
type faulty struct {
	s         *Store
	rev       int64
	then      func(tx *tx) error
	applied   int
	announced bool
}

func (op *faulty) apply(tx *tx) error {
	op.applied++
	if _, err := tx.exec("UPDATE revisions SET attempts = attempts + 1 WHERE seq = ?", op.rev); err != nil {
		return err
	}
	tx.next()
	tx.count(1, 1, "faulty", 1)
	return op.then(tx)
}

func (op *faulty) committed(Observer) { op.announced = true }

func isConstraint(err error) bool {
	var se sqlite3.Error
	return errors.As(err, &se) && se.Code == sqlite3.ErrConstraint
}

func TestAnOperationThatFailsByItselfFailsAlone(t *testing.T) {
	unreadable := errors.New("no JSON")
	for name, c := range map[string]struct {
		then func(tx *tx) error
		is   func(error) bool
	}{
		"it breaks a constraint": {func(tx *tx) error {
			_, err := tx.exec("UPDATE revisions SET state = 'lost'")
			return err
		}, isConstraint},
		"it cannot read what is stored": {
			func(*tx) error { return unreadable },
			func(err error) bool { return errors.Is(err, unreadable) },
		},
	} {
		t.Run(name, func(t *testing.T) { failsAlone(t, c.then, c.is) })
	}
}

// failsAlone mixes operations that do something and then fail with others.
func failsAlone(t *testing.T, then func(tx *tx) error, is func(error) bool) {
	f := open(t)
	first := f.comment("first", "text")
	release := f.hold()
	ops := make([]*faulty, 9)
	errs := make([]error, len(ops))
	var done sync.WaitGroup
	for i := range ops {
		ops[i] = &faulty{s: f.Store, rev: first.Seq, then: func(*tx) error { return nil }}
		if i%3 == 1 {
			ops[i].then = then
		}
		done.Go(func() { errs[i] = f.writer.do(context.Background(), ops[i]) })
	}
	f.waiting(len(ops))
	release()
	done.Wait()
	for i, op := range ops {
		switch {
		case i%3 == 1 && (!is(errs[i]) || op.announced):
			t.Errorf("operation %d got %v, announced %v", i, errs[i], op.announced)
		case i%3 != 1 && (errs[i] != nil || !op.announced):
			t.Errorf("operation %d got %v, announced %v", i, errs[i], op.announced)
		case op.applied > 2:
			t.Errorf("operation %d ran %d times", i, op.applied)
		}
	}
	if n := f.number("SELECT attempts FROM revisions WHERE seq = ?", first.Seq); n != 6 {
		t.Errorf("%d of 6 changes stayed", n)
	}
	if n := f.number("SELECT n FROM tallies WHERE name = 'faulty'"); n != 6 {
		t.Errorf("%d were counted, want the 6 that stayed", n)
	}
	if err := f.Ready(); err != nil {
		t.Error(err)
	}
	f.accept(f.revision("next", "text"))
	f.sound()
}

func TestAnOperationThatDeclinesLeavesTheOthers(t *testing.T) {
	f := open(t)
	release := f.hold()
	var done sync.WaitGroup
	var declined error
	done.Go(func() { f.accept(f.revision("a", "text")) })
	f.waiting(1)
	done.Go(func() { declined = f.SetSite(context.Background(), "nowhere", models.SiteChange{}) })
	f.waiting(2)
	done.Go(func() { f.accept(f.revision("b", "text")) })
	f.waiting(3)
	release()
	done.Wait()
	if !errors.Is(declined, models.ErrNotFound) {
		t.Errorf("SetSite returned %v", declined)
	}
	if n := f.number("SELECT count(*) FROM revisions"); n != 2 {
		t.Errorf("%d revisions", n)
	}
}

func TestDecisionsThatCannotBeStoredFailAlone(t *testing.T) {
	f := open(t)
	var js []models.Judgement
	for i, score := range []float64{0.5, math.NaN(), 1, 1.5, 0} {
		j := judgement(f.comment(fmt.Sprint("c-", i), "text"), models.Hold)
		j.Decision.Score = score
		js = append(js, j)
	}
	f.seen.take()
	err := f.Decide(t.Context(), js)
	if !isConstraint(err) || !strings.Contains(err.Error(), `"c-1"`) || !strings.Contains(err.Error(), `"c-3"`) || strings.Contains(err.Error(), `"c-0"`) {
		t.Errorf("Decide returned %v", err)
	}
	for i, j := range js {
		want := models.Decided
		if i%2 == 1 {
			want = models.Queued
		}
		if st := f.status(j.Revision); st.State != want {
			t.Errorf("comment %d is %s, want %s", i, st.State, want)
		}
	}
	f.sound()
	f.seen.check(t)
}

func TestAnotherErrorAbandonsTheWholeBatch(t *testing.T) {
	w, use := watched(t)
	f := open(t, use)
	for _, c := range []struct {
		name  string
		at    string
		err   error
		times int // how often it fails
	}{
		{"while applying", "INSERT INTO revisions", sqlite3.Error{Code: sqlite3.ErrNomem}, 1},
		{"while beginning", "BEGIN", sqlite3.Error{Code: sqlite3.ErrBusy}, 1},
		{"while numbering", "UPDATE sequence", sqlite3.Error{Code: sqlite3.ErrInterrupt}, 1},
		{"while committing", "COMMIT", sqlite3.Error{Code: sqlite3.ErrError}, 1},
		{"of another kind", "COMMIT", errors.New("the cable is out"), 1},
		{"while starting over", "SAVEPOINT", sqlite3.Error{Code: sqlite3.ErrNomem}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			release := f.hold()
			left := c.times
			w.fail(func(query string) error {
				if left == 0 || !strings.HasPrefix(query, c.at) {
					return nil
				}
				left--
				return c.err
			})
			rows, last := f.number("SELECT count(*) FROM revisions"), f.Position().Seq
			f.seen.take()
			errs := make([]error, 5)
			var done sync.WaitGroup
			for i := range errs {
				rev := f.revision(fmt.Sprint(c.name, i), "text")
				if i == 0 && c.at == "SAVEPOINT" {
					rev.SiteID = 77 // breaks a constraint
				}
				done.Go(func() { _, errs[i] = f.Accept(context.Background(), rev) })
			}
			f.waiting(len(errs))
			release()
			done.Wait()
			w.fail(nil)
			for i, err := range errs {
				var refusal *models.Refusal
				if !errors.As(err, &refusal) || !errors.Is(err, models.ErrUnavailable) || refusal.RetryAfter <= 0 {
					t.Errorf("caller %d got %v", i, err)
				}
			}
			if n := f.number("SELECT count(*) FROM revisions"); n != rows || f.Position().Seq != last {
				t.Errorf("%d rows and seq %d remain", n-rows, f.Position().Seq-last)
			}
			if events := f.seen.take(); len(events) > 0 {
				t.Errorf("the observer was told %q", events)
			}
			if err := f.Ready(); err != nil {
				t.Errorf("Ready: %v", err)
			}
			f.accept(f.revision("after "+c.name, "text"))
			f.sound()
		})
	}
}

// TestTroubleIsSeenWhileStartingOver: SQLite may have rolled back by itself, so that there
// is nothing to go back to within the transaction.
func TestTroubleIsSeenWhileStartingOver(t *testing.T) {
	w, use := watched(t)
	f := open(t, use)
	release := f.hold()
	careful := false
	w.fail(func(query string) error {
		switch {
		case query == "SAVEPOINT alone":
			careful = true
		case query == "ROLLBACK TO alone":
			return sqlite3.Error{Code: sqlite3.ErrError}
		case careful && strings.HasPrefix(query, "INSERT INTO revisions"):
			return sqlite3.Error{Code: sqlite3.ErrFull}
		}
		return nil
	})
	errs := make([]error, 3)
	var done sync.WaitGroup
	for i := range errs {
		rev := f.revision(fmt.Sprint("c-", i), "text")
		if i == 2 {
			rev.SiteID = 77 // breaks a constraint
		}
		done.Go(func() { _, errs[i] = f.Accept(context.Background(), rev) })
		f.waiting(i + 1)
	}
	release()
	done.Wait()
	for i, err := range append(errs, f.Ready()) {
		var refusal *models.Refusal
		if !errors.As(err, &refusal) || refusal.Reason != "disk-full" {
			t.Errorf("caller %d got %v", i, err)
		}
	}
	w.fail(nil)
	if err := f.writer.run(t.Context(), func() error { f.writer.probe(); return nil }); err != nil {
		t.Fatal(err)
	}
	f.accept(f.revision("next", "text"))
	f.sound()
}

func TestAnErrorOfTheDiskEndsAllWriting(t *testing.T) {
	for _, c := range []struct {
		name string
		at   string
		err  sqlite3.Error
		says string
	}{
		{"sync fails", "COMMIT", sqlite3.Error{Code: sqlite3.ErrIoErr, ExtendedCode: sqlite3.ErrIoErrFsync}, "recovery"},
		{"read-only", "BEGIN", sqlite3.Error{Code: sqlite3.ErrReadonly}, "recovery"},
		{"damaged", "INSERT INTO revisions", sqlite3.Error{Code: sqlite3.ErrCorrupt}, "restore"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, use := watched(t)
			var mu sync.Mutex
			var fatal []error
			f := open(t, use, func(o *Options) {
				o.Fatal = func(err error) { mu.Lock(); defer mu.Unlock(); fatal = append(fatal, err) }
			})
			f.accept(f.revision("before", "text"))
			w.fail(func(query string) error {
				if strings.HasPrefix(query, c.at) {
					return c.err
				}
				return nil
			})
			for i := range 3 {
				if _, err := f.Accept(t.Context(), f.revision(fmt.Sprint("c-", i), "text")); !errors.Is(err, models.ErrUnavailable) {
					t.Errorf("Accept returned %v", err)
				}
				w.fail(nil) // the disk seems well again
			}
			if err := f.Decide(t.Context(), nil); !errors.Is(err, models.ErrUnavailable) {
				t.Errorf("Decide returned %v", err)
			}
			if err := f.writer.run(t.Context(), func() error { f.writer.probe(); return nil }); err != nil {
				t.Fatal(err)
			}
			if err := f.Ready(); !errors.Is(err, models.ErrUnavailable) {
				t.Errorf("Ready returned %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(fatal) != 1 || !strings.Contains(fatal[0].Error(), c.says) {
				t.Errorf("Fatal was told %v", fatal)
			}
			f.reopen()
			if n := f.number("SELECT count(*) FROM revisions"); n != 1 {
				t.Errorf("%d revisions after the next start", n)
			}
		})
	}
}

func TestCloseCommitsWhatWaitsAndRefusesTheRest(t *testing.T) {
	f := open(t)
	release := f.hold()
	const callers = 50
	var done sync.WaitGroup
	for i := range callers {
		done.Go(func() { f.accept(f.revision(fmt.Sprint("c-", i), "text")) })
	}
	f.waiting(callers)
	closed := make(chan error)
	go func() { closed <- f.Close() }()
	release()
	done.Wait()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if _, err := f.Accept(t.Context(), f.revision("late", "text")); !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("Accept after Close returned %v", err)
	}
	if err := f.LimitSize(t.Context(), 0); !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("LimitSize after Close returned %v", err)
	}
	f.start()
	if n := f.number("SELECT count(*) FROM revisions"); n != callers {
		t.Errorf("%d of %d are there", n, callers)
	}
}

func TestEventsAreToldBeforeTheAnswer(t *testing.T) {
	f := open(t)
	f.seen.take()
	rev := f.comment("c", "one")
	if got := f.seen.take(); !slices.Equal(got, []string{"accepted c/1"}) {
		t.Errorf("on accepting: %q", got)
	}
	f.decide(judgement(rev, models.Hold))
	if got := f.seen.take(); !slices.Equal(got, []string{fmt.Sprint("settled ", rev.Seq), "decided c/1/1 hold"}) {
		t.Errorf("on deciding: %q", got)
	}
	f.label(rev, models.Ham)
	if got := f.seen.take(); !slices.Equal(got, []string{"labelled", "decided c/1/2 approve"}) {
		t.Errorf("on labelling: %q", got)
	}
	two := f.comment("d", "one")
	f.seen.take()
	f.label(two, models.Spam)
	if got := f.seen.take(); !slices.Equal(got, []string{"labelled", fmt.Sprint("settled ", two.Seq), "decided d/1/1 reject"}) {
		t.Errorf("on labelling what is queued: %q", got)
	}
	three := f.comment("e", "one")
	f.decide(deadly(three))
	f.seen.take()
	if n, err := f.Retry(t.Context(), "", ""); n != 1 || err != nil {
		t.Errorf("Retry returned %d, %v", n, err)
	}
	if got := f.seen.take(); !slices.Equal(got, []string{"requeued e/1"}) {
		t.Errorf("on putting back: %q", got)
	}
	f.seen.check(t)
}
