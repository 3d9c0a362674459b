package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/winnowd/winnow/models"
)

// labelLog is the label log in short.
func (f *fixture) labelLog(after int64) (list []string) {
	f.t.Helper()
	var last int64
	for e, err := range f.LabelLog(f.t.Context(), after) {
		if err != nil {
			f.t.Fatal(err)
		}
		if e.Seq <= last || e.Seq <= after {
			f.t.Errorf("entry %d came after %d", e.Seq, last)
		}
		last = e.Seq
		sign := "+"
		if e.Retracts {
			sign = "-"
		}
		list = append(list, fmt.Sprintf("%s%s %s", sign, e.Label, e.Lesson.Text))
	}
	return list
}

func TestLabels(t *testing.T) {
	for _, c := range []struct {
		name    string
		do      func(f *fixture) bool
		changed bool
		log     []string
		history []string
	}{
		{"of what is queued", func(f *fixture) bool {
			return f.label(f.comment("c", "one"), models.Spam)
		}, true, []string{"+spam one"}, []string{"reject"}},
		{"of what is decided", func(f *fixture) bool {
			r := f.comment("c", "one")
			f.decide(judgement(r, models.Hold))
			return f.label(r, models.Ham)
		}, true, []string{"+ham one"}, []string{"hold", "approve"}},
		{"of what is dead", func(f *fixture) bool {
			r := f.comment("c", "one")
			f.decide(deadly(r))
			return f.label(r, models.Ham)
		}, true, []string{"+ham one"}, []string{"hold", "approve"}},
		{"the same again", func(f *fixture) bool {
			r := f.comment("c", "one")
			f.label(r, models.Ham)
			return f.label(r, models.Ham)
		}, false, []string{"+ham one"}, []string{"approve"}},
		{"another", func(f *fixture) bool {
			r := f.comment("c", "one")
			f.label(r, models.Ham)
			return f.label(r, models.Spam)
		}, true, []string{"+ham one", "-ham one", "+spam one"}, []string{"approve", "reject"}},
		{"there and back", func(f *fixture) bool {
			r := f.comment("c", "one")
			f.label(r, models.Ham)
			f.label(r, models.Spam)
			return f.label(r, models.Ham)
		}, true, []string{"+ham one", "-ham one", "+spam one", "-spam one", "+ham one"}, []string{"approve", "reject", "approve"}},
		{"the same as that of a moderator who held it", func(f *fixture) bool {
			r := f.comment("c", "one")
			f.decide(judgement(r, models.Hold))
			f.rule(verdict(r, models.Hold, models.Spam), false)
			return f.label(r, models.Spam)
		}, true, []string{"+spam one"}, []string{"hold", "hold", "reject"}},
		{"the same as that of a moderator who did otherwise", func(f *fixture) bool {
			r := f.comment("c", "one")
			f.decide(judgement(r, models.Hold))
			f.rule(verdict(r, models.Reject, models.Ham), true)
			return f.label(r, models.Ham)
		}, true, []string{"+ham one"}, []string{"hold", "reject", "approve"}},
		{"the same as that of a moderator who did the same", func(f *fixture) bool {
			r := f.comment("c", "one")
			f.decide(judgement(r, models.Hold))
			f.rule(verdict(r, models.Reject, models.Spam), false)
			return f.label(r, models.Spam)
		}, false, []string{"+spam one"}, []string{"hold", "reject"}},
		{"another than that of a moderator who did the same", func(f *fixture) bool {
			r := f.comment("c", "one")
			f.decide(judgement(r, models.Hold))
			f.rule(verdict(r, models.Reject, ""), true)
			return f.label(r, models.Spam)
		}, true, []string{"+spam one"}, []string{"hold", "reject", "reject"}},
		{"the same of a newer revision", func(f *fixture) bool {
			f.label(f.comment("c", "one"), models.Ham)
			r := f.comment("c", "two")
			f.decide(judgement(r, models.Hold))
			return f.label(r, models.Ham)
		}, true, []string{"+ham one", "-ham one", "+ham two"}, []string{"approve", "hold", "approve"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t)
			if changed := c.do(f); changed != c.changed {
				t.Errorf("changed is %v", changed)
			}
			if log := f.labelLog(0); !slices.Equal(log, c.log) {
				t.Errorf("the log is %q, want %q", log, c.log)
			}
			st := f.status(f.revision("c", ""))
			var history []string
			for _, d := range st.History {
				history = append(history, string(d.Action))
			}
			if !slices.Equal(history, c.history) || st.State != models.Decided {
				t.Errorf("the history is %q, want %q", history, c.history)
			}
			f.sound()
			f.seen.check(t)
			if st, err := f.Standing(t.Context()); err != nil || len(st.Depths) != 0 {
				t.Errorf("still queued: %+v, %v", st, err)
			}
		})
	}
}

