package facts

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

var start = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// revision makes a revision with the text key 1 that was received seq seconds after start.
func revision(seq int64, id string, change ...func(*models.Revision)) *models.Revision {
	r := &models.Revision{
		Seq: seq, SiteID: 1, ReceivedAt: start.Add(time.Duration(seq) * time.Second),
		Comment: models.Comment{ID: id}, Keys: models.Keys{Text: 1},
	}
	for _, f := range change {
		f(r)
	}
	return r
}

func text(key uint64) func(*models.Revision) { return func(r *models.Revision) { r.Keys.Text = key } }
func site(id int64) func(*models.Revision)   { return func(r *models.Revision) { r.SiteID = id } }
func after(d time.Duration) func(*models.Revision) {
	return func(r *models.Revision) { r.ReceivedAt = start.Add(d) }
}
func person(fill byte) func(*models.Revision) {
	return func(r *models.Revision) { r.Keys.Person = bytes.Repeat([]byte{fill}, 16) }
}
func ip(fill byte) func(*models.Revision) {
	return func(r *models.Revision) { r.Keys.IP = bytes.Repeat([]byte{fill}, 16) }
}
func post(id, url string) func(*models.Revision) {
	return func(r *models.Revision) { r.Comment.Post = models.Post{ID: id, URL: url} }
}

func saying(content string) func(*models.Revision) {
	return func(r *models.Revision) { r.Comment.Content = content }
}

const story = "I have tried this at home and it worked the second time, when I had read the part about the valve again."

func index(max int, revisions ...*models.Revision) *Index {
	x := New(Options{Window: time.Hour, MaxEntries: max})
	for _, r := range revisions {
		x.Add(r)
	}
	return x
}

// ids gives the matches for r by their comments' ids.
func ids(t *testing.T, x *Index, r *models.Revision) string {
	t.Helper()
	found := x.Gather(r)
	if found.Duplicate == nil {
		t.Fatal("the fact was not gathered")
	}
	var names []string
	for _, m := range found.Duplicate.Matches {
		names = append(names, m.CommentID)
	}
	return strings.Join(names, " ")
}

func TestGatherFindsEarlierCommentsWithTheSameText(t *testing.T) {
	x := index(100,
		revision(1, "a"), revision(2, "b"), revision(3, "other text", text(2)), revision(4, "other site", site(2)),
		revision(5, "self"), revision(6, "c"), revision(8, "later"))
	for _, tt := range []struct {
		name, want string
		r          *models.Revision
	}{
		{"newest first, not itself", "c b a", revision(7, "self")},
		{"nothing before the first", "", revision(1, "a")},
		{"smaller seq only", "b a", revision(4, "x")},
		{"another site", "other site", revision(9, "x", site(2))},
		{"another text", "other text", revision(9, "x", text(2))},
		{"unknown text", "", revision(9, "x", text(3))},
		{"no text key", "", revision(9, "x", text(0))},
		{"all", "later c self b a", revision(9, "x")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ids(t, x, tt.r); got != tt.want {
				t.Errorf("matches %q, want %q", got, tt.want)
			}
		})
	}
}

func TestGatherCountsEachCommentOnce(t *testing.T) {
	x := index(100, revision(1, "a"), revision(2, "b"), revision(3, "a"), revision(4, "a"))
	if got := ids(t, x, revision(5, "x")); got != "a b" {
		t.Errorf("matches %q", got)
	}
}

func TestGatherListsAtMostMaxMatches(t *testing.T) {
	x := index(100)
	for seq := range int64(20) {
		x.Add(revision(seq, fmt.Sprint(seq)))
	}
	if got := ids(t, x, revision(30, "x")); got != "19 18 17 16 15 14 13 12" {
		t.Errorf("matches %q", got)
	}
}

func TestGatherLooksBackOneWindow(t *testing.T) {
	x := index(100, revision(1, "out", after(-time.Hour-time.Millisecond)), revision(2, "edge", after(-time.Hour)), revision(3, "ahead", after(time.Minute)))
	got := x.Gather(revision(4, "x", after(0))).Duplicate.Matches
	want := []models.Match{{CommentID: "ahead", AgeMS: 0}, {CommentID: "edge", AgeMS: 3_600_000}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("matches %+v, want %+v", got, want)
	}
}

