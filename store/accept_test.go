package store

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestAccept(t *testing.T) {
	edited := func(r *models.Revision, minute int) *models.Revision {
		r.Comment.EditedAt = time.Date(2026, 3, 1, 10, minute, 0, 0, time.UTC)
		return r
	}
	for _, c := range []struct {
		name   string
		before func(f *fixture)
		rev    func(f *fixture) *models.Revision
		want   models.Receipt // without seq
		events []string
	}{
		{"a new comment", func(*fixture) {},
			func(f *fixture) *models.Revision { return f.revision("c", "one") },
			models.Receipt{Revision: 1}, []string{"accepted c/1"}},
		{"the same body again", func(f *fixture) { f.comment("c", "one") },
			func(f *fixture) *models.Revision {
				r := f.revision("c", "one")
				r.Comment.SubmittedAt, r.Comment.Meta, r.Comment.Author.UserAgent = time.Now(), json.RawMessage("1"), "another"
				return r
			},
			models.Receipt{Revision: 1, Repeated: true}, nil},
		{"the same body again once decided", func(f *fixture) { f.decide(judgement(f.comment("c", "one"), models.Hold)) },
			func(f *fixture) *models.Revision { return f.revision("c", "one") },
			models.Receipt{Revision: 1, Repeated: true, Decided: true}, nil},
		{"another body while queued", func(f *fixture) { f.comment("c", "one") },
			func(f *fixture) *models.Revision { return f.revision("c", "two") },
			models.Receipt{Revision: 2}, []string{"accepted c/2", "settled"}},
		{"another body once decided", func(f *fixture) { f.decide(judgement(f.comment("c", "one"), models.Hold)) },
			func(f *fixture) *models.Revision { return f.revision("c", "two") },
			models.Receipt{Revision: 2}, []string{"accepted c/2"}},
		{"another body once dead", func(f *fixture) { f.decide(deadly(f.comment("c", "one"))) },
			func(f *fixture) *models.Revision { return f.revision("c", "two") },
			models.Receipt{Revision: 2}, []string{"accepted c/2"}},
		{"an older edit", func(f *fixture) { f.accept(edited(f.revision("c", "two"), 30)) },
			func(f *fixture) *models.Revision { return edited(f.revision("c", "one"), 29) },
			models.Receipt{Revision: 1, Repeated: true}, nil},
		{"an edit of the same time", func(f *fixture) { f.accept(edited(f.revision("c", "one"), 30)) },
			func(f *fixture) *models.Revision { return edited(f.revision("c", "two"), 30) },
			models.Receipt{Revision: 2}, []string{"accepted c/2", "settled"}},
		{"a newer edit", func(f *fixture) { f.accept(edited(f.revision("c", "one"), 30)) },
			func(f *fixture) *models.Revision { return edited(f.revision("c", "two"), 31) },
			models.Receipt{Revision: 2}, []string{"accepted c/2", "settled"}},
		{"a first edit", func(f *fixture) { f.comment("c", "one") },
			func(f *fixture) *models.Revision { return edited(f.revision("c", "two"), 1) },
			models.Receipt{Revision: 2}, []string{"accepted c/2", "settled"}},
		{"back to the first body", func(f *fixture) { f.comment("c", "one"); f.comment("c", "two") },
			func(f *fixture) *models.Revision { return f.revision("c", "one") },
			models.Receipt{Revision: 3}, []string{"accepted c/3", "settled"}},
		{"the same id at another site", func(f *fixture) { f.comment("c", "one") },
			func(f *fixture) *models.Revision { return f.at(f.other, "c", "two") },
			models.Receipt{Revision: 1}, []string{"accepted c/1"}},
		{"an id that differs in case", func(f *fixture) { f.comment("c", "one") },
			func(f *fixture) *models.Revision { return f.revision("C", "one") },
			models.Receipt{Revision: 1}, []string{"accepted C/1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t)
			c.before(f)
			f.seen.take()
			rows, last := f.number("SELECT count(*) FROM revisions"), f.Position().Seq
			rev := c.rev(f)
			got := f.accept(rev)
			seq := got.Seq
			got.Seq = 0
			if got != c.want {
				t.Errorf("receipt is %+v, want %+v", got, c.want)
			}
			events := f.seen.take()
			for i, e := range events {
				if strings.HasPrefix(e, "settled ") {
					events[i] = "settled"
				}
			}
			if !slices.Equal(events, c.events) {
				t.Errorf("the observer was told %q, want %q", events, c.events)
			}
			if c.want.Repeated {
				if n := f.number("SELECT count(*) FROM revisions"); n != rows || f.Position().Seq != last {
					t.Error("something was stored")
				}
			} else if seq != last+1 || rev.Seq != seq || rev.Number != c.want.Revision {
				t.Errorf("seq %d, revision %d/%d after %d", seq, rev.Seq, rev.Number, last)
			}
			f.sound()
			f.seen.check(t)
		})
	}
}

