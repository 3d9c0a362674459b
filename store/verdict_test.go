package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

var ann = models.Actor{Kind: "user", Name: "ann@example.com"}

// verdict is a moderator's, label may be empty.
func verdict(r *models.Revision, action models.Action, label models.Label) models.Ruling {
	d := decision(action)
	d.Source, d.Actor, d.Judged, d.Score, d.Note = models.FromModerator, ann, false, 0.5, "a note"
	return models.Ruling{Labelled: models.Labelled{
		Revision: r, Decision: d, Label: label, Origin: models.OriginModerator, Tokenizer: "t1", Lesson: models.Lesson{Text: r.Comment.Content},
	}}
}

func actOn(r *models.Revision) models.Act {
	return models.Act{Kind: "verdict", Actor: ann, SiteID: r.SiteID, CommentID: r.Comment.ID, Undoable: true, Detail: map[string]any{"note": "a note"}}
}

// rule stores a verdict that must be taken, and returns its act.
func (f *fixture) rule(v models.Ruling, waits bool) int64 {
	f.t.Helper()
	seq, done, err := f.Rule(f.t.Context(), actOn(v.Revision), []models.Ruling{v}, waits, nil)
	if err != nil || done[0].Err != nil {
		f.t.Fatalf("verdict: %v, %+v", err, done)
	}
	return seq
}

