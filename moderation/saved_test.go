package moderation

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// archived is a pupil that counts how often it is saved.
type archived struct {
	pupil
	saves int
}

func (a *archived) SaveFile(_ string, mark func(int64, int) (string, error)) error {
	_, err := mark(a.Seq(), len(a.folded))
	if err == nil {
		a.saves++
	}
	return err
}
func (a *archived) LoadFile(string, func(int64, string) (bool, error)) error { return nil }
func (a *archived) FillCounts(context.Context)                               {}

func (d *desk) LabelMark(_ context.Context, upTo int64) (models.LogMark, error) {
	return models.LogMark{Standing: int(min(upTo, int64(len(d.labelled))))}, nil
}

func TestTheModelIsSavedMinutesAfterAChangeOrAfterManyLabels(t *testing.T) {
	d, p := &desk{}, &archived{}
	l := NewLearner(d, p)
	k := NewKeeper(l, p, d, filepath.Join(t.TempDir(), "model"), slog.New(slog.DiscardHandler))
	now := time.Now()
	learn := func(labels int) {
		t.Helper()
		d.labelled = append(d.labelled, make([]models.Labelled, labels)...)
		if err := l.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look := func(after time.Duration, what string, saves int) {
		t.Helper()
		now = now.Add(after)
		if err := k.look(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if p.saves != saves {
			t.Fatalf("%s: saved %d times, want %d", what, p.saves, saves)
		}
	}
	look(time.Hour, "nothing was learnt", 0)
	learn(1)
	look(0, "the first label, without a file", 1)
	look(time.Hour, "nothing new", 1)
	learn(1)
	look(time.Second, "another label", 1)
	look(saveEvery-time.Second, "not long after", 1)
	look(time.Second, "long after", 2)
	learn(saveLabels)
	look(0, "many labels", 3)

	learn(1)
	if err := k.erased(); err != nil {
		t.Fatal(err)
	}
	k.took, k.rebuilt = time.Minute, now
	look(0, "something was erased", 3)
	look(saveEvery, "something was erased, but a rebuild takes long", 3)
	look(rebuildShare*time.Minute, "the model is rebuilt", 4)
}
