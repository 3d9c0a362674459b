package facts

import (
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func number(n int) func(*models.Revision) { return func(r *models.Revision) { r.Number = n } }

func TestCountsAreOfEarlierCommentsByWindow(t *testing.T) {
	from := func(d time.Duration) []func(*models.Revision) {
		return list(after(-d), person(1), ip(2), post("p", ""))
	}
	x := New(Options{})
	for i, d := range []time.Duration{25 * time.Hour, 23 * time.Hour, 30 * time.Minute, 5 * time.Minute, 30 * time.Second, 5 * time.Second} {
		x.Add(revision(int64(i+1), string(rune('a'+i)), from(d)...))
	}
	x.Add(revision(8, "another", after(0), person(3), ip(4), post("q", "")))
	x.Add(revision(9, "edit of f", append(from(0), number(2))...))
	x.Add(revision(20, "later", from(0)...))
	f := x.Gather(revision(10, "x", from(0)...))
	want := models.Counts{1, 2, 3, 4, 5}
	if *f.Rate.Person != want || *f.Rate.Address != want || *f.Post.Comments != want {
		t.Errorf("person %v, address %v, post %v, want %v", *f.Rate.Person, *f.Rate.Address, *f.Post.Comments, want)
	}
	// The second revision of a comment does not count its first.
	f = x.Gather(revision(10, "f", append(from(0), number(2))...))
	if want := (models.Counts{0, 1, 2, 3, 4}); *f.Rate.Person != want {
		t.Errorf("an edit: %v, want %v", *f.Rate.Person, want)
	}
	f = x.Gather(revision(10, "x", after(0)))
	if f.Rate.Person != nil || f.Rate.Address != nil || f.Post.Comments != nil || f.Author.Person {
		t.Errorf("an unknown sender: %+v", f.Rate)
	}
}

func TestHistoryIsHowEarlierCommentsStand(t *testing.T) {
	x := index(100)
	for i := range int64(7) {
		x.Add(revision(i+1, string(rune('a'+i)), person(1)))
	}
	x.Add(revision(8, "a", person(1), number(2)))
	x.Add(revision(9, "stranger", person(2)))
	for seq, s := range map[int64]models.Standing{
		1: {Action: models.Hold}, 8: {Action: models.Approve, ByPerson: true}, // an edit of a held one, approved
		2: {Action: models.Approve}, 3: {Action: models.Hold}, 4: {Action: models.Reject}, 5: {Action: models.Reject, ByPerson: true}, 9: {Action: models.Reject}, 77: {},
	} {
		x.Decided(seq, s)
	}
	x.Decided(5, models.Standing{Action: models.Approve}) // changed
	got := *x.Gather(revision(20, "x", person(1))).Author
	want := models.AuthorHistory{Person: true, Comments: 7, Approved: 3, ByPeople: 1, Held: 1, Rejected: 1, SinceMS: 19_000}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := *x.Gather(revision(20, "b", person(1), number(2))).Author; got.Comments != 6 {
		t.Errorf("the comment itself counts: %+v", got)
	}
	if got := *x.Gather(revision(20, "x", person(9))).Author; got != (models.AuthorHistory{Person: true}) {
		t.Errorf("a new person: %+v", got)
	}
	if got := *x.Gather(revision(20, "x", site(2), person(1))).Author; got != (models.AuthorHistory{Person: true}) {
		t.Errorf("at another site: %+v", got)
	}
}

func TestParentAndPreviousAreHowTheyStand(t *testing.T) {
	x := index(100)
	x.AddDecided(models.Remembered{Revision: revision(1, "held"), Standing: models.Standing{Action: models.Hold}})
	x.Add(revision(2, "open"))
	answer := func(to string) models.Standing {
		return *x.Gather(revision(5, "x", func(r *models.Revision) { r.Comment.ParentID = to })).Parent
	}
	if got := answer("held"); got.Action != models.Hold {
		t.Errorf("answer to a held one: %+v", got)
	}
	for _, id := range []string{"", "open", "unknown"} {
		if got := answer(id); got != (models.Standing{}) {
			t.Errorf("answer to %q: %+v", id, got)
		}
	}
	if got := x.Gather(revision(5, "held", number(2))).Previous; got == nil || got.Action != models.Hold {
		t.Errorf("an edit of a held one: %+v", got)
	}
	if got := x.Gather(revision(5, "held")).Previous; got != nil {
		t.Errorf("a first revision: %+v", got)
	}
}

func TestNearlyTheSameTextIsSimilar(t *testing.T) {
	x := index(100,
		revision(1, "a", saying(story), text(11)),
		revision(2, "other", saying("Something else entirely was written here by somebody who had nothing to do with valves or with homes."), text(12)),
		revision(3, "other site", saying(story), text(11), site(2)))
	for _, tt := range []struct {
		name, content string
		key           uint64
		found         string
	}{
		{"a word changed", strings.Replace(story, "valve", "tap", 1), 13, "a"},
		{"a link added", story + " https://spam.example/xyz", 14, "a"},
		{"case and signs", strings.ToUpper(strings.ReplaceAll(story, " ", " - ")), 15, "a"},
		{"the very same is a duplicate", story, 11, ""},
		{"another text", "The weather was fine all day and we walked along the river to the old mill and back again.", 16, ""},
		{"too short to tell", "I have tried this at home", 17, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := x.Gather(revision(10, "x", saying(tt.content), text(tt.key)))
			got := ""
			for _, m := range f.Similar.Matches {
				got += m.CommentID
				if m.Percent < minAlike || m.Percent > 100 || m.AgeMS != 9000 {
					t.Errorf("%+v", m)
				}
			}
			if got != tt.found {
				t.Errorf("found %q, want %q", got, tt.found)
			}
		})
	}
	han := "我在家裡試過了第二次就成功了非常感謝您的文章寫得很好"
	x.Add(revision(4, "han", saying(han), text(20)))
	if f := x.Gather(revision(10, "x", saying(han+"謝謝"), text(21))); len(f.Similar.Matches) != 1 {
		t.Errorf("text without spaces: %+v", f.Similar)
	}
}

// TestSketchesEstimateWhatTextsHaveInCommon compares estimates over many texts.
func TestSketchesEstimateWhatTextsHaveInCommon(t *testing.T) {
	words := strings.Fields(strings.Repeat("alpha beta gamma delta epsilon zeta eta theta iota kappa ", 1))
	make1 := func(seed, changed int) string {
		var b strings.Builder
		for i := range 60 {
			w := words[(i*7+seed*3+i*i*seed)%len(words)]
			if i < changed {
				w = "new"
			}
			b.WriteString(w + string(rune('a'+i%26)) + " ")
		}
		return b.String()
	}
	sum, n := 0, 0
	for seed := range 200 {
		a, _ := sketchOf(make1(seed, 0))
		b, _ := sketchOf(make1(seed, 10)) // 48 of 58 runs are the same: 48 / 68 = 71 %
		sum += a.alike(&b)
		n++
	}
	if mean := sum / n; mean < 64 || mean > 78 {
		t.Errorf("mean estimate %d %%, want about 71", mean)
	}
}