func (f *fixture) undo(act int64) models.Undone {
	f.t.Helper()
	u, err := f.Undo(f.t.Context(), act, ann, 0, 1, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	return u
}

// log is the label log in words.
func (f *fixture) log() (words []string) {
	f.t.Helper()
	for e, err := range f.LabelLog(f.t.Context(), 0) {
		if err != nil {
			f.t.Fatal(err)
		}
		word := string(e.Label)
		if e.Retracts {
			word = "-" + word
		}
		words = append(words, word)
	}
	return words
}

func (f *fixture) current(r *models.Revision) *models.Decision {
	f.t.Helper()
	d, err := f.Current(f.t.Context(), r.SiteID, r.Comment.ID)
	if err != nil || d == nil {
		f.t.Fatalf("current decision: %v, %v", d, err)
	}
	return d
}

// history is that of a person at the first site.
func (f *fixture) history(person []byte, limit int) (models.History, error) {
	who := models.AuthorRef{SiteID: f.site.ID, Person: string(person)}
	known, err := f.Histories(f.t.Context(), []models.AuthorRef{{SiteID: f.site.ID}, who, {SiteID: f.other.ID, Person: who.Person}, who}, limit)
	return known[who], err
}

func (f *fixture) heldIDs(filter models.CommentFilter) (ids []string) {
	f.t.Helper()
	list, err := f.Held(f.t.Context(), filter, models.Place{}, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, l := range list {
		ids = append(ids, l.Revision.Comment.ID)
	}
	if n, _, err := f.CountHeld(f.t.Context(), filter); err != nil || n != len(ids) {
		f.t.Errorf("counted %d, %v, listed %d", n, err, len(ids))
	}
	return ids
}

func (f *fixture) feedIDs() (words []string) {
	f.t.Helper()
	ds, _, err := f.Feed(f.t.Context(), f.site.ID, 0, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, d := range ds {
		words = append(words, fmt.Sprintf("%s/%d %s", d.CommentID, d.Sequence, d.Action))
	}
	return words
}

func TestAVerdictWaitsForTheFeed(t *testing.T) {
	f := open(t)
	r := f.comment("c", "text")
	f.decide(judgement(r, models.Hold))
	f.rule(verdict(r, models.Reject, models.Spam), true)
	if d := f.current(r); d.Action != models.Reject || d.Sequence != 2 || d.FeedSeq != 0 || d.Note != "a note" {
		t.Errorf("in force: %+v", d)
	}
	if ids := f.heldIDs(models.CommentFilter{}); len(ids) != 0 || f.held.Load() != 0 {
		t.Errorf("still held: %v, %d", ids, f.held.Load())
	}
	if got := f.feedIDs(); !slices.Equal(got, []string{"c/1 hold"}) {
		t.Errorf("feed %v", got)
	}
	if st := f.status(r); len(st.History) != 1 {
		t.Errorf("the site sees %d decisions", len(st.History))
	}
	f.crash()
	seqs, err := f.Pending(t.Context())
	if err != nil || len(seqs) != 1 {
		t.Fatalf("after a crash: %v, %v", seqs, err)
	}
	if err := f.Release(t.Context(), append(seqs, 12345)); err != nil {
		t.Fatal(err)
	}
	if got := f.feedIDs(); !slices.Equal(got, []string{"c/1 hold", "c/2 reject"}) {
		t.Errorf("feed %v", got)
	}
	if d := f.current(r); d.FeedSeq <= d.Seq {
		t.Errorf("joined the feed at %d, made at %d", d.FeedSeq, d.Seq)
	}
	if err := f.Release(t.Context(), seqs); err != nil || len(f.feedIDs()) != 2 {
		t.Errorf("released twice: %v, %v", err, f.feedIDs())
	}
}

func TestUndoneWithinItsWindowAVerdictLeavesNoTrace(t *testing.T) {
	f := open(t)
	r := f.comment("c", "text")
	f.decide(judgement(r, models.Hold))
	before := f.current(r)
	act := f.rule(verdict(r, models.Reject, models.Spam), true)
	u := f.undo(act)
	if after := f.current(r); after.ID != before.ID || after.Sequence != 1 || len(u.Restored) != 1 || u.Restored[0].ID != before.ID {
		t.Errorf("in force %+v, restored %+v", after, u.Restored)
	}
	if got := f.log(); !slices.Equal(got, []string{"spam", "-spam"}) {
		t.Errorf("labels %v", got)
	}
	if got := f.heldIDs(models.CommentFilter{Query: "text"}); !slices.Equal(got, []string{"c"}) || f.held.Load() != 1 {
		t.Errorf("held %v, %d", got, f.held.Load())
	}
	if seqs, _ := f.Pending(t.Context()); len(seqs) != 0 || len(f.feedIDs()) != 1 {
		t.Errorf("waiting %v, feed %v", seqs, f.feedIDs())
	}
	if _, err := f.Undo(t.Context(), act, ann, 0, 1, nil); !errors.Is(err, models.ErrConflict) {
		t.Errorf("twice: %v", err)
	}
	f.rule(verdict(r, models.Approve, models.Ham), false)
	if got := f.feedIDs(); !slices.Equal(got, []string{"c/1 hold", "c/2 approve"}) {
		t.Errorf("feed %v", got)
	}
}

func TestUndoneLaterAVerdictIsFollowedByADecision(t *testing.T) {
	f := open(t)
	r := f.comment("c", "text")
	f.decide(judgement(r, models.Hold))
	first := f.rule(verdict(r, models.Approve, models.Ham), false)
	second := f.rule(verdict(r, models.Reject, models.Spam), false)
	if _, err := f.Undo(t.Context(), first, ann, 0, 1, nil); !errors.Is(err, models.ErrConflict) {
		t.Errorf("decided since: %v", err)
	}
	f.undo(second)
	d := f.current(r)
	if d.Action != models.Approve || d.Sequence != 4 || d.Source != models.FromModerator || d.Judged || d.Actor != ann {
		t.Errorf("in force %+v", d)
	}
	if last := d.Reasons[len(d.Reasons)-1]; last.Code != "moderator.undone" {
		t.Errorf("reasons %+v", d.Reasons)
	}
	if got := f.log(); !slices.Equal(got, []string{"ham", "-ham", "spam", "-spam", "ham"}) {
		t.Errorf("labels %v", got)
	}
	if got := f.feedIDs(); !slices.Equal(got, []string{"c/1 hold", "c/2 approve", "c/3 reject", "c/4 approve"}) {
		t.Errorf("feed %v", got)
	}
}

func TestWhateverDecidesNextSendsAWaitingVerdictAhead(t *testing.T) {
	f := open(t)
	for i, next := range map[string]func(r *models.Revision){
		"label":   func(r *models.Revision) { f.label(r, models.Ham) },
		"verdict": func(r *models.Revision) { f.rule(verdict(r, models.Approve, models.Ham), false) },
		"edit": func(r *models.Revision) {
			edited := f.comment(r.Comment.ID, "edited")
			f.decide(judgement(edited, models.Approve))
		},
	} {
		r := f.comment(i, "text "+i)
		f.decide(judgement(r, models.Hold))
		act := f.rule(verdict(r, models.Reject, models.Spam), true)
		next(r)
		if _, err := f.Undo(t.Context(), act, ann, 0, 1, nil); !errors.Is(err, models.ErrConflict) {
			t.Errorf("%s: undone after: %v", i, err)
		}
		got := slices.DeleteFunc(f.feedIDs(), func(s string) bool { return s[:len(i)] != i })
		if want := []string{i + "/1 hold", i + "/2 reject", i + "/3 approve"}; !slices.Equal(got, want) {
			t.Errorf("%s: feed %v, want %v", i, got, want)
		}
	}
}

func TestAVerdictIsRefusedWhenTheCommentStandsOtherwise(t *testing.T) {
	f := open(t)
	r := f.comment("c", "text")
	try := func(v models.Ruling) error {
		seq, done, err := f.Rule(t.Context(), actOn(v.Revision), []models.Ruling{v}, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		if (seq == 0) != (done[0].Err != nil) {
			t.Errorf("act %d with %v", seq, done[0].Err)
		}
		return done[0].Err
	}
	if err := try(verdict(r, models.Approve, "")); !errors.Is(err, models.ErrConflict) {
		t.Errorf("not judged: %v", err)
	}
	f.decide(judgement(r, models.Hold))
	v := verdict(r, models.Approve, "")
	v.IfSequence = 2
	if err := try(v); !errors.Is(err, models.ErrConflict) {
		t.Errorf("another sequence: %v", err)
	}
	edited := f.comment("c", "edited")
	if err := try(verdict(r, models.Approve, "")); !errors.Is(err, models.ErrConflict) {
		t.Errorf("edited: %v", err)
	}
	f.decide(judgement(edited, models.Hold))
	if err := f.Remove(t.Context(), r.SiteID, "c"); err != nil {
		t.Fatal(err)
	}
	if err := try(verdict(edited, models.Approve, "")); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("removed: %v", err)
	}
}

func TestLabelsOfVerdicts(t *testing.T) {
	f := open(t)
	r := f.comment("c", "text")
	f.decide(judgement(r, models.Hold))
	f.label(r, models.Spam)
	f.rule(verdict(r, models.Reject, models.Spam), false)
	if got := f.log(); !slices.Equal(got, []string{"spam"}) {
		t.Errorf("the same label: %v", got)
	}
	act := f.rule(verdict(r, models.Hold, ""), true)
	if got := f.log(); !slices.Equal(got, []string{"spam", "-spam"}) {
		t.Errorf("none: %v", got)
	}
	f.undo(act)
	if got := f.log(); !slices.Equal(got, []string{"spam", "-spam", "spam"}) {
		t.Errorf("undone: %v", got)
	}
	edited := f.comment("c", "edited")
	f.decide(judgement(edited, models.Hold))
	f.rule(verdict(edited, models.Hold, ""), false)
	if got := f.log(); len(got) != 3 {
		t.Errorf("none, of a later revision: %v", got)
	}
}

func TestAVerdictWhoseLabelWasTakenBackSinceIsNotUndone(t *testing.T) {
	f := open(t)
	r := f.comment("c", "text")
	f.decide(judgement(r, models.Hold))
	act := f.rule(verdict(r, models.Reject, models.Spam), false)
	if n, err := f.ResetLabels(t.Context(), f.site.ID, models.System); err != nil || n != 1 {
		t.Fatalf("ResetLabels: %d, %v", n, err)
	}
	if _, err := f.Undo(t.Context(), act, ann, 0, 1, nil); !errors.Is(err, models.ErrConflict) {
		t.Errorf("Undo returned %v", err)
	}
	if d := f.current(r); d.Action != models.Reject {
		t.Errorf("in force is %s", d.Action)
	}
	if got := f.log(); !slices.Equal(got, []string{"spam", "-spam"}) {
		t.Errorf("labels %v", got)
	}
	f.sound()
}

func TestADeadRevisionIsDeadAgainAfterUndo(t *testing.T) {
	f := open(t)
	r := f.comment("c", "text")
	f.decide(deadly(r))
	act := f.rule(verdict(r, models.Approve, models.Ham), false)
	if f.dead.Load() != 0 {
		t.Errorf("%d dead after a verdict", f.dead.Load())
	}
	f.undo(act)
	if f.dead.Load() != 1 {
		t.Errorf("%d dead after undo", f.dead.Load())
	}
	if n, err := f.Retry(t.Context(), "", ""); err != nil || n != 1 {
		t.Errorf("put back %d, %v", n, err)
	}
}

func TestHeldCommentsAreFoundByEverything(t *testing.T) {
	f := open(t)
	for i, c := range []models.Comment{
		{Content: "Grüße aus KÖLN", Language: "de", Author: models.Author{Name: "Jürgen", Email: "j@example.com"}},
		{Content: "buy che\u200bap pills", Post: models.Post{ID: "p-1"}},
		{Content: "дешёвые ЧАСЫ", Post: models.Post{URL: "https://b.example/1"}, Author: models.Author{URL: "https://spam.example/x"}},
		{Content: "便宜的手表 100%_off"},
	} {
		r := f.revision(fmt.Sprint("c", i), "")
		c.ID = r.Comment.ID
		r.Comment = c
		r.Keys.Person, r.Keys.IP = []byte{byte(i)}, []byte{9, byte(i)}
		f.accept(r)
		j := judgement(r, models.Hold)
		j.Decision.Score = float64(i) / 4
		f.decide(j)
	}
	approved := f.comment("c9", "approved")
	f.decide(judgement(approved, models.Approve))
	at := f.at(f.other, "o", "elsewhere")
	f.accept(at)
	f.decide(judgement(at, models.Hold))
	for name, tt := range map[string]struct {
		filter models.CommentFilter
		want   []string
	}{
		"all":        {models.CommentFilter{}, []string{"o", "c3", "c2", "c1", "c0"}},
		"oldest":     {models.CommentFilter{Order: models.Oldest}, []string{"c0", "c1", "c2", "c3", "o"}},
		"highest":    {models.CommentFilter{Order: models.Highest}, []string{"c3", "c2", "o", "c1", "c0"}},
		"lowest":     {models.CommentFilter{Order: models.Lowest}, []string{"c0", "c1", "o", "c2", "c3"}},
		"site":       {models.CommentFilter{Sites: []int64{f.other.ID}}, []string{"o"}},
		"no site":    {models.CommentFilter{Sites: []int64{}}, nil},
		"band":       {models.CommentFilter{MinScore: 0.25, MaxScore: 0.75, Sites: []int64{f.site.ID}}, []string{"c2", "c1"}},
		"rule":       {models.CommentFilter{Rule: "link-limit", Sites: []int64{f.site.ID}}, []string{"c3", "c2", "c1", "c0"}},
		"other rule": {models.CommentFilter{Rule: "link"}, nil},
		"author":     {models.CommentFilter{Author: []byte{2}}, []string{"c2"}},
		"address":    {models.CommentFilter{Address: []byte{9, 1}}, []string{"c1"}},
		"language":   {models.CommentFilter{Language: "de"}, []string{"c0"}},
		"post":       {models.CommentFilter{Post: "p-1"}, []string{"c1"}},
		"post's URL": {models.CommentFilter{Post: "https://b.example/1"}, []string{"c2"}},
		"until":      {models.CommentFilter{Until: time.Now().Add(-time.Hour)}, nil},
		"since":      {models.CommentFilter{Since: time.Now().Add(-time.Hour), Language: "de"}, []string{"c0"}},
		"folded":     {models.CommentFilter{Query: "koln GRUSSE"}, []string{"c0"}},
		"name":       {models.CommentFilter{Query: "jurgen"}, []string{"c0"}},
		"hidden":     {models.CommentFilter{Query: "cheap"}, []string{"c1"}},
		"phrase":     {models.CommentFilter{Query: `"cheap pills"`}, []string{"c1"}},
		"no phrase":  {models.CommentFilter{Query: `"pills cheap"`}, nil},
		"cyrillic":   {models.CommentFilter{Query: "часы ДЕШЕВЫЕ"}, []string{"c2"}},
		"han":        {models.CommentFilter{Query: "手表"}, []string{"c3"}},
		"URL":        {models.CommentFilter{Query: "spam.example/x"}, []string{"c2"}},
		"wildcards":  {models.CommentFilter{Query: "100%_"}, []string{"c3"}},
	} {
		if got := f.heldIDs(tt.filter); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
	for _, order := range models.Orders {
		whole := f.heldIDs(models.CommentFilter{Order: order})
		var paged []string
		for after := (models.Place{}); ; {
			page, err := f.Held(t.Context(), models.CommentFilter{Order: order}, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, l := range page {
				paged = append(paged, l.Revision.Comment.ID)
				after = l.Place
			}
		}
		if !slices.Equal(paged, whole) {
			t.Errorf("%s in pages: %v, want %v", order, paged, whole)
		}
	}
}

func TestCommentsAreBrowsedByAction(t *testing.T) {
	f := open(t)
	for i := range 30 {
		r := f.at([]*models.Site{f.site, f.other}[i%2], fmt.Sprintf("c%02d", i), fmt.Sprintf("text number %d", i))
		r.Keys.Person = []byte{byte(i % 3)}
		f.accept(r)
		f.decide(judgement(r, models.Approve))
	}
	for name, tt := range map[string]struct {
		filter models.CommentFilter
		first  string
		n      int
	}{
		"all":    {models.CommentFilter{}, "c29", 30},
		"oldest": {models.CommentFilter{Order: models.Oldest}, "c00", 30},
		"site":   {models.CommentFilter{Sites: []int64{f.site.ID}}, "c28", 15},
		"person": {models.CommentFilter{Author: []byte{1}}, "c28", 10},
		"query":  {models.CommentFilter{Query: "number 17"}, "c17", 1},
		"since":  {models.CommentFilter{Since: time.Now().Add(time.Hour)}, "", 0},
		"until":  {models.CommentFilter{Until: time.Now().Add(-time.Hour)}, "", 0},
		"held":   {models.CommentFilter{Action: models.Hold}, "", 0},
	} {
		if tt.filter.Action == "" {
			tt.filter.Action = models.Approve
		}
		var ids []string
		for after := int64(0); ; {
			page, next, err := f.Browse(t.Context(), tt.filter, after, 4)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page {
				ids = append(ids, l.Revision.Comment.ID)
			}
			if after = next; next == 0 {
				break
			}
		}
		if len(ids) != tt.n || tt.n > 0 && ids[0] != tt.first {
			t.Errorf("%s: %v, want %d from %s", name, ids, tt.n, tt.first)
		}
	}
	for more := true; more; {
		var err error
		if more, err = f.IndexAuthors(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if h, err := f.history([]byte{1}, 100); err != nil || h != (models.History{Approved: 5}) {
		t.Errorf("history %+v, %v", h, err)
	}
	if h, err := f.history([]byte{1}, 4); err != nil || h != (models.History{Approved: 4, More: true}) {
		t.Errorf("history in part %+v, %v", h, err)
	}
	if err := f.Remove(t.Context(), f.site.ID, "c28"); err != nil {
		t.Fatal(err)
	}
	if h, err := f.history([]byte{1}, 100); err != nil || h != (models.History{Approved: 4}) {
		t.Errorf("history after a removal %+v, %v", h, err)
	}
}
