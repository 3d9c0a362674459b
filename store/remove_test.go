package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// secretWord stands wherever personal data may.
const secretWord = "xyzzyplugh"

// personal accepts a comment that has the secret word wherever one can be.
func (f *fixture) personal(id string) *models.Revision {
	f.t.Helper()
	r := f.revision(id, secretWord)
	r.Comment.Author = models.Author{Name: secretWord, Email: secretWord + "@example.com", IP: secretWord}
	r.Comment.Meta = json.RawMessage(`"` + secretWord + `"`)
	r.Keys = models.Keys{Person: []byte(secretWord), Email: []byte(secretWord), IP: []byte(secretWord), Text: 1}
	f.accept(r)
	return r
}

// quoting is a hold whose reasons and facts quote the comment.
func quoting(r *models.Revision) models.Judgement {
	j := judgement(r, models.Hold)
	d := j.Decision
	d.Reasons[0].Detail, d.Reasons[0].Params["word"], d.Reasons[0].Evidence[0].Token = secretWord, secretWord, secretWord
	d.Facts.Duplicate.Matches[0].CommentID = secretWord
	return j
}

func (f *fixture) remove(id string) {
	f.t.Helper()
	if err := f.Remove(f.t.Context(), f.site.ID, id); err != nil {
		f.t.Fatal(err)
	}
}

// erase erases as if the model had learnt everything.
func (f *fixture) erase(id string) {
	f.t.Helper()
	if _, err := f.Retract(f.t.Context(), f.site.ID, id, models.SiteAdmin); err != nil {
		f.t.Fatal(err)
	}
	if _, err := f.Erase(f.t.Context(), f.site.ID, id, f.Position().Seq); err != nil {
		f.t.Fatal(err)
	}
}

// traces counts the secret word in the database's files.
func (f *fixture) traces() (n int) {
	f.t.Helper()
	if err := f.Close(); err != nil { // empties the log
		f.t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(f.opts.Dir, FileName+suffix))
		if err != nil && !os.IsNotExist(err) {
			f.t.Fatal(err)
		}
		n += bytes.Count(b, []byte(secretWord))
	}
	return n
}

func TestRemoveLeavesDecisionsWithoutWhatTheyQuote(t *testing.T) {
	f := open(t)
	first := f.personal("c")
	f.decide(quoting(first))
	second := f.revision("c", secretWord+" again")
	f.accept(second)
	f.decide(quoting(second))
	f.comment("other", "kept")
	f.remove("c")

	if _, err := f.Comment(t.Context(), f.site.ID, "c"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the comment: %v", err)
	}
	if _, err := f.Newest(t.Context(), f.site.ID, "c"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("its newest revision: %v", err)
	}
	ds, _, err := f.Feed(t.Context(), f.site.ID, 0, 100)
	if err != nil || len(ds) != 2 {
		t.Fatalf("feed %v, %v", ds, err)
	}
	for i, d := range ds {
		want := []models.Reason{{Rule: "link-limit", Action: models.Hold, Code: "link-limit.too-many"}}
		if d.CommentID != "c" || d.Revision != i+1 || d.Sequence != i+1 || d.Action != models.Hold || d.Meta != nil || d.Facts.Duplicate != nil ||
			len(d.Reasons) != 1 || d.Reasons[0].Rule != want[0].Rule || d.Reasons[0].Code != want[0].Code || d.Reasons[0].Detail != "" ||
			d.Reasons[0].Params != nil || d.Reasons[0].Evidence != nil {
			t.Errorf("decision %+v", d)
		}
	}
	if held := f.gauge("winnow_held"); held != 0 {
		t.Errorf("%v held", held)
	}
	f.seen.check(t)
	f.sound()
	if n := f.traces(); n != 0 {
		t.Errorf("the files still have the removed text %d times", n)
	}
}

func TestWhatWaitsWhenItIsRemoved(t *testing.T) {
	f := open(t)
	queued := f.comment("queued", "one")
	dead := f.comment("dead", "one")
	f.decide(deadly(dead))
	f.seen.take()
	f.remove("queued")
	f.remove("dead")
	if events := f.seen.take(); len(events) != 1 || !strings.HasPrefix(events[0], "settled") {
		t.Errorf("events %q", events)
	}
	f.decide(judgement(queued, models.Approve)) // the judge was at it
	if n := f.number("SELECT count(*) FROM decisions WHERE revision_seq = ?", queued.Seq); n != 0 {
		t.Error("a removed revision was decided")
	}
	if n, err := f.Retry(t.Context(), "blog", ""); n != 0 || err != nil {
		t.Errorf("put back %d, %v", n, err)
	}
	f.seen.check(t)
	f.sound()
}

func TestRemovingAgainAndWhatNeverWas(t *testing.T) {
	f := open(t)
	f.comment("c", "one")
	for range 2 {
		f.remove("c")
	}
	for range 2 {
		f.erase("c")
	}
	f.remove("c") // an erased comment stays erased
	if n := f.number("SELECT removed FROM revisions WHERE comment_id = 'c'"); n != erased {
		t.Errorf("removed is %d", n)
	}
	for name, id := range map[string]string{"never": "never", "at another site": "elsewhere"} {
		f.accept(f.at(f.other, "elsewhere", "one"))
		if err := f.Remove(t.Context(), f.site.ID, id); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("remove, %s: %v", name, err)
		}
		if _, err := f.Erase(t.Context(), f.site.ID, id, 1<<40); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("erase, %s: %v", name, err)
		}
	}
}

