package moderation_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

// meddled is a store in which something happens between a look at what is held and what
// is done about it.
type meddled struct {
	*store.Store
	// once is called after the next list that has something.
	once func()
	// broken has the next release fail.
	broken atomic.Bool
}

func (m *meddled) Release(ctx context.Context, seqs []int64) error {
	if m.broken.CompareAndSwap(true, false) {
		return errors.New("the disk is full")
	}
	return m.Store.Release(ctx, seqs)
}

func (m *meddled) Held(ctx context.Context, f models.CommentFilter, after models.Place, limit int) ([]models.Listed, error) {
	list, err := m.Store.Held(ctx, f, after, limit)
	if meddle := m.once; meddle != nil && len(list) > 0 {
		m.once = nil
		meddle()
	}
	return list, err
}

func TestManyAreDecidedAndUndoneAsOne(t *testing.T) {
	b := newBench(t, time.Hour)
	for i := range 130 {
		b.submit(fmt.Sprintf("c%d", i), fmt.Sprintf("cheap pills %d", i), models.Hold)
	}
	b.submit("other", "nice weather", models.Hold)
	scores := b.scores(b.model)
	b.work()
	finish := b.finish
	j, err := b.Bulk(t.Context(), b.user, models.Bulk{Filter: models.CommentFilter{Query: "pills"}, Action: models.Reject, Label: models.Spam})
	if err != nil || j.Total != 130 {
		t.Fatalf("job %+v, %v", j, err)
	}
	if j := finish(j.ID); j.Done != 130 || j.Skipped != 0 || j.State != "done" {
		t.Errorf("done: %+v", j)
	}
	if _, spam := b.model.Documents(); spam != 130 {
		t.Errorf("%d learnt as spam", spam)
	}
	if _, err := b.Decide(t.Context(), b.user, models.ModeratorVerdict{Site: b.site, CommentID: "c7", Action: models.Approve}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Job(t.Context(), &models.User{Email: "bob@example.com"}, j.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("another's job: %v", err)
	}
	if _, err := b.Undo(t.Context(), &models.User{Email: "bob@example.com"}, j.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("another's job undone: %v", err)
	}
	u, err := b.Undo(t.Context(), b.user, j.ID)
	if err != nil {
		t.Fatal(err)
	}
	if j := finish(u.ID); j.Done != 129 || j.Skipped != 1 {
		t.Errorf("undone: %+v", j)
	}
	if n, _, err := b.store.CountHeld(t.Context(), models.CommentFilter{}); err != nil || n != 130 {
		t.Errorf("%d held, %v", n, err)
	}
	if ham, spam := b.model.Documents(); ham != 0 || spam != 0 {
		t.Errorf("%d ham and %d spam left", ham, spam)
	}
	if after := b.scores(b.model); fmt.Sprint(after) != fmt.Sprint(scores) {
		t.Errorf("scores are not what they were")
	}
	if _, err := b.Undo(t.Context(), b.user, j.ID); !errors.Is(err, models.ErrConflict) {
		t.Errorf("undone twice: %v", err)
	}
}

// work has jobs carried out until the test ends.
func (b *bench) work() {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() { defer close(stopped); b.Run(ctx) }()
	b.t.Cleanup(func() { cancel(); <-stopped })
}

// finish waits until a job is over and the model has learnt of it.
func (b *bench) finish(id string) models.Job {
	b.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		j, err := b.Job(b.t.Context(), b.user, id)
		if err != nil {
			b.t.Fatal(err)
		}
		if j.State != "running" {
			// The model learns the last step's labels after the job is done.
			if err := b.learner.CatchUp(b.t.Context()); err != nil {
				b.t.Fatal(err)
			}
			return j
		}
	}
	b.t.Fatal("the job does not end")
	return models.Job{}
}

func TestWhatSomebodyDecidesMeanwhileIsNotDecidedAmongMany(t *testing.T) {
	b := newBench(t, time.Hour)
	b.submit("c1", "cheap pills", models.Hold)
	b.submit("c2", "cheap pills, too", models.Hold)
	b.desk.once = func() {
		if err := b.rule("c1", models.ModeratorVerdict{Action: models.Approve, Label: models.Ham}); err != nil {
			t.Error(err)
		}
	}
	b.work()
	j, err := b.Bulk(t.Context(), b.user, models.Bulk{Action: models.Reject, Label: models.Spam})
	if err != nil {
		t.Fatal(err)
	}
	if j = b.finish(j.ID); j.Done != 1 || j.Skipped != 1 {
		t.Errorf("done %d, passed over %d", j.Done, j.Skipped)
	}
	for id, want := range map[string]models.Action{"c1": models.Approve, "c2": models.Reject} {
		if d, err := b.store.Current(t.Context(), b.site.ID, id); err != nil || d.Action != want {
			t.Errorf("%s stands at %+v, %v", id, d, err)
		}
	}
}
