package store

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// What memory chooses, orders and counts is what the database does, whatever happens to
// the comments: they are held, decided, decided again, undone, revised, removed and
// erased, and whole sites purged.
func TestMemoryAnswersAsTheDatabase(t *testing.T) {
	for name, limit := range map[string]func(*Options){
		"all of it":       func(*Options) {},
		"little text":     func(o *Options) { o.heldText = 200 },
		"few rows":        func(o *Options) { o.heldRows = 20 },
		"read at a start": func(o *Options) { o.heldText = 2000 },
	} {
		t.Run(name, func(t *testing.T) {
			f := open(t, limit)
			r := rand.New(rand.NewPCG(1, 2))
			asked := 0
			for step := range 300 {
				f.happen(r, step)
				if step%5 == 0 && f.asSQL(r) {
					asked++
				}
				if step == 150 && name == "read at a start" {
					f.reopen()
				}
			}
			if _, err := f.RemoveSite(t.Context(), "other"); err != nil {
				t.Fatal(err)
			}
			if err := f.PurgeSite(t.Context(), "other"); err != nil {
				t.Fatal(err)
			}
			for range 20 {
				f.asSQL(r)
			}
			if asked < 10 {
				t.Errorf("memory was asked %d times", asked)
			}
		})
	}
}

var heldWords = []string{"number", "Größe", "часы", "手表", "watches", "cheap", "100%_", "really"}

// happen has something happen to some comment.
func (f *fixture) happen(r *rand.Rand, step int) {
	f.t.Helper()
	ctx := f.t.Context()
	site := []*models.Site{f.site, f.site, f.other}[r.IntN(3)]
	id := fmt.Sprintf("c%d", r.IntN(80))
	switch kind := r.IntN(20); {
	case kind < 12:
		rev := f.at(site, id, fmt.Sprintf("%s %s %d", heldWords[r.IntN(len(heldWords))], heldWords[r.IntN(len(heldWords))], step))
		rev.Comment.Language, rev.Comment.Post.ID = []string{"", "en", "de"}[r.IntN(3)], []string{"", "p-1", "p-2"}[r.IntN(3)]
		rev.ReceivedAt = time.UnixMilli(int64(1_800_000_000_000 + r.IntN(1000))).UTC()
		rev.Keys.Person, rev.Keys.Email, rev.Keys.IP = [][]byte{nil, {1}, {2}}[r.IntN(3)], [][]byte{nil, {2}, {3}}[r.IntN(3)], [][]byte{nil, {7}}[r.IntN(2)]
		if _, err := f.Accept(ctx, rev); err != nil {
			return // it was erased
		}
		j := judgement(rev, []models.Action{models.Hold, models.Hold, models.Hold, models.Approve}[r.IntN(4)])
		j.Decision.Score = float64(r.IntN(8)) / 8
		if r.IntN(3) == 0 {
			j.Decision.Reasons = append(j.Decision.Reasons, models.Reason{Rule: "old-threads", Action: models.Hold})
		}
		f.decide(j)
	case kind < 17:
		rev, err := f.Newest(ctx, site.ID, id)
		if err != nil {
			return
		}
		_, done, err := f.Rule(ctx, models.Act{Kind: "verdict", Actor: models.Actor{Kind: "user", Name: "ann@example.com"}, Undoable: true},
			[]models.Ruling{{Labelled: labelled(rev, []models.Label{models.Ham, models.Spam}[r.IntN(2)])}}, false, nil)
		if err != nil || len(done) != 1 {
			f.t.Fatal(done, err)
		}
	case kind == 17:
		act, err := f.NewestUndoable(ctx, models.Actor{Kind: "user", Name: "ann@example.com"})
		if err == nil {
			_, err = f.Undo(ctx, act.Seq, models.Actor{Kind: "user", Name: "ann@example.com"}, 0, 100, nil)
		}
		_ = err // somebody decided since
	case kind == 18:
		if err := f.Remove(ctx, site.ID, id); err != nil {
			return
		}
	case step > 100: // early on it would be all that happens
		if _, err := f.Retract(ctx, site.ID, id, models.System); err != nil {
			f.t.Fatal(err)
		}
		if _, err := f.Erase(ctx, site.ID, id, f.Position().Seq); err != nil {
			return
		}
	}
}

