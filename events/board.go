package events

import (
	"slices"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	// lookTime is how long somebody is taken to be looking at a comment after saying so.
	lookTime = 30 * time.Second
	// sweepEvery is how often it is seen at most who looks no more and said nothing.
	sweepEvery = 5 * time.Second
)

// memberBacklog is how many notices a member may be behind before it loses some.
const memberBacklog = 256

// Board tells moderators what happens, as it happens, and who is looking at what. The
// zero value is ready for use; all methods may be called by any number of goroutines,
// and none blocks.
type Board struct {
	mu      sync.Mutex
	members map[*member]struct{}
	looking map[commentKey]*looked
	swept   time.Time
	// now is the clock, time.Now if nil.
	now func() time.Time
}

// looked is who looks at a comment.
type looked struct {
	site string
	// until is how long each is taken to be looking, told who was last said to look.
	until map[string]time.Time
	told  []string
}

// lookers are those who look now, in order.
func (l *looked) lookers(now time.Time) (list []string) {
	for who, until := range l.until {
		if now.Before(until) {
			list = append(list, who)
		}
	}
	slices.Sort(list)
	return list
}

type member struct {
	sees    func(siteID int64) bool
	notices chan models.Notice
	lost    bool
}

// Join gives the notices from now on of the sites that sees admits. One who falls more
// than 256 behind loses some and is told by a notice of kind "lost". leave ends it and
// may be called more than once; the channel is never closed.
func (b *Board) Join(sees func(siteID int64) bool) (notices <-chan models.Notice, leave func()) {
	m := &member{sees: sees, notices: make(chan models.Notice, memberBacklog)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.members == nil {
		b.members = map[*member]struct{}{}
	}
	b.members[m] = struct{}{}
	return m.notices, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.members, m)
	}
}

// Decided tells of decisions that are in force now. They must not be changed afterwards.
func (b *Board) Decided(ds []*models.Decision) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.members) == 0 {
		return
	}
	for _, d := range ds {
		b.tell(models.Notice{Kind: "decision", SiteID: d.SiteID, Site: d.Site, CommentID: d.CommentID, Decision: d})
	}
}

// Removed tells that a comment is there no more.
func (b *Board) Removed(siteID int64, site, commentID string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tell(models.Notice{Kind: "removed", SiteID: siteID, Site: site, CommentID: commentID})
}

// Look tells that somebody is looking at a comment, for 30 seconds unless told again, or
// with away that no longer. It returns who else is looking. Those who look no more
// although they did not say so are noticed here, too.
func (b *Board) Look(siteID int64, site, commentID, who string, away bool) (others []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock()
	b.sweep(now)
	key := commentKey{siteID, commentID}
	l := b.looking[key]
	switch {
	case l == nil && away:
		return nil
	case l == nil:
		if b.looking == nil {
			b.looking = map[commentKey]*looked{}
		}
		l = &looked{site: site, until: map[string]time.Time{}}
		b.looking[key] = l
	}
	if away {
		delete(l.until, who)
	} else {
		l.until[who] = now.Add(lookTime)
	}
	b.settle(key, l, now)
	return slices.DeleteFunc(slices.Clone(l.told), func(s string) bool { return s == who })
}

// Lookers gives who is looking at a comment now.
func (b *Board) Lookers(siteID int64, commentID string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l := b.looking[commentKey{siteID, commentID}]; l != nil {
		return l.lookers(b.clock())
	}
	return nil
}

func (b *Board) clock() time.Time {
	if b.now != nil {
		return b.now()
	}
	return time.Now()
}

// sweep settles every comment that is looked at, now and then; mu is held.
func (b *Board) sweep(now time.Time) {
	if now.Sub(b.swept) < sweepEvery {
		return
	}
	b.swept = now
	for key, l := range b.looking {
		b.settle(key, l, now)
	}
}

// settle tells who looks at a comment, if that has changed, and forgets a comment that
// nobody looks at; mu is held.
func (b *Board) settle(key commentKey, l *looked, now time.Time) {
	lookers := l.lookers(now)
	if len(lookers) == 0 {
		delete(b.looking, key)
	}
	if slices.Equal(l.told, lookers) {
		return
	}
	l.told = lookers
	b.tell(models.Notice{Kind: "looking", SiteID: key.site, Site: l.site, CommentID: key.id, Lookers: lookers})
}

// tell sends a notice to those who may know; mu is held.
func (b *Board) tell(n models.Notice) {
	n = n.Shared()
	for m := range b.members {
		if !m.sees(n.SiteID) {
			continue
		}
		if m.lost {
			select {
			case m.notices <- models.Notice{Kind: "lost"}:
				m.lost = false
			default:
				continue
			}
		}
		select {
		case m.notices <- n:
		default:
			m.lost = true
		}
	}
}
