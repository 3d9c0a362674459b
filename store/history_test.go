package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// exported reads the whole export of a site.
func (f *fixture) exported(site *models.Site) (entries []models.HistoryEntry) {
	f.t.Helper()
	var after, upTo int64
	for {
		page, err := f.Export(f.t.Context(), site.ID, after, upTo)
		if err != nil {
			f.t.Fatal(err)
		}
		if !page.Done && page.Next <= after {
			f.t.Fatalf("the page after %d ends at %d", after, page.Next)
		}
		entries = append(entries, page.Entries...)
		if page.Done {
			return entries
		}
		after, upTo = page.Next, page.Last
	}
}

// imported imports entries, all of them.
func (f *fixture) imported(site *models.Site, entries []models.HistoryEntry) (total models.Imported) {
	f.t.Helper()
	for len(entries) > 0 {
		n, done, err := f.Import(f.t.Context(), site, entries)
		if err != nil || done < 1 {
			f.t.Fatal(done, err)
		}
		total.Add(n)
		entries = entries[done:]
	}
	return total
}

// eventful gives a site one of everything that can be stored for it.
func (f *fixture) eventful() {
	f.t.Helper()
	a := f.comment("edited", "one")
	f.decide(judgement(a, models.Hold))
	b := f.revision("edited", "two")
	b.Comment.Meta, b.Message = json.RawMessage(`{}`), []byte("hash")
	f.accept(b)
	f.decide(judgement(b, models.Approve))
	f.label(b, models.Spam)
	f.label(b, models.Ham)
	f.decide(judgement(f.comment("held", "three"), models.Hold))
	f.decide(deadly(f.comment("dead", "four")))
	f.comment("superseded", "five")
	f.comment("superseded", "six") // and queued
	f.decide(judgement(f.personal("removed"), models.Hold))
	f.remove("removed")
	gone := f.personal("erased")
	f.decide(judgement(gone, models.Approve))
	f.label(gone, models.Spam)
	f.erase("erased")
	f.accept(f.at(f.other, "elsewhere", "no business of the site's"))
}