func TestALabelThatAgreesWithAWaitingVerdictSendsItAhead(t *testing.T) {
	f := open(t)
	r := f.comment("c", "one")
	f.decide(judgement(r, models.Hold))
	act := f.rule(verdict(r, models.Reject, models.Spam), true)
	f.seen.take()
	got, err := f.Label(t.Context(), labelled(r, models.Spam))
	if err != nil {
		t.Fatal(err)
	}
	if got.Learnt || got.Stands == nil || got.Stands.Sequence != 2 || got.Stands.Action != models.Reject || got.Stands.FeedSeq == 0 {
		t.Errorf("the label came to %+v, standing %+v", got, got.Stands)
	}
	if waiting, err := f.Pending(t.Context()); err != nil || len(waiting) != 0 {
		t.Errorf("%v wait still, %v", waiting, err)
	}
	if st := f.status(r); st.Current == nil || st.Current.Sequence != 2 || len(st.History) != 2 {
		t.Errorf("the site sees %+v", st)
	}
	if events := f.seen.take(); !slices.Contains(events, "decided c/1/2 reject") {
		t.Errorf("nobody was told: %q", events)
	}
	f.undo(act)
	if d := f.current(r); d.Sequence != 3 || d.Action != models.Hold || d.FeedSeq == 0 {
		t.Errorf("after the undo: %+v", d)
	}
	f.sound()
}

func TestALabelOfAnOldRevisionConflicts(t *testing.T) {
	f := open(t)
	one := f.comment("c", "one")
	f.comment("c", "two")
	if _, err := f.Label(t.Context(), labelled(one, models.Ham)); !errors.Is(err, models.ErrConflict) {
		t.Errorf("Label returned %v", err)
	}
	if _, err := f.Label(t.Context(), labelled(f.revision("nowhere", ""), models.Ham)); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("Label of nothing returned %v", err)
	}
	if log := f.labelLog(0); len(log) != 0 {
		t.Errorf("the log is %q", log)
	}
	f.sound()
}

func TestLabelLogIsReadInPages(t *testing.T) {
	f := open(t)
	const n = 2*logPage + 10
	for i := range n / 2 {
		r := f.comment(fmt.Sprint("c-", i), fmt.Sprint("text ", i))
		f.label(r, models.Ham)
		if i%100 == 0 {
			f.label(r, models.Spam)
		}
	}
	log := f.labelLog(0)
	want := n/2 + 2*((n/2+99)/100)
	if len(log) != want {
		t.Fatalf("the log has %d entries, want %d", len(log), want)
	}
	var middle models.LogEntry
	seen := 0
	for e, err := range f.LabelLog(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen == logPage { // the last of a page
			middle = e
			break
		}
	}
	if in := f.readers.Stats().InUse; in != 0 {
		t.Errorf("%d connections are still in use", in)
	}
	if rest := f.labelLog(middle.Seq); !slices.Equal(rest, log[logPage:]) {
		t.Errorf("after the first page %d entries follow, want %d", len(rest), len(log)-logPage)
	}
}

func TestLabelLogOfExactlyOnePage(t *testing.T) {
	f := open(t)
	for i := range logPage {
		f.label(f.comment(fmt.Sprint("c-", i), "text"), models.Ham)
	}
	if log := f.labelLog(0); len(log) != logPage {
		t.Errorf("the log has %d entries", len(log))
	}
}

func TestLabelsOfASiteThatSharesNoneAreMarked(t *testing.T) {
	f := open(t)
	f.label(f.comment("c", "one"), models.Ham)
	if n := f.writer.db.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("the writer may have %d connections", n)
	}
	err := f.writer.do(t.Context(), change(func(tx *tx) error {
		_, err := tx.exec("UPDATE sites SET share_labels = 0 WHERE id = ?", f.site.ID)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	f.label(f.comment("d", "two"), models.Ham)
	var shared []bool
	for e, err := range f.LabelLog(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		shared = append(shared, e.Shared)
	}
	if !slices.Equal(shared, []bool{true, false}) {
		t.Errorf("shared: %v", shared)
	}
}