func TestGatherTellsWhetherAuthorAndPostAreTheSame(t *testing.T) {
	for _, tt := range []struct {
		name         string
		a, b         []func(*models.Revision)
		author, post bool
	}{
		{"nothing known", nil, nil, false, false},
		{"same person", list(person(1), ip(1)), list(person(1), ip(2)), true, false},
		{"same address", list(person(1), ip(1)), list(person(2), ip(1)), true, false},
		{"both others", list(person(1), ip(1)), list(person(2), ip(2)), false, false},
		{"person equals address", list(person(1)), list(ip(1)), false, false},
		{"one unknown", list(person(1), ip(1)), nil, false, false},
		{"zero keys", list(person(0)), list(person(0)), true, false},
		{"zero key and none", list(person(0)), nil, false, false},
		{"same post id", list(post("p", "u")), list(post("p", "v")), false, true},
		{"other post id at one URL", list(post("p", "u")), list(post("q", "u")), false, false},
		{"same post URL", list(post("", "u")), list(post("", "u")), false, true},
		{"id equals URL", list(post("u", "")), list(post("", "u")), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			earlier, later := revision(1, "a", tt.a...), revision(2, "b", tt.b...)
			got := index(100, earlier).Gather(later).Duplicate.Matches
			if len(got) != 1 || got[0].SameAuthor != tt.author || got[0].SamePost != tt.post {
				t.Errorf("matches %+v, want author %v, post %v", got, tt.author, tt.post)
			}
		})
	}
}

func list(f ...func(*models.Revision)) []func(*models.Revision) { return f }

func TestAddingAgainChangesNothing(t *testing.T) {
	x := index(3, revision(1, "a"), revision(2, "b"), revision(1, "a"), revision(2, "b"), revision(2, "b"))
	if got := ids(t, x, revision(5, "x")); got != "b a" || x.Len() != 2 {
		t.Errorf("matches %q of %d", got, x.Len())
	}
}

func TestAFullIndexForgetsTheSmallestSeq(t *testing.T) {
	x := index(3, revision(5, "e"), revision(3, "c"), revision(4, "d"))
	x.Add(revision(1, "a")) // older than all: no place
	if got := ids(t, x, revision(9, "x")); got != "e d c" {
		t.Errorf("matches %q", got)
	}
	x.Add(revision(6, "f"))
	if got := ids(t, x, revision(9, "x")); got != "f e d" || x.Len() != 3 {
		t.Errorf("matches %q of %d", got, x.Len())
	}
}

func TestEntriesThatNoWindowReachesAreDropped(t *testing.T) {
	x := index(100, revision(1, "a", text(1)), revision(2, "b", text(2)), revision(3, "c", text(3)))
	x.Add(revision(4, "d", text(4), after(3*time.Hour)))
	x.Add(revision(5, "e", text(5), after(3*time.Hour)))
	if x.Len() != 2 {
		t.Errorf("%d entries, want the two new ones", x.Len())
	}
}

func TestAClockThatJumpsDoesNotEmptyTheIndex(t *testing.T) {
	x := index(100)
	for seq := range int64(50) {
		x.Add(revision(seq, fmt.Sprint(seq)))
	}
	x.Add(revision(60, "wrong clock", after(1000*time.Hour)))
	if x.Len() < 45 {
		t.Errorf("%d entries left", x.Len())
	}
}

func TestForgetRemovesEveryRevisionOfAComment(t *testing.T) {
	x := index(100, revision(1, "a"), revision(2, "b"), revision(3, "a", text(2)), revision(4, "a", site(2)), revision(5, "a"))
	x.Forget(1, "a")
	x.Forget(1, "unknown")
	if got := ids(t, x, revision(9, "x")); got != "b" {
		t.Errorf("matches %q", got)
	}
	if got := ids(t, x, revision(9, "x", text(2))); got != "" {
		t.Errorf("matches of the other text %q", got)
	}
	if got := ids(t, x, revision(9, "x", site(2))); got != "a" {
		t.Errorf("matches at the other site %q", got)
	}
	x.Add(revision(6, "a"))
	if got := ids(t, x, revision(9, "x")); got != "a b" {
		t.Errorf("matches after it came back %q", got)
	}
}

// model is the same thing without any cleverness.
type model struct {
	rows map[int64]*models.Revision
	max  int
}

