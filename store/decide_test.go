package store

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestARevisionIsDecidedOnce(t *testing.T) {
	f := open(t)
	rev := f.comment("c", "one")
	first := judgement(rev, models.Hold)
	f.decide(first)
	f.seen.take()
	again := judgement(rev, models.Approve)
	f.decide(again, again)
	if st := f.status(rev); len(st.History) != 1 || st.Current.Action != models.Hold {
		t.Errorf("status is %+v", st)
	}
	if again.Decision.Seq != 0 || again.Decision.ID != "" {
		t.Errorf("the second judgement became %+v", again.Decision)
	}
	if events := f.seen.take(); len(events) > 0 {
		t.Errorf("the observer was told %q", events)
	}
	f.sound()
}

func TestTwoJudgementsOfOneRevisionInABatch(t *testing.T) {
	f := open(t)
	rev := f.comment("c", "one")
	f.decide(judgement(rev, models.Hold), judgement(rev, models.Approve))
	if st := f.status(rev); len(st.History) != 1 || st.Current.Action != models.Hold {
		t.Errorf("status is %+v", st)
	}
	f.sound()
	f.seen.check(t)
}

func TestASupersededRevisionIsPassedOver(t *testing.T) {
	f := open(t)
	one := f.comment("c", "one")
	two := f.comment("c", "two")
	f.seen.take()
	f.decide(judgement(one, models.Reject), judgement(two, models.Approve))
	st := f.status(two)
	if st.Revision != 2 || st.State != models.Decided || len(st.History) != 1 || st.Current.Revision != 2 || st.Current.Sequence != 1 {
		t.Errorf("status is %+v, current %+v", st, st.Current)
	}
	if got := f.seen.take(); !slices.Equal(got, []string{fmt.Sprint("settled ", two.Seq), "decided c/2/1 approve"}) {
		t.Errorf("the observer was told %q", got)
	}
	f.sound()
	f.seen.check(t)
}

func TestSequenceCountsTheCommentsDecisions(t *testing.T) {
	f := open(t)
	one := f.comment("c", "one")
	f.decide(judgement(one, models.Hold))
	two := f.comment("c", "two")
	f.decide(judgement(two, models.Hold))
	f.label(two, models.Spam)
	f.label(two, models.Ham)
	three := f.comment("c", "three")
	f.decide(judgement(three, models.Reject))
	other := f.comment("d", "one")
	f.decide(judgement(other, models.Hold))
	var got []string
	for _, d := range f.status(three).History {
		got = append(got, fmt.Sprintf("%d/%d %s", d.Revision, d.Sequence, d.Action))
	}
	if want := []string{"1/1 hold", "2/2 hold", "2/3 reject", "2/4 approve", "3/5 reject"}; !slices.Equal(got, want) {
		t.Errorf("history is %q, want %q", got, want)
	}
	if d := f.status(other).Current; d.Sequence != 1 {
		t.Errorf("the other comment's first decision has sequence %d", d.Sequence)
	}
	f.sound()
}

func TestADecisionIsReadBackAsItWasStored(t *testing.T) {
	f := open(t)
	rev := f.revision("c", "one")
	rev.Comment.Meta = []byte(`{"a":1}`)
	rev.ReceivedAt = rev.ReceivedAt.Truncate(time.Millisecond)
	f.accept(rev)
	j := judgement(rev, models.Hold)
	f.decide(j)
	d := j.Decision
	if d.Seq == 0 || d.RevisionSeq != rev.Seq || d.SiteID != rev.SiteID || d.Site != "blog" || d.CommentID != "c" ||
		d.Revision != 1 || d.Sequence != 1 || len(d.ID) != 29 || string(d.Meta) != `{"a":1}` || !d.ReceivedAt.Equal(rev.ReceivedAt) {
		t.Errorf("the stored decision became %+v", d)
	}
	for range 2 {
		if got := f.status(rev).Current; !reflect.DeepEqual(got, d) {
			t.Errorf("read back\n%+v, want\n%+v", got, d)
		}
		if ds, more, err := f.Feed(t.Context(), rev.SiteID, 0, 10); err != nil || more || len(ds) != 1 || !reflect.DeepEqual(ds[0], d) {
			t.Errorf("the feed is %+v, %v, %v", ds, more, err)
		}
		f.reopen()
	}
}

