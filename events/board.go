package events

import (
	"slices"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

// lookTime is how long somebody is taken to be looking at a comment after saying so.
const lookTime = 30 * time.Second

// memberBacklog is how many notices a member may be behind before it loses some.
const memberBacklog = 256

// Board tells moderators what happens, as it happens, and who is looking at what. The
// zero value is ready for use; all methods may be called by any number of goroutines,
// and none blocks.
type Board struct {
	mu      sync.Mutex
	members map[*member]struct{}
	looking map[commentKey]map[string]time.Time
	// now is the clock, time.Now if nil.
	now func() time.Time
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
// with away that no longer. It returns who else is looking.
func (b *Board) Look(siteID int64, site, commentID, who string, away bool) (others []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock()
	key := commentKey{siteID, commentID}
	if b.looking == nil {
		b.looking = map[commentKey]map[string]time.Time{}
	}
	before := b.lookers(key, now)
	if away {
		delete(b.looking[key], who)
	} else {
		if b.looking[key] == nil {
			b.looking[key] = map[string]time.Time{}
		}
		b.looking[key][who] = now.Add(lookTime)
	}
	after := b.lookers(key, now)
	if !slices.Equal(before, after) {
		b.tell(models.Notice{Kind: "looking", SiteID: siteID, Site: site, CommentID: commentID, Lookers: after})
	}
	return slices.DeleteFunc(slices.Clone(after), func(s string) bool { return s == who })
}

// Lookers gives who is looking at a comment now.
func (b *Board) Lookers(siteID int64, commentID string) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lookers(commentKey{siteID, commentID}, b.clock())
}

func (b *Board) clock() time.Time {
	if b.now != nil {
		return b.now()
	}
	return time.Now()
}

// lookers forgets those who look no more.
func (b *Board) lookers(key commentKey, now time.Time) []string {
	var list []string
	for who, until := range b.looking[key] {
		if now.Before(until) {
			list = append(list, who)
		} else {
			delete(b.looking[key], who)
		}
	}
	if len(b.looking[key]) == 0 {
		delete(b.looking, key)
	}
	slices.Sort(list)
	return list
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