func TestARemovedCommentMayComeAgainAndAnErasedOneMayNot(t *testing.T) {
	f := open(t)
	f.decide(judgement(f.comment("c", "one"), models.Hold))
	f.remove("c")
	if got := f.accept(f.revision("c", "one")); got.Revision != 2 || got.Repeated || got.Decided {
		t.Errorf("the same body after the removal: %+v", got)
	}
	again, err := f.Newest(t.Context(), f.site.ID, "c")
	if err != nil {
		t.Fatal(err)
	}
	if s := f.status(again); s.Current != nil || len(s.History) != 0 || s.State != models.Queued {
		t.Errorf("before it is judged: %+v", s)
	}
	f.decide(judgement(again, models.Approve))
	if s := f.status(again); s.Current.Sequence != 2 || len(s.History) != 1 {
		t.Errorf("status %+v: decisions are counted on, and what was removed is no history", s.Current)
	}
	if held := f.gauge("winnow_held"); held != 0 {
		t.Errorf("%v held", held)
	}
	f.sound()
	f.erase("c")
	if _, err := f.Accept(t.Context(), f.revision("c", "three")); !errors.Is(err, models.ErrConflict) {
		t.Errorf("after the erasure: %v", err)
	}
	f.sound()
}

func entries(f *fixture) (list []models.LogEntry) {
	f.t.Helper()
	for e, err := range f.LabelLog(f.t.Context(), 0) {
		if err != nil {
			f.t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

func TestRemoveKeepsLessonsAndEraseForgetsThem(t *testing.T) {
	f := open(t)
	c, kept := f.personal("c"), f.comment("kept", "two")
	f.label(c, models.Ham)
	f.label(c, models.Spam)
	f.label(kept, models.Spam)
	f.remove("c")
	if got := entries(f); len(got) != 4 || got[0].Lesson.Text != secretWord {
		t.Fatalf("log after the removal: %+v", got)
	}
	if _, err := f.Label(t.Context(), labelled(c, models.Ham)); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("label a removed comment: %v", err)
	}
	changed, err := f.Retract(t.Context(), f.site.ID, "c", models.SiteAdmin)
	if err != nil || !changed {
		t.Fatalf("retract: %v, %v", changed, err)
	}
	if got := entries(f); len(got) != 5 || !got[4].Retracts || got[4].Label != models.Spam || got[4].Lesson.Text != secretWord {
		t.Errorf("log before the erasure: %+v", got)
	}
	f.erase("c")
	if got := entries(f); len(got) != 1 || got[0].Lesson.Text != "two" {
		t.Errorf("log after the erasure: %+v", got)
	}
	if changed, err := f.Retract(t.Context(), f.site.ID, "c", models.SiteAdmin); changed || err != nil {
		t.Errorf("retract again: %v, %v", changed, err)
	}
	f.sound()
	if n := f.traces(); n != 0 {
		t.Errorf("the files still have the erased text %d times", n)
	}
}

func TestEraseWaitsForTheModel(t *testing.T) {
	f := open(t)
	c := f.comment("c", "one")
	f.label(c, models.Spam)
	if _, err := f.Erase(t.Context(), f.site.ID, "c", 1<<40); !errors.Is(err, models.ErrConflict) {
		t.Errorf("with a label that stands: %v", err)
	}
	before := f.Position().Seq
	if _, err := f.Retract(t.Context(), f.site.ID, "c", models.SiteAdmin); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Erase(t.Context(), f.site.ID, "c", before); !errors.Is(err, models.ErrConflict) {
		t.Errorf("with a retraction that was not learnt: %v", err)
	}
	if _, err := f.Comment(t.Context(), f.site.ID, "c"); err != nil {
		t.Errorf("a refused erasure removed something: %v", err)
	}
	if _, err := f.Erase(t.Context(), f.site.ID, "c", f.Position().Seq); err != nil {
		t.Error(err)
	}
	f.sound()
}

func TestTheSameLabelOfANewerRevisionIsAnotherLabel(t *testing.T) {
	f := open(t)
	first := f.comment("c", "one")
	if !f.label(first, models.Spam) || f.label(first, models.Spam) {
		t.Error("a label again changed something, or the first nothing")
	}
	second := f.comment("c", "two")
	f.decide(judgement(second, models.Approve))
	if !f.label(second, models.Spam) {
		t.Error("the label of the newer revision changed nothing")
	}
	if s := f.status(second); s.Current.Action != models.Reject || s.Current.Revision != 2 {
		t.Errorf("stands: %+v", s.Current)
	}
	var texts []string
	for _, e := range entries(f) {
		texts = append(texts, e.Lesson.Text)
	}
	if !slices.Equal(texts, []string{"one", "one", "two"}) {
		t.Errorf("lessons %q, want the first taken back", texts)
	}
	f.sound()
}
