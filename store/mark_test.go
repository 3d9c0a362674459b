package store

import (
	"testing"

	"github.com/winnowd/winnow/models"
)

// The mark up to an entry is one and the same as long as the log up to there is.
func TestLabelMark(t *testing.T) {
	f := open(t)
	mark := func(upTo int64) models.LogMark {
		t.Helper()
		m, err := f.LabelMark(t.Context(), upTo)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	if m := mark(1 << 40); m.Standing != 0 {
		t.Fatalf("an empty log has %d standing", m.Standing)
	}
	one, two := f.comment("1", "one"), f.comment("2", "two")
	f.label(one, models.Spam)
	f.label(two, models.Ham)
	log := entries(f)
	end := log[len(log)-1].Seq
	first := mark(end)
	if first.Standing != 2 {
		t.Fatalf("%d stand, want 2", first.Standing)
	}
	f.label(one, models.Ham) // takes a label back and gives one
	if m := mark(end); m != first {
		t.Errorf("a later label changed the mark from %+v to %+v", first, m)
	}
	if m := mark(1 << 40); m.Standing != 2 || m.Digest == first.Digest {
		t.Errorf("the whole log has the mark %+v, before it was %+v", m, first)
	}
	f.erase("2")
	if m := mark(end); m == first {
		t.Error("an erasure left the mark")
	}
	if m := mark(1 << 40); m.Standing != 1 {
		t.Errorf("after an erasure %d stand, want 1", m.Standing)
	}
	if n := len(entries(f)); n != 3 {
		t.Fatalf("the log has %d entries, want 3: a label, its retraction, and the next", n)
	}
}