// plain is what must be equal of two exports: ids belong to a database.
func plain(t *testing.T, entries []models.HistoryEntry) (list []string) {
	t.Helper()
	for _, e := range entries {
		if e.Revision != nil {
			r := *e.Revision
			r.Decisions = slices.Clone(r.Decisions)
			for i := range r.Decisions {
				r.Decisions[i].ID = ""
			}
			e.Revision = &r
		}
		text, err := encode(&e)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	return list
}

func TestAnExportIsImportedWithoutLoss(t *testing.T) {
	f := open(t)
	f.eventful()
	entries := f.exported(f.site)
	want := plain(t, entries)
	if len(want) != 8+3 {
		t.Fatalf("%d entries were exported:\n%s", len(want), strings.Join(want, "\n"))
	}
	g := open(t)
	g.seen.take()
	n := g.imported(g.site, entries)
	if n.Comments != 8 || n.Labels != 3 || n.Known != 0 || len(n.Bad) > 0 {
		t.Errorf("imported %+v", n)
	}
	if got := plain(t, g.exported(g.site)); !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	told := g.seen.take()
	slices.Sort(told) // labels are told of after each step
	if events := slices.Compact(told); !slices.Equal(events, []string{"accepted superseded/2", "labelled"}) {
		t.Errorf("events %v, want the queued one and that there are labels", events)
	}
	if ds, _, err := g.Feed(t.Context(), g.site.ID, 0, 100); err != nil || len(ds) > 0 {
		t.Errorf("the feed has %d decisions of another winnow, %v", len(ds), err)
	}
	g.sound()
	if again := g.imported(g.site, entries); again.Comments+again.Labels+len(again.Bad) > 0 || again.Known+again.Erased != 11 {
		t.Errorf("imported again: %+v", again)
	}
	g.sound()
	g.seen.check(t)

	log := func(f *fixture) (lessons []string) {
		for e, err := range f.LabelLog(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			lessons = append(lessons, fmt.Sprint(e.Label, e.Retracts, e.Shared, e.Lesson.Text))
		}
		slices.Sort(lessons)
		return lessons
	}
	if got, want := log(g), log(f); !slices.Equal(got, want) {
		t.Errorf("the label log has %v, want %v", got, want)
	}
	rev := g.revision("edited", "three")
	g.accept(rev)
	g.decide(judgement(rev, models.Hold))
	if st := g.status(rev); st.Current.Sequence != 5 || len(st.History) != 5 {
		t.Errorf("the next decision has sequence %d of %d, want 5", st.Current.Sequence, len(st.History))
	}
}

func TestAnExportIsCutIntoPages(t *testing.T) {
	f := open(t)
	for i := range exportRows*2 + 5 {
		f.accept(f.at(f.other, fmt.Sprint("o", i), "x"))
		f.label(f.comment(fmt.Sprint("c", i), "x"), models.Ham)
	}
	entries := f.exported(f.site)
	if want := 2 * (exportRows*2 + 5); len(entries) != want {
		t.Errorf("%d entries, want %d", len(entries), want)
	}
	for i, e := range entries {
		if (e.Revision != nil) != (i%2 == 0) {
			t.Fatalf("entry %d is out of order", i)
		}
	}
	n := f.imported(f.other, entries)
	if want := exportRows*2 + 5; n.Comments != want || n.Labels != want || n.Ham != want {
		t.Errorf("imported %+v", n)
	}
	f.sound()
}

// elsewhere is a comment that was labelled elsewhere, as moderation hands it over.
func elsewhere(id, text string, label models.Label) []models.HistoryEntry {
	action := models.Approve
	if label == models.Spam {
		action = models.Reject
	}
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	return []models.HistoryEntry{{Line: 7,
		Revision: &models.StoredRevision{CommentID: id, Revision: 1, State: models.Decided, Protocol: labelledProtocol, ReceivedAt: at,
			Comment: &models.Comment{ID: id, Content: text},
			Decisions: []models.StoredDecision{{Sequence: 1, Action: action, Source: models.FromModerator, Actor: models.SiteAdmin,
				Score: 0.5, ModelVersion: "m", DecidedAt: at}}},
		Label: &models.StoredLabel{CommentID: id, Revision: 1, Label: label, Origin: models.OriginImport, Actor: models.SiteAdmin,
			Shared: true, Tokenizer: "t1", LabelledAt: at, Lesson: &models.Lesson{Text: text}},
	}}
}

func TestCommentsLabelledElsewhere(t *testing.T) {
	f := open(t)
	lessons := func() (n int64) {
		return f.number("SELECT count(*) FROM labels WHERE retracted_by IS NULL")
	}
	if n := f.imported(f.site, elsewhere("a", "x", models.Ham)); n.Comments != 1 || n.Ham != 1 {
		t.Errorf("new: %+v", n)
	}
	if n := f.imported(f.site, elsewhere("a", "x", models.Ham)); n.Known != 1 || n.Labels != 0 || lessons() != 1 {
		t.Errorf("again: %+v", n)
	}
	if n := f.imported(f.site, elsewhere("a", "x", models.Spam)); n.Spam != 1 || n.Comments != 0 || lessons() != 1 {
		t.Errorf("with another label: %+v", n)
	}
	if st := f.status(f.revision("a", "x")); st.Current.Action != models.Reject || len(st.History) != 2 {
		t.Errorf("relabelled: %v of %d", st.Current.Action, len(st.History))
	}

	f.seen.take()
	if f.label(&models.Revision{Seq: f.number("SELECT seq FROM revisions WHERE comment_id = 'a'"), SiteID: f.site.ID, Site: f.site.Name,
		Number: 1, Comment: models.Comment{ID: "a", Content: "x"}}, models.Spam) {
		t.Error("the same label by a person decided what was decided so elsewhere")
	}
	if events := f.seen.take(); len(events) != 0 {
		t.Errorf("the same label by a person told of what was decided elsewhere: %q", events)
	}

	queued := f.comment("b", "y")
	if n := f.imported(f.site, elsewhere("b", "y", models.Spam)); n.Labels != 1 || n.Comments != 0 {
		t.Errorf("of a comment that is there: %+v", n)
	}
	if st := f.status(queued); st.State != models.Queued || st.Current != nil {
		t.Errorf("a label from elsewhere decided on it: %+v", st)
	}
	if !f.label(queued, models.Spam) {
		t.Error("a person cannot say the same of it")
	}
	if n := f.imported(f.site, elsewhere("b", "y", models.Ham)); n.Known != 1 || n.Labels != 0 {
		t.Errorf("against a person's word: %+v", n)
	}

	f.imported(f.site, elsewhere("n", "z", models.Spam))
	f.rule(verdict(&models.Revision{Seq: f.number("SELECT seq FROM revisions WHERE comment_id = 'n'"), SiteID: f.site.ID, Site: f.site.Name,
		Number: 1, Comment: models.Comment{ID: "n", Content: "z"}}, models.Reject, ""), false)
	taught := lessons()
	if n := f.imported(f.site, elsewhere("n", "z", models.Spam)); n.Known != 1 || n.Labels != 0 || lessons() != taught {
		t.Errorf("against a moderator who had it forgotten: %+v", n)
	}
	if st := f.status(f.revision("n", "z")); len(st.History) != 2 {
		t.Errorf("%d decisions on what a moderator decided", len(st.History))
	}

	f.erase("a")
	if n := f.imported(f.site, elsewhere("a", "x", models.Ham)); n.Erased != 1 || n.Labels != 0 {
		t.Errorf("of an erased comment: %+v", n)
	}
	bad := elsewhere("c", "x", models.Ham)
	bad[0].Revision.Decisions[0].Score = 2
	if n := f.imported(f.site, append(bad, elsewhere("d", "x", models.Ham)...)); len(n.Bad) != 1 || n.Bad[0].Line != 7 || n.Comments != 1 {
		t.Errorf("of a row that breaks a constraint: %+v", n)
	}
	if ds, _, err := f.Feed(t.Context(), f.site.ID, 0, 100); err != nil || len(ds) != 2 {
		t.Errorf("the feed has %d decisions, %v; want those of people alone", len(ds), err)
	}
	f.sound()
	f.seen.check(t)
	if _, err := f.RemoveSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Import(t.Context(), f.site, elsewhere("e", "x", models.Ham)); err == nil {
		t.Error("a removed site takes imports")
	}
}

// What the checks of the table say of its column state holds of what waits, too.
func TestWhatIsDeadOrRemovedCannotBeImportedAsQueued(t *testing.T) {
	f := open(t)
	at := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	revision := func(id string, change func(*models.StoredRevision)) models.HistoryEntry {
		r := &models.StoredRevision{CommentID: id, Revision: 1, State: models.Queued, Protocol: "native", ReceivedAt: at, Comment: &models.Comment{ID: id, Content: id}}
		change(r)
		return models.HistoryEntry{Line: 3, Revision: r}
	}
	n := f.imported(f.site, []models.HistoryEntry{
		revision("removed", func(r *models.StoredRevision) { r.Removed, r.Comment = models.Removed, nil }),
		revision("dead", func(r *models.StoredRevision) { r.Dead = true }),
		revision("waits", func(*models.StoredRevision) {}),
	})
	if len(n.Bad) != 2 || n.Comments != 1 {
		t.Errorf("imported %+v", n)
	}
	for _, bad := range n.Bad {
		if bad.Line != 3 || !strings.Contains(bad.Err, "neither dead nor removed") {
			t.Errorf("refused: %+v", bad)
		}
	}
	f.sound()
	f.seen.check(t)
}

func TestCommentsOfAPersonAreFound(t *testing.T) {
	f := open(t)
	write := func(site *models.Site, id, name string, keys models.Keys) {
		r := f.at(site, id, "x")
		r.Comment.Author = models.Author{ID: "u-" + name, Name: name, Email: name + "@example.com"}
		r.Keys = keys
		f.accept(r)
	}
	write(f.site, "a", "Ann", models.Keys{Email: []byte("ann"), IP: []byte("ip1")})
	write(f.other, "b", "ÄNN", models.Keys{Email: []byte("ann"), IP: []byte("ip2")})
	write(f.site, "c", "Bob", models.Keys{Email: []byte("bob"), IP: []byte("ip1")})
	write(f.site, "d", "Ann", models.Keys{Email: []byte("ann")})
	f.remove("d")
	for i := range findSpan / 10 { // so that there are several pages, for the most part empty
		if _, _, err := f.Import(t.Context(), f.site, elsewhere(fmt.Sprint(i), "x", models.Ham)); err != nil {
			t.Fatal(err)
		}
	}
	write(f.site, "z", "Zoe", models.Keys{Email: []byte("ann")})
	for _, c := range []struct {
		q    models.PersonQuery
		want string
	}{
		{models.PersonQuery{Email: []byte("ann")}, "blog/a other/b blog/z"},
		{models.PersonQuery{Email: []byte("ann"), SiteID: f.other.ID}, "other/b"},
		{models.PersonQuery{IP: []byte("ip1")}, "blog/a blog/c"},
		{models.PersonQuery{Author: " ann "}, "blog/a"},
		{models.PersonQuery{Author: "änn"}, "other/b"},
		{models.PersonQuery{Author: "u-Bob"}, "blog/c"},
		{models.PersonQuery{Author: "u-bob"}, ""},
	} {
		var got []string
		for done := false; !done; {
			page, err := f.FindComments(t.Context(), c.q)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range page.Comments {
				got = append(got, found.Site+"/"+found.CommentID)
			}
			c.q.After, done = page.Next, page.Done
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, want %s", c.q, got, c.want)
		}
	}
}
