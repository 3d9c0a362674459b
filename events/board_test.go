package events

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// heard takes the notices that a member was sent.
func heard(notices <-chan models.Notice) (list []models.Notice) {
	for {
		select {
		case n := <-notices:
			list = append(list, n)
		default:
			return list
		}
	}
}

// board is one whose clock is moved by hand.
func board() (b *Board, pass func(time.Duration)) {
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	return &Board{now: func() time.Time { return at }}, func(d time.Duration) { at = at.Add(d) }
}

func everything(int64) bool { return true }

func TestLookersAreToldOfEachOther(t *testing.T) {
	b, pass := board()
	notices, leave := b.Join(everything)
	defer leave()
	if others := b.Look(1, "blog", "c", "ann", false); len(others) != 0 {
		t.Errorf("ann is told of %v", others)
	}
	if others := b.Look(1, "blog", "c", "bob", false); !slices.Equal(others, []string{"ann"}) {
		t.Errorf("bob is told of %v", others)
	}
	pass(10 * time.Second)
	b.Look(1, "blog", "c", "ann", false) // changes nothing
	b.Look(1, "blog", "c", "bob", true)
	var told []string
	for _, n := range heard(notices) {
		told = append(told, fmt.Sprint(n.Kind, n.CommentID, n.Lookers))
	}
	if want := []string{"lookingc[ann]", "lookingc[ann bob]", "lookingc[ann]"}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if got := b.Lookers(2, "c"); got != nil {
		t.Errorf("another site's comment of that id is looked at by %v", got)
	}
}

// A browser that was closed or lost its network says nothing.
func TestWhoIsNotHeardOfAnyMoreIsSaidToHaveGone(t *testing.T) {
	for name, who := range map[string]struct{ comment, email string }{
		"by who looks at the same": {"c", "ann"}, "by who looks at another": {"other", "eve"},
	} {
		t.Run(name, func(t *testing.T) {
			b, pass := board()
			b.Look(1, "blog", "c", "bob", false)
			pass(lookTime / 2)
			b.Look(1, "blog", "c", "ann", false)
			notices, leave := b.Join(everything)
			defer leave()
			pass(lookTime/2 + time.Second)
			b.Look(1, "blog", who.comment, who.email, false)
			list := heard(notices)
			if !slices.ContainsFunc(list, func(n models.Notice) bool { return n.CommentID == "c" && slices.Equal(n.Lookers, []string{"ann"}) }) {
				t.Errorf("told %+v", list)
			}
		})
	}
}

func TestWhatNobodyLooksAtAnyMoreIsForgotten(t *testing.T) {
	b, pass := board()
	for n := range 1000 {
		b.Look(1, "blog", fmt.Sprint(n), "ann", false)
	}
	pass(lookTime + time.Second)
	b.Look(1, "blog", "new", "ann", false)
	if n := len(b.looking); n != 1 {
		t.Errorf("%d comments are remembered", n)
	}
}

func TestNoticesGoToThoseWhoSeeTheSite(t *testing.T) {
	var b Board
	mine, leave := b.Join(func(id int64) bool { return id == 1 })
	defer leave()
	b.Decided([]*models.Decision{decision(2, "secret", 1), decision(1, "c", 2)})
	b.Removed(2, "other", "secret")
	b.Look(2, "other", "secret", "bob", false)
	list := heard(mine)
	if len(list) != 1 || list[0].CommentID != "c" || list[0].Kind != "decision" {
		t.Errorf("told %+v", list)
	}
}

func TestAMemberWhoFallsBehindIsToldSo(t *testing.T) {
	var b Board
	slow, leave := b.Join(everything)
	defer leave()
	for n := range memberBacklog + 10 {
		b.Removed(1, "blog", fmt.Sprint(n))
	}
	if list := heard(slow); len(list) != memberBacklog {
		t.Fatalf("%d notices", len(list))
	}
	b.Removed(1, "blog", "last")
	list := heard(slow)
	if len(list) != 2 || list[0].Kind != "lost" || list[1].CommentID != "last" {
		t.Errorf("told %+v", list)
	}
	leave()
	leave()
	b.Removed(1, "blog", "gone")
	if list := heard(slow); list != nil {
		t.Errorf("told after leaving: %+v", list)
	}
}
