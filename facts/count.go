package facts

import (
	"encoding/binary"
	"sort"

	"github.com/winnowd/winnow/models"
)

// counts counts the comments of a group that were received before r, window by window.
// A group has comments' first revisions alone, so that an edit counts for nothing.
func (x *Index) counts(key uint64, r *models.Revision) *models.Counts {
	var room [1]ref
	list, n := x.groups.before(key, r.Seq, &room)
	received := r.ReceivedAt.UnixMilli()
	c := new(models.Counts)
	first := 0 // of the longest window, then of the next within it
	for i := len(c) - 1; i >= 0 && first < n; i-- {
		from := received - models.CountWindows[i].Milliseconds()
		first += sort.Search(n-first, func(k int) bool { return x.slots.entries[list.at(first+k).at].received > from })
		c[i] = n - first
	}
	if r.Number > 1 {
		x.without(c, key, r, received)
	}
	return c
}

// without takes the comment's own first revision from counts of its group.
func (x *Index) without(c *models.Counts, key uint64, r *models.Revision, received int64) {
	for at, ok := x.named[nameHash(r.SiteID, r.Comment.ID)]; ok && at != none; at = x.slots.entries[at].older {
		e := &x.slots.entries[at]
		if !e.first || e.seq >= r.Seq || !e.is(r) || !e.in(key) {
			continue
		}
		for i, window := range models.CountWindows {
			if e.received > received-window.Milliseconds() {
				c[i]--
			}
		}
	}
}

// is tells whether the entry is of the comment of r.
func (e *entry) is(r *models.Revision) bool {
	return e.site == r.SiteID && e.comment == r.Comment.ID
}

// in tells whether the entry belongs to one of the groups by which comments are
// counted.
func (e *entry) in(key uint64) bool {
	found := false
	e.senders(func(k uint64) { found = found || k == key })
	return found
}

// senders gives the groups by which comments are counted.
func (e *entry) senders(add func(uint64)) {
	if e.author.hasPerson {
		add(groupKey(byPerson, e.site, short(e.author.person[:])))
	}
	if e.author.hasIP {
		add(groupKey(byAddress, e.site, short(e.author.ip[:])))
	}
	if e.post != 0 {
		add(groupKey(byPost, e.site, e.post))
	}
}

// short gives the first half of a keyed hash, which is as good as random.
func short(key []byte) uint64 { return binary.LittleEndian.Uint64(key) }