func TestWhatIsDeadIsPutBackAndDecidedAnew(t *testing.T) {
	f := open(t)
	rev := f.comment("c", "one")
	if err := f.Failed(t.Context(), rev.Seq, 4, errors.New("rule broke")); err != nil {
		t.Fatal(err)
	}
	rev.Attempts = 4 // as the queue counts
	f.decide(deadly(rev))
	if f.gauge("winnow_queue_dead") != 1 || f.gauge("winnow_held") != 1 {
		t.Error("a dead revision is not counted")
	}
	list, err := f.ListWaiting(t.Context(), "blog", 10)
	if err != nil || len(list) != 1 || list[0].State != "dead" || list[0].Attempts != 5 || list[0].LastError != "rule broke for good" {
		t.Errorf("waiting are %+v, %v", list, err)
	}
	if n, err := f.Retry(t.Context(), "other", ""); n != 0 || err != nil {
		t.Errorf("Retry of another site: %d, %v", n, err)
	}
	if n, err := f.Retry(t.Context(), "blog", "d"); n != 0 || err != nil {
		t.Errorf("Retry of another comment: %d, %v", n, err)
	}
	if n, err := f.Retry(t.Context(), "blog", "c"); n != 1 || err != nil {
		t.Errorf("Retry: %d, %v", n, err)
	}
	f.sound()
	if st := f.status(rev); st.State != models.Queued || st.Current.Action != models.Hold {
		t.Errorf("put back, it is %s, %+v", st.State, st.Current)
	}
	again, err := f.Queued(t.Context(), 0, 10)
	if err != nil || len(again) != 1 || !again[0].PutBack || again[0].Attempts != 0 {
		t.Fatalf("queued are %+v, %v", again, err)
	}
	f.decide(judgement(again[0], models.Approve))
	st := f.status(rev)
	if st.State != models.Decided || st.Current.Action != models.Approve || st.Current.Sequence != 2 || f.gauge("winnow_queue_dead") != 0 || f.gauge("winnow_held") != 0 {
		t.Errorf("decided anew, it is %s, %+v", st.State, st.Current)
	}
	f.sound()
	f.seen.check(t)
}

func TestWhatIsPutBackMayDieAgain(t *testing.T) {
	f := open(t)
	rev := f.comment("c", "one")
	for i := range 3 {
		f.decide(deadly(rev))
		if n, err := f.Retry(t.Context(), "", ""); n != 1 || err != nil {
			t.Fatalf("Retry: %d, %v", n, err)
		}
		rev.PutBack = true
		if n := len(f.status(rev).History); n != i+1 {
			t.Errorf("history has %d decisions", n)
		}
		f.sound()
	}
}

func TestRetryPutsBackMoreThanOneStep(t *testing.T) {
	f := open(t)
	const n = 2*putBackStep + 7
	var js []models.Judgement
	var revs []*models.Revision
	for i := range n {
		revs = append(revs, f.revision(fmt.Sprint("c-", i), "text"))
	}
	if _, err := f.AcceptAll(t.Context(), revs); err != nil {
		t.Fatal(err)
	}
	for _, r := range revs {
		js = append(js, deadly(r))
	}
	f.decide(js...)
	if got, err := f.Retry(t.Context(), "", ""); got != n || err != nil {
		t.Errorf("Retry: %d, %v", got, err)
	}
	st, err := f.Standing(t.Context())
	if err != nil || st.Depths[f.site.ID] != n || st.Newest != revs[n-1].Seq || !st.Oldest.IsZero() {
		t.Errorf("standing is %+v, %v", st, err)
	}
	f.sound()
	f.seen.check(t)
}

