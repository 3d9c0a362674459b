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
	first := n // within the shortest window, then within the next
	for i, window := range models.CountWindows {
		from := received - window.Milliseconds()
		first = since(first, func(k int) bool { return x.slots.entries[list.at(k).at].received > from })
		c[i] = n - first
	}
	if r.Number > 1 {
		x.without(c, key, r, received)
	}
	return c
}

// since gives the first of the entries before end from which on all are late. It goes
// back from the end in growing steps: the newest were looked at not long ago, and most
// windows are short.
func since(end int, late func(int) bool) int {
	low, high := 0, end // all from high on are late
	for step := 1; step <= end; step *= 2 {
		if !late(end - step) {
			low = end - step + 1
			break
		}
		high = end - step
	}
	return low + sort.Search(high-low, func(k int) bool { return late(low + k) })
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
