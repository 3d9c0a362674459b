package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// browsed pages through all that a filter finds.
func (f *fixture) browsed(filter models.CommentFilter, limit int) (seqs []int64) {
	f.t.Helper()
	for after := int64(0); ; {
		page, next, err := f.Browse(f.t.Context(), filter, after, limit)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, l := range page {
			seqs = append(seqs, l.Decision.Seq)
		}
		if next == 0 {
			return seqs
		}
		after = next
	}
}

// Whatever the database rejects before a comment is read, and wherever an author's are
// found, a list has those that match, in order: the index of authors may know all of
// them, some, or none.
func TestBrowsingFindsWhatMatches(t *testing.T) {
	f := open(t)
	r := rand.New(rand.NewPCG(3, 4))
	found := 0
	for step := range 400 {
		f.happen(r, step)
		if step%100 == 50 {
			for more := true; more; {
				var err error
				if more, err = f.IndexAuthors(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if step%8 != 0 {
			continue
		}
		filter := randomFilter(f, r)
		filter.Action, filter.Order = models.Actions[r.IntN(3)], models.Orders[r.IntN(2)]
		m := newMatcher(f.Store, &filter)
		all, _, err := f.Browse(t.Context(), models.CommentFilter{Action: filter.Action, Order: filter.Order, Sites: filter.Sites}, 0, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		var want []int64
		for _, l := range all {
			if m.matches(&l) {
				want = append(want, l.Decision.Seq)
			}
		}
		if got := f.browsed(filter, 1+r.IntN(10)); !slices.Equal(got, want) {
			t.Fatalf("step %d, %+v: found %v, want %v", step, filter, got, want)
		}
		found += len(want)
	}
	if found < 50 {
		t.Errorf("only %d were found", found)
	}
}

func TestAnAuthorIsFoundByAddressAndByAccount(t *testing.T) {
	f := open(t)
	add := func(id string, person, email byte) {
		rev := f.revision(id, "text")
		rev.Keys.Person, rev.Keys.Email = []byte{person}, []byte{email}
		f.accept(rev)
		f.decide(judgement(rev, models.Approve))
	}
	add("without account", 1, 1)
	add("with account", 9, 1)
	add("somebody else", 2, 2)
	if _, err := f.IndexAuthors(t.Context()); err != nil {
		t.Fatal(err)
	}
	add("not indexed", 9, 1)
	filter := models.CommentFilter{Action: models.Approve, Author: []byte{1}, Since: time.Now().Add(-time.Hour)}
	_, ok, err := f.ofAuthor(t.Context(), &filter)
	if err != nil || !ok || len(f.browsed(filter, 2)) != 3 {
		t.Errorf("by address: %v, %v, %v", f.browsed(filter, 2), ok, err)
	}
	filter.Author = []byte{9}
	if got := f.browsed(filter, 2); len(got) != 2 {
		t.Errorf("by account: %v", got)
	}
	if h, err := f.history([]byte{1}, 10); err != nil || h.Approved != 1 {
		t.Errorf("what an account wrote counts for who has but the address: %+v, %v", h, err)
	}
	if _, err := f.Erase(t.Context(), f.site.ID, "with account", 0); err != nil {
		t.Fatal(err)
	}
	filter.Author = []byte{1}
	if got := f.browsed(filter, 2); len(got) != 2 {
		t.Errorf("after one was erased: %v", got)
	}
	for _, table := range []string{"author_revisions", "author_emails"} {
		var n int
		if err := f.readers.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table+" WHERE revision_seq NOT IN (SELECT seq FROM revisions WHERE removed = 0)").Scan(&n); err != nil || n != 0 {
			t.Errorf("%s remembers %d that are gone, %v", table, n, err)
		}
	}
}

// A history is counted once for some seconds, and anew once people decide or newer
// comments become known.
func TestHistoriesFollowWhatPeopleDecide(t *testing.T) {
	f := open(t)
	var revs []*models.Revision
	add := func(id string) {
		rev := f.revision(id, "text")
		rev.Keys.Person = []byte{1}
		f.accept(rev)
		f.decide(judgement(rev, models.Hold))
		revs = append(revs, rev)
		if _, err := f.IndexAuthors(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(when string, want models.History) {
		t.Helper()
		if h, err := f.history([]byte{1}, 10); err != nil || h != want {
			t.Errorf("%s: %+v, %v, want %+v", when, h, err, want)
		}
	}
	expect("before the first", models.History{})
	add("c1")
	expect("the first", models.History{Held: 1})
	add("c2")
	expect("another", models.History{Held: 2})
	who := models.AuthorRef{SiteID: f.site.ID, Person: string([]byte{1})}
	f.histories.mu.Lock()
	known := f.histories.known[who]
	known.Approved, known.at = 99, time.Now().Add(time.Hour) // so that it shows who answers
	f.histories.known[who] = known
	f.histories.mu.Unlock()
	expect("asked again, from memory", models.History{Approved: 99, Held: 2})
	ann := models.Actor{Kind: "user", Name: "ann@example.com"}
	act, _, err := f.Rule(t.Context(), models.Act{Kind: "verdict", Actor: ann, Undoable: true}, []models.Ruling{{Labelled: labelled(revs[0], models.Ham)}}, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	expect("a verdict", models.History{Approved: 1, Held: 1})
	if _, err := f.Undo(t.Context(), act, ann, 0, 10, nil); err != nil {
		t.Fatal(err)
	}
	expect("undone", models.History{Held: 2})
	f.label(revs[1], models.Spam)
	expect("a label", models.History{Held: 1, Rejected: 1})
	if err := f.Remove(t.Context(), f.site.ID, "c2"); err != nil {
		t.Fatal(err)
	}
	expect("a removal", models.History{Held: 1})
}

func TestALongLookEndsWhereItSaysAndGoesOnThere(t *testing.T) {
	c := &clock{time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
	f := open(t, func(o *Options) { o.Now, o.browseTime = c.now, 1 })
	var js []models.Judgement
	for i := range 2*browseStep + 10 {
		rev := f.revision(fmt.Sprint("c", i), "text")
		if rev.Comment.Language = "en"; i == 0 {
			rev.Comment.Language = "de"
		}
		f.accept(rev)
		j := judgement(rev, models.Approve)
		j.Decision.DecidedAt = c.at.Add(time.Duration(i) * time.Minute)
		js = append(js, j)
	}
	f.decide(js...)
	german := models.CommentFilter{Action: models.Approve, Language: "de"}
	var after int64
	for page := 1; page <= 2; page++ {
		list, next, err := f.Browse(t.Context(), german, after, 30)
		if err != nil || len(list) != 0 || next == 0 {
			t.Fatalf("page %d: %v, goes on at %d, %v", page, list, next, err)
		}
		at, err := f.DecidedAt(t.Context(), next)
		if want := js[len(js)-page*browseStep].Decision.DecidedAt; err != nil || !at.Equal(want) {
			t.Errorf("page %d: looked back to %v, %v, want %v", page, at, err, want)
		}
		after = next
	}
	list, next, err := f.Browse(t.Context(), german, after, 30)
	if err != nil || len(list) != 1 || list[0].Revision.Comment.ID != "c0" || next != 0 {
		t.Errorf("the last page: %v, goes on at %d, %v", list, next, err)
	}
}