// randomFilter is some filter that finds some of what happens.
func randomFilter(f *fixture, r *rand.Rand) models.CommentFilter {
	filter := models.CommentFilter{Order: models.Orders[r.IntN(len(models.Orders))]}
	for range r.IntN(3) {
		switch r.IntN(10) {
		case 0:
			filter.Sites = [][]int64{{}, {f.site.ID}, {f.other.ID, f.site.ID}}[r.IntN(3)]
		case 1:
			filter.MinScore = float64(r.IntN(8)) / 8
		case 2:
			filter.MaxScore = float64(r.IntN(8)) / 8
		case 3:
			filter.Rule = []string{"link-limit", "old-threads", "link"}[r.IntN(3)]
		case 4:
			filter.Author = []byte{byte(1 + r.IntN(4))}
		case 5:
			filter.Address = []byte{byte(7 + r.IntN(2))}
		case 6:
			filter.Language, filter.Post = []string{"", "de"}[r.IntN(2)], []string{"", "p-1"}[r.IntN(2)]
		case 7:
			filter.Since = time.UnixMilli(int64(1_800_000_000_000 + r.IntN(1000)))
		case 8:
			filter.Until = time.UnixMilli(int64(1_800_000_000_000 + r.IntN(1000)))
		case 9:
			filter.Query = heldWords[r.IntN(len(heldWords))] + []string{"", ` "` + heldWords[r.IntN(len(heldWords))] + `"`, " 1"}[r.IntN(3)]
		}
	}
	return filter
}

// asSQL compares what memory answers to some question with what the database does. It
// tells false if memory could not answer.
func (f *fixture) asSQL(r *rand.Rand) bool {
	f.t.Helper()
	f.holds.running.Wait()
	ctx := f.t.Context()
	filter := randomFilter(f, r)
	counted, ok, err := f.holds.count(&filter, 0.5)
	if err != nil {
		f.t.Fatal(err)
	}
	want, err := f.queryCount(ctx, &filter, 0.5)
	if err != nil {
		f.t.Fatal(err)
	}
	if ok && counted != want {
		f.t.Errorf("%+v: counted %+v, want %+v", filter, counted, want)
	}
	for after := (models.Place{}); ; {
		list, listed, err := f.holds.list(&filter, after, 7)
		if err != nil {
			f.t.Fatal(err)
		}
		want, err := f.queryHeld(ctx, filter, after, 7)
		if err != nil {
			f.t.Fatal(err)
		}
		if listed && !slices.EqualFunc(list, want, func(a, b candidate) bool { return reflect.DeepEqual(a, b) }) {
			f.t.Fatalf("%+v after %+v: listed %+v, want %+v", filter, after, list, want)
		}
		if len(want) < 7 {
			return ok && listed
		}
		last := want[len(want)-1]
		after = models.Place{Score: last.score, Seq: last.revision}
	}
}

func TestWhatIsTooMuchForMemoryIsAskedOfTheDatabase(t *testing.T) {
	f := open(t, func(o *Options) { o.heldRows = 10 })
	for i := range 12 {
		f.decide(judgement(f.comment(fmt.Sprintf("c%d", i), "text"), models.Hold))
	}
	if _, ok, err := f.holds.count(&models.CommentFilter{}, 0); ok || err != nil {
		t.Errorf("memory holds more than it may, %v", err)
	}
	if got := f.heldIDs(models.CommentFilter{Query: "text"}); len(got) != 12 {
		t.Errorf("found %v", got)
	}
	for i := range 10 {
		r, err := f.Newest(t.Context(), f.site.ID, fmt.Sprintf("c%d", i))
		if err != nil {
			t.Fatal(err)
		}
		f.label(r, models.Ham)
	}
	f.heldIDs(models.CommentFilter{})
	f.holds.running.Wait()
	n, ok, err := f.holds.count(&models.CommentFilter{}, 0)
	if err != nil || !ok || n.below+n.rest != 2 {
		t.Errorf("once there is room memory counts %+v, %v, %v", n, ok, err)
	}
}