func (m *model) add(r *models.Revision) {
	if _, ok := m.rows[r.Seq]; ok {
		return
	}
	m.rows[r.Seq] = r
	if len(m.rows) > m.max {
		delete(m.rows, m.seqs()[0])
	}
}

func (m *model) forget(site int64, id string) {
	for seq, r := range m.rows {
		if r.SiteID == site && r.Comment.ID == id {
			delete(m.rows, seq)
		}
	}
}

func (m *model) seqs() []int64 {
	var seqs []int64
	for seq := range m.rows {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	return seqs
}

func (m *model) matches(r *models.Revision) string {
	var names []string
	seqs := m.seqs()
	slices.Reverse(seqs)
	for _, seq := range seqs {
		e := m.rows[seq]
		if seq < r.Seq && e.SiteID == r.SiteID && e.Keys.Text == r.Keys.Text && e.Comment.ID != r.Comment.ID &&
			!slices.Contains(names, e.Comment.ID) && len(names) < models.MaxMatches {
			names = append(names, e.Comment.ID)
		}
	}
	return strings.Join(names, " ")
}

func (m *model) ofPerson(r *models.Revision) int {
	n := 0
	for seq, e := range m.rows {
		if seq < r.Seq && e.SiteID == r.SiteID && bytes.Equal(e.Keys.Person, r.Keys.Person) {
			n++
		}
	}
	return n
}

func TestAnyOrderOfAddingAndForgettingFindsTheSame(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		x := index(40)
		m := &model{rows: make(map[int64]*models.Revision), max: 40}
		make1 := func() *models.Revision {
			return revision(random.Int64N(200), fmt.Sprint(random.IntN(30)), text(uint64(1+random.IntN(6))), site(int64(1+random.IntN(2))),
				person(byte(random.IntN(8))), after(0))
		}
		for step := range 1000 {
			if random.IntN(10) == 0 {
				site, id := int64(1+random.IntN(2)), fmt.Sprint(random.IntN(30))
				x.Forget(site, id)
				m.forget(site, id)
			} else {
				r := make1()
				x.Add(r)
				m.add(r)
			}
			r := make1()
			if got, want := ids(t, x, r), m.matches(r); got != want {
				t.Fatalf("seed %d, step %d: matches %q, want %q", seed, step, got, want)
			}
			for _, r := range m.rows { // one of them
				if got, want := ids(t, x, r), m.matches(r); got != want {
					t.Fatalf("seed %d, step %d: matches of what is there %q, want %q", seed, step, got, want)
				}
				if got, want := x.Gather(r).Rate.Person[0], m.ofPerson(r); got != want {
					t.Fatalf("seed %d, step %d: %d of the person, want %d", seed, step, got, want)
				}
				break
			}
			if x.Len() != len(m.rows) {
				t.Fatalf("seed %d, step %d: %d entries, want %d", seed, step, x.Len(), len(m.rows))
			}
		}
	}
}

func TestAnEmptiedIndexHoldsNothing(t *testing.T) {
	x := index(1000)
	for seq := range int64(500) {
		x.Add(revision(seq, fmt.Sprint(seq%50), text(uint64(1+seq%7)), person(byte(seq%5)), ip(byte(seq%3)), post("p", ""), saying(story)))
	}
	for id := range 50 {
		x.Forget(1, fmt.Sprint(id))
	}
	if x.Len() != 0 || x.named.len() != 0 || x.groups.byName.len() != 0 || len(x.slots.unused) != x.slots.used || len(x.groups.unused) != len(x.groups.lists) {
		t.Errorf("%d entries, %d names, %d groups", x.Len(), x.named.len(), x.groups.byName.len())
	}
}

func TestJudgingAgainFindsTheSameWhileOthersComeIn(t *testing.T) {
	x := index(10_000)
	for seq := range int64(100) {
		x.Add(revision(seq, fmt.Sprint(seq)))
	}
	r := revision(100, "x")
	want := x.Gather(r)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range int64(500) {
				seq := 101 + i*4 + int64(worker)
				x.Add(revision(seq, fmt.Sprint(seq)))
				if i%50 == 0 {
					x.Forget(1, fmt.Sprint(seq))
				}
				if got := x.Gather(r); !reflect.DeepEqual(got, want) {
					t.Errorf("found %+v, want %+v", got.Duplicate, want.Duplicate)
					return
				}
			}
		})
	}
	wg.Wait()
}