func TestANewerRevisionMakesADeadOneMoot(t *testing.T) {
	f := open(t)
	f.decide(deadly(f.comment("c", "one")))
	f.comment("c", "two")
	if f.gauge("winnow_queue_dead") != 0 {
		t.Error("it still counts as dead")
	}
	if n, err := f.Retry(t.Context(), "", ""); n != 0 || err != nil {
		t.Errorf("Retry: %d, %v", n, err)
	}
	f.sound()
}

func TestStandingCountsWhatIsQueued(t *testing.T) {
	f := open(t)
	st, err := f.Standing(t.Context())
	if err != nil || len(st.Depths) != 0 || st.Newest != 0 || !st.Oldest.IsZero() {
		t.Errorf("with nothing: %+v, %v", st, err)
	}
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for i, site := range []*models.Site{f.site, f.other, f.other} {
		r := f.at(site, fmt.Sprint("c-", i), "text")
		r.ReceivedAt = at.Add(time.Duration((i+1)%3) * time.Minute)
		f.accept(r)
	}
	last := f.Position().Seq
	f.decide(judgement(f.comment("d", "text"), models.Hold))
	st, err = f.Standing(t.Context())
	if err != nil || st.Depths[f.site.ID] != 1 || st.Depths[f.other.ID] != 2 || st.Newest != last || !st.Oldest.Equal(at) {
		t.Errorf("standing is %+v, %v", st, err)
	}
}

func TestListWaiting(t *testing.T) {
	f := open(t)
	for i := range 5 {
		f.comment(fmt.Sprint("q-", i), "text")
		f.decide(deadly(f.comment(fmt.Sprint("d-", i), "text")))
	}
	f.accept(f.at(f.other, "o", "text"))
	for _, c := range []struct {
		site  string
		limit int
		want  []string
	}{
		{"", 2, []string{"dead d-0", "dead d-1", "queued q-0", "queued q-1"}},
		{"other", 9, []string{"queued o"}},
		{"nowhere", 9, nil},
	} {
		list, err := f.ListWaiting(t.Context(), c.site, c.limit)
		var got []string
		for _, w := range list {
			got = append(got, w.State+" "+w.CommentID)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v, want %q", c.site, got, err, c.want)
		}
	}
}

func TestADecisionNamesThePolicyThatJudged(t *testing.T) {
	f := open(t)
	rev := f.comment("c", "one")
	j, other := judgement(rev, models.Hold), judgement(f.comment("d", "two"), models.Hold)
	j.Decision.PolicyVersion = "sha256:unknown"
	if err := f.Decide(t.Context(), []models.Judgement{j, other}); !errors.Is(err, models.ErrNotFound) || errors.Is(err, models.ErrUnavailable) {
		t.Errorf("with a policy that was never loaded: %v", err)
	}
	if st := f.status(other.Revision); st.State != models.Decided {
		t.Errorf("the other decision was not stored: the comment is %s", st.State)
	}
	if err := f.LoadedPolicy(t.Context(), policyVersion, []byte("rules: []")); err != nil {
		t.Fatal(err)
	}
	if n := f.number("SELECT count(*) FROM policies"); n != 1 {
		t.Errorf("%d policies", n)
	}
	if n := f.number("SELECT count(*) FROM policy_loads"); n != 2 {
		t.Errorf("%d loads", n)
	}
	f.reopen() // the version is known from an earlier run
	f.decide(judgement(rev, models.Hold))
	if d := f.status(rev).Current; d.PolicyVersion != policyVersion {
		t.Errorf("policy version is %q", d.PolicyVersion)
	}
	f.label(rev, models.Ham)
	if d := f.status(rev).Current; d.PolicyVersion != "" {
		t.Errorf("policy version is %q where none judged", d.PolicyVersion)
	}
}