func TestChangesThatNoListTakesOverAreTakenOver(t *testing.T) {
	f := open(t)
	f.holds.running.Wait()
	f.holds.delay = time.Hour
	f.decide(judgement(f.comment("c1", "text"), models.Hold))
	if behind, _ := f.holds.behind(); !behind {
		t.Fatal("the change was not noted")
	}
	f.holds.changes.Lock()
	f.holds.timer.Reset(0) // the hour is over
	f.holds.changes.Unlock()
	for behind := true; behind; behind, _ = f.holds.behind() {
		runtime.Gosched()
	}
	f.holds.running.Wait()
	if n := len(f.holds.place); n != 1 {
		t.Errorf("%d rows were taken over", n)
	}
}

// What is beyond the memory for texts is read when it is searched, and a list must not be
// behind for that: not for what comes in while it reads, nor for what was gone when an
// earlier search read it and is back.
func TestSearchesBeyondMemoryMissNothing(t *testing.T) {
	f := open(t, func(o *Options) { o.heldText = 1 })
	f.holds.running.Wait()
	rev := f.comment("c1", "a needle")
	f.decide(judgement(rev, models.Hold))
	needle := models.CommentFilter{Query: "needle"}
	if got := f.heldIDs(needle); !slices.Equal(got, []string{"c1"}) {
		t.Fatalf("found %v", got)
	}

	runs := 0
	var met []string
	ok, err := f.holds.look(&models.CommentFilter{Query: "a needle"}, heldLook{
		begin: func() { runs, met = runs+1, nil },
		before: func(*heldRow) bool {
			if runs == 1 {
				f.decide(judgement(f.comment("c2", "a needle, too"), models.Hold))
			}
			return true
		},
		each: func(r *heldRow, _ *heldMore) { met = append(met, fmt.Sprint(r.revision == rev.Seq)) },
	})
	if !ok || err != nil || runs != 3 || !slices.Equal(met, []string{"false", "true"}) {
		t.Errorf("%v, %v: %d runs met %v, want the comment that came in too", ok, err, runs, met)
	}
	if err := f.Remove(t.Context(), f.site.ID, "c2"); err != nil {
		t.Fatal(err)
	}

	// The text is gone when it is read, because of a verdict that is then undone.
	act := f.rule(verdict(rev, models.Approve, models.Ham), false)
	var found searched
	if err := f.holds.readTexts([]string{"needle"}, []int64{rev.Seq}, &found); err != nil {
		t.Fatal(err)
	}
	if has, known := found.has(rev.Seq); has || known {
		t.Errorf("of a text that is gone it is said whether it has the word: %v, %v", has, known)
	}
	f.undo(act)
	if got := f.heldIDs(needle); !slices.Equal(got, []string{"c1"}) {
		t.Errorf("after it was undone: found %v", got)
	}
}

// However fast comments come in, a search beyond memory tells of all that were there when
// it last looked what had come in.
func TestSearchesBeyondMemoryMissNothingWhileCommentsComeInAllTheTime(t *testing.T) {
	f := open(t, func(o *Options) { o.heldText = 1 })
	f.holds.running.Wait()
	f.holds.delay = time.Hour // nothing but the search takes changes over
	held := 0
	hold := func() {
		held++
		f.decide(judgement(f.comment(fmt.Sprintf("c%d", held), "a needle"), models.Hold))
	}
	hold()
	runs, met := 0, map[int64]bool{}
	ok, err := f.holds.look(&models.CommentFilter{Query: "needle"}, heldLook{
		begin: func() {
			if runs++; runs > 20 {
				t.Fatal("the search does not end while comments come in")
			}
			clear(met)
			hold()
		},
		before: func(*heldRow) bool { return true },
		each:   func(r *heldRow, _ *heldMore) { met[r.revision] = true },
	})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if len(f.holds.place) < 4 {
		t.Fatalf("only %d were taken over: nothing has come in between", len(f.holds.place))
	}
	for revision := range f.holds.place {
		if !met[revision] {
			t.Errorf("revision %d is left out", revision)
		}
	}
}
