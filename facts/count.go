package facts

import (
	"encoding/binary"

	"github.com/winnowd/winnow/models"
)

// count counts the comments of a group that were received before r, window by window:
// those among the first n of the list. A group has comments' first revisions alone, so
// that an edit counts for nothing.
func (x *Index) count(c *models.Counts, k kind, list *ring, n int, r *models.Revision, of *entry) {
	received := r.ReceivedAt.UnixMilli()
	first := n // within the shortest window, then within the next
	for i, window := range models.CountWindows {
		from := received - window.Milliseconds()
		first = since(first, func(k int) bool { return list.at(k).received > from })
		c[i] = n - first
	}
	if r.Number > 1 && n > 0 {
		x.without(c, k, r, of)
	}
}

// since gives the first of the entries before end from which on all are late. It goes
// back from the end in growing steps: what is looked for is mostly among the newest, which
// were looked at not long ago.
func since(end int, late func(int) bool) int {
	low, high := 0, end // all from high on are late
	for step := 1; step <= end; step *= 2 {
		if !late(end - step) {
			low = end - step + 1
			break
		}
		high = end - step
	}
	for low < high {
		if middle := int(uint(low+high) / 2); late(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// without takes the comment's own first revision from counts of its group.
func (x *Index) without(c *models.Counts, k kind, r *models.Revision, of *entry) {
	received := r.ReceivedAt.UnixMilli()
	for at := x.newestOf(of.name); at != none; at = x.slots.entry(at).older {
		e := x.slots.entry(at)
		if !e.first || e.seq >= r.Seq || !x.isOf(at, r) || x.sender(k, e) != x.sender(k, of) {
			continue
		}
		for i, window := range models.CountWindows {
			if e.received > received-window.Milliseconds() {
				c[i]--
			}
		}
	}
}

// short gives the first half of a keyed hash, which is as good as random.
func short(key []byte) uint64 { return binary.LittleEndian.Uint64(key) }