func TestARevisionIsReadBackAsItWasAccepted(t *testing.T) {
	f := open(t)
	elapsed := int64(8400)
	at := time.Date(2026, 3, 1, 10, 0, 0, 123456789, time.UTC)
	rev := f.revision("c-\x01 \"'%é", "text\x00\u202e")
	rev.ReceivedAt = at.Truncate(time.Millisecond)
	rev.Comment = models.Comment{
		ID: rev.Comment.ID, Type: "comment", Content: rev.Comment.Content, ContentType: models.HTML,
		SubmittedAt: at, EditedAt: at.Add(time.Hour), ParentID: "p", Language: "en", Referrer: "r",
		Post:   models.Post{ID: "p-9", URL: "u", Title: "t", PublishedAt: at},
		Author: models.Author{ID: "u-3", Name: "Ann", Email: "a@b", URL: "u", IP: "::1", UserAgent: "ua", Role: "x", LoggedIn: true},
		Form:   models.Form{Honeypot: "h", ElapsedMS: &elapsed},
		Meta:   json.RawMessage(`{"a":[1.0,1e2,"\u0041"]}`),
	}
	rev.Keys = models.Keys{Person: []byte("person"), Email: []byte("email"), IP: []byte("ip"), Text: 1<<63 + 5}
	f.accept(rev)
	f.reopen()
	for name, read := range map[string]func() ([]*models.Revision, error){
		"Queued": func() ([]*models.Revision, error) { return f.Queued(t.Context(), 0, 5) },
		"Recent": func() (revs []*models.Revision, err error) {
			list, _, err := f.Recent(t.Context(), 1<<60, 5)
			for _, r := range list {
				revs = append(revs, r.Revision)
			}
			return revs, err
		},
		"Newest": func() ([]*models.Revision, error) {
			r, err := f.Newest(t.Context(), rev.SiteID, rev.Comment.ID)
			return []*models.Revision{r}, err
		},
	} {
		got, err := read()
		if err != nil || len(got) != 1 {
			t.Fatalf("%s returned %v, %v", name, got, err)
		}
		if !reflect.DeepEqual(got[0], rev) {
			t.Errorf("%s returned\n%+v, want\n%+v", name, got[0], rev)
		}
	}
}

func TestMetaIsHandedBackByteForByte(t *testing.T) {
	f := open(t)
	deep := strings.Repeat("[", 4000) + strings.Repeat("]", 4000)
	for i, meta := range []string{`{}`, `[]`, `""`, `null`, `0`, `false`, ` {"a" : 1} `, `{"a":1,"a":2}`, `"\ud800"`, "1e400", deep} {
		rev := f.revision("c"+meta[:1]+string(rune('a'+i)), "text")
		rev.Comment.Meta = json.RawMessage(meta)
		f.accept(rev)
		f.decide(judgement(rev, models.Hold))
		st := f.status(rev)
		if string(st.Current.Meta) != meta {
			t.Errorf("meta %.20s came back as %.20s", meta, st.Current.Meta)
		}
	}
	if ds, _, err := f.Feed(t.Context(), f.site.ID, 0, 100); err != nil || len(ds) != 11 {
		t.Errorf("the feed has %d decisions, %v", len(ds), err)
	}
	bad := f.revision("bad", "text")
	bad.Comment.Meta = json.RawMessage("{")
	if _, err := f.Accept(t.Context(), bad); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("meta that is no JSON: %v", err)
	}
}

func TestTextThatIsNotUTF8IsStoredRepaired(t *testing.T) {
	f := open(t)
	rev := f.comment("c", "a\xffb")
	got, err := f.Newest(t.Context(), rev.SiteID, "c")
	if err != nil || got.Comment.Content != "a\ufffdb" {
		t.Fatalf("read back %+v, %v", got, err)
	}
	j := judgement(rev, models.Hold)
	j.Decision.Reasons[0].Evidence[0].Token = "x\xff"
	f.decide(j)
	if st := f.status(rev); st.Current.Reasons[0].Evidence[0].Token != "x\ufffd" {
		t.Errorf("read back %+v", st.Current.Reasons)
	}
}

func TestNothingIsAcceptedForARemovedSite(t *testing.T) {
	f := open(t)
	if _, err := f.RemoveSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := f.Accept(t.Context(), f.revision("c", "one")); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("Accept returned %v", err)
		}
		f.reopen()
	}
	f.accept(f.at(f.other, "c", "one"))
}

func TestAcceptOfASiteThatNeverWasFails(t *testing.T) {
	f := open(t)
	rev := f.revision("c", "one")
	rev.SiteID = 77
	if _, err := f.Accept(t.Context(), rev); !isConstraint(err) {
		t.Errorf("Accept returned %v", err)
	}
	f.sound()
}
