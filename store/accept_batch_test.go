package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestAcceptAllStoresInOrder(t *testing.T) {
	f := open(t)
	before := f.comment("old", "one")
	gone := f.comment("gone", "one")
	if _, err := f.Erase(t.Context(), f.site.ID, "gone", f.Position().Seq); err != nil {
		t.Fatal(err)
	}
	f.seen.take()
	outcomes, err := f.AcceptAll(t.Context(), []*models.Revision{
		f.revision("a", "one"), f.revision("gone", "two"), f.revision("old", "two"), f.revision("a", "two"), f.revision("a", "two"),
		f.at(f.other, "a", "one"), f.revision("a", "three"), f.revision("a", "one"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, o := range outcomes {
		got = append(got, fmt.Sprint(o.Revision, o.Repeated))
		if (o.Err != nil) != (i == 1) || (o.Err != nil && !errors.Is(o.Err, models.ErrConflict)) {
			t.Errorf("outcome %d: error %v", i, o.Err)
		}
	}
	if want := []string{"1 false", "0 false", "2 false", "2 false", "2 true", "1 false", "3 false", "4 false"}; !slices.Equal(got, want) {
		t.Errorf("outcomes %v, want %v", got, want)
	}
	if outcomes[4].Seq != outcomes[3].Seq {
		t.Error("a repetition within the batch is not the revision that it repeats")
	}
	events := f.seen.take()
	want := []string{"accepted a/1", "accepted old/2", "accepted a/2", "accepted a/1", "accepted a/3", "accepted a/4"}
	for _, seq := range []int64{before.Seq, outcomes[0].Seq, outcomes[3].Seq, outcomes[6].Seq} {
		want = append(want, fmt.Sprint("settled ", seq))
	}
	if !slices.Equal(events, want) {
		t.Errorf("events %q, want %q", events, want)
	}
	f.seen.check(t)
	f.sound()
	_ = gone
}

func TestAcceptAllStoresNothingWhenItFails(t *testing.T) {
	f := open(t)
	bad := f.revision("b", "one")
	bad.SiteID = 999 // there is no such site: a constraint of the schema
	_, err := f.AcceptAll(t.Context(), []*models.Revision{f.revision("a", "one"), bad})
	if err == nil {
		t.Fatal("a revision of no site was stored")
	}
	if n := f.number("SELECT count(*) FROM revisions"); n != 0 {
		t.Errorf("%d revisions left behind", n)
	}
	if events := f.seen.take(); slices.ContainsFunc(events, func(e string) bool { return strings.HasPrefix(e, "accepted") }) {
		t.Errorf("events %q", events)
	}
	if outcomes, err := f.AcceptAll(t.Context(), nil); err != nil || len(outcomes) != 0 {
		t.Errorf("nothing: %v, %v", outcomes, err)
	}
	f.sound()
}

func TestBatchesSurviveACrash(t *testing.T) {
	f := open(t)
	revs := make([]*models.Revision, 1000)
	for i := range revs {
		revs[i] = f.revision(fmt.Sprint("c", i%900), fmt.Sprint(i))
	}
	if _, err := f.AcceptAll(t.Context(), revs); err != nil {
		t.Fatal(err)
	}
	f.crash()
	if n := f.number("SELECT count(*) FROM revisions"); n != 1000 {
		t.Errorf("%d revisions after the crash", n)
	}
	if queued, err := f.Queued(t.Context(), 0, 2000); err != nil || len(queued) != 900 {
		t.Errorf("%d queued, %v", len(queued), err)
	}
	f.sound()
}

func TestAReplayedMessageIsNoNewRevision(t *testing.T) {
	f := open(t)
	send := func(message, content string) models.Receipt {
		t.Helper()
		r := f.revision("c", content)
		if message != "" {
			r.Message = []byte(message)
		}
		return f.accept(r)
	}
	first, second := send("m1", "one"), send("m2", "two")
	if got := send("m1", "one"); got.Seq != first.Seq || got.Revision != 1 || !got.Repeated {
		t.Errorf("a replay of the first message: %+v", got)
	}
	if got := send("m2", "two"); got.Seq != second.Seq || !got.Repeated {
		t.Errorf("a replay of the second: %+v", got)
	}
	if got := send("m3", "one"); got.Revision != 3 || got.Repeated {
		t.Errorf("the first body in another message: %+v", got)
	}
	if got := send("", "four"); got.Revision != 4 || got.Repeated {
		t.Errorf("a body without a message: %+v", got)
	}
	f.reopen()
	if got := send("m1", "one"); got.Seq != first.Seq || !got.Repeated {
		t.Errorf("a replay after a restart: %+v", got)
	}
	if err := f.Remove(t.Context(), f.site.ID, "c"); err != nil {
		t.Fatal(err)
	}
	if got := send("m1", "one"); !got.Repeated {
		t.Errorf("a replay after the removal: %+v", got)
	}
	f.sound()
}

func TestAReplayOfAMessageThatRepeatedIsNoNewRevision(t *testing.T) {
	f := open(t)
	accept := func(message, content string, edited int) models.Receipt {
		t.Helper()
		r := f.revision("c", content)
		if message != "" {
			r.Message = []byte(message)
		}
		if edited != 0 {
			r.Comment.EditedAt = time.Date(2026, 3, 1, 10, edited, 0, 0, time.UTC)
		}
		return f.accept(r)
	}
	accept("", "one", 0)
	accept("m1", "one", 0) // repeats what came with a key
	accept("m2", "one", 0)
	accept("m3", "two", 30)
	accept("m4", "one", 20) // comes too late
	accept("m5", "three", 0)
	f.reopen()
	for message, want := range map[string]int{"m1": 1, "m2": 1, "m3": 2, "m4": 2, "m5": 3} {
		if got := accept(message, "one", 0); got.Revision != want || !got.Repeated {
			t.Errorf("a replay of %s: %+v, want revision %d again", message, got, want)
		}
	}
	if got := accept("m6", "one", 0); got.Revision != 4 || got.Repeated {
		t.Errorf("a message of its own: %+v", got)
	}
	f.sound()
}

func TestAReplayedBatchIsAnsweredAsTheFirstTime(t *testing.T) {
	f := open(t)
	batch := func() (revisions []int, repeated int) {
		t.Helper()
		revs := []*models.Revision{f.revision("c", "one"), f.revision("c", "one"), f.revision("c", "two"), f.revision("c", "one")}
		for i, r := range revs {
			r.Message = fmt.Appendf(nil, "line %d", i+1)
		}
		outcomes, err := f.AcceptAll(t.Context(), revs)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range outcomes {
			revisions = append(revisions, o.Revision)
			if o.Repeated {
				repeated++
			}
		}
		return revisions, repeated
	}
	want := []int{1, 1, 2, 3}
	if got, _ := batch(); !slices.Equal(got, want) {
		t.Fatalf("revisions %v, want %v", got, want)
	}
	if got, repeated := batch(); !slices.Equal(got, want) || repeated != len(want) {
		t.Errorf("the replay has revisions %v, %d of them repeated, want %v", got, repeated, want)
	}
	f.sound()
}

func TestMessagesThatRepeatAreForgottenBeforeTheyArePiledUp(t *testing.T) {
	f := open(t)
	for i := range 2 * maxMessages / 16 {
		r := f.revision("c", "one")
		r.Message = fmt.Appendf(nil, "message %8d", i)
		f.accept(r)
	}
	if n := f.number("SELECT length(message) FROM revisions"); n != maxMessages {
		t.Errorf("%d bytes of messages are kept, want %d", n, maxMessages)
	}
	f.comment("c", "two")
	last := f.revision("c", "one")
	last.Message = fmt.Appendf(nil, "message %8d", 2*maxMessages/16-1)
	if got := f.accept(last); got.Revision != 1 || !got.Repeated {
		t.Errorf("a replay of the newest: %+v", got)
	}
	f.sound()
}

func BenchmarkAcceptAll(b *testing.B) {
	s, site := benchStore(b)
	revs := make([]*models.Revision, 1000)
	var n int64
	for b.Loop() {
		for i := range revs {
			n++
			revs[i] = benchComment(site, n)
		}
		if _, err := s.AcceptAll(b.Context(), revs); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/comment")
}
