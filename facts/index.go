package facts

import (
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/winnowd/winnow/models"
)

// Defaults of Options.
const (
	DefaultWindow     = 7 * 24 * time.Hour
	DefaultMaxEntries = 200_000
)

// keySize is the length of the keys of persons and addresses, in bytes.
const keySize = 16

// Options say what an Index remembers.
type Options struct {
	// Window is how long before a revision another one is a duplicate or similar;
	// DefaultWindow if it is not positive.
	Window time.Duration
	// Keep is how long a revision is remembered for the history of its author; Window
	// if it is less.
	Keep time.Duration
	// MaxEntries is the most revisions remembered, about 600 bytes each;
	// DefaultMaxEntries if it is not positive.
	MaxEntries int
}

// Index remembers recent revisions. It may be used by any number of goroutines.
type Index struct {
	window, keep int64 // milliseconds

	mu     sync.RWMutex
	slots  slab
	order  ring // every entry, by Seq
	groups groups
	named  map[uint64]int32 // newest slot of a comment, by the hash of site and id
	newest int64            // the latest time of receipt, in milliseconds
}

// New gives an empty Index.
func New(opts Options) *Index {
	if opts.Window <= 0 {
		opts.Window = DefaultWindow
	}
	if opts.MaxEntries <= 0 {
		opts.MaxEntries = DefaultMaxEntries
	}
	x := &Index{
		window: opts.Window.Milliseconds(), keep: max(opts.Window, opts.Keep).Milliseconds(),
		slots: slab{max: opts.MaxEntries},
		named: make(map[uint64]int32),
	}
	x.groups = newGroups(&x.slots)
	return x
}

// Add remembers an accepted revision. Adding it again changes nothing. Any order is
// right; the newest first is the fastest while new revisions come in.
func (x *Index) Add(r *models.Revision) { x.AddDecided(models.Remembered{Revision: r}) }

// AddDecided is Add for a revision that may have been decided before.
func (x *Index) AddDecided(r models.Remembered) {
	e := entryOf(r.Revision)
	e.standing = r.Standing
	x.add(&e)
}

// Len tells how many revisions are remembered.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.order.n
}

// Forget removes every revision of a comment.
func (x *Index) Forget(siteID int64, commentID string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	at, ok := x.named[nameHash(siteID, commentID)]
	for ok && at != none {
		e := &x.slots.entries[at]
		older := e.older
		if e.site == siteID && e.comment == commentID {
			x.order.remove(e.seq)
			x.drop(at)
		}
		at = older
	}
}

func (x *Index) add(e *entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.newest = max(x.newest, e.received)
	x.expire()
	place, found := x.order.search(e.seq)
	if found {
		return
	}
	if x.order.n == x.slots.max {
		if place == 0 {
			return // older than all that there is place for
		}
		x.dropOldest()
		place--
	}
	at := x.slots.put(e)
	x.order.insert(place, ref{seq: e.seq, at: at})
	e.groups(func(key uint64) { x.groups.insert(key, ref{seq: e.seq, at: at}) })
	x.link(at)
}

// slack is how much longer than needed an entry is kept, in milliseconds: a
// revision may be judged again that long after it came in and finds the same.
const slack = int64(time.Hour / time.Millisecond)

// expire drops entries that no window reaches any more. It drops a few at a time,
// so that a clock that jumps does not empty the index at once.
func (x *Index) expire() {
	for range 2 {
		if x.order.n == 0 || x.slots.entries[x.order.at(0).at].received >= x.newest-x.keep-slack {
			return
		}
		x.dropOldest()
	}
}

func (x *Index) dropOldest() {
	x.drop(x.order.removeFirst().at)
}

// drop forgets an entry that is no longer in order.
func (x *Index) drop(at int32) {
	e := &x.slots.entries[at]
	e.groups(func(key uint64) { x.groups.remove(key, e.seq) })
	x.unlink(at)
	x.slots.free(at)
}

// link puts an entry in front of the others of its comment.
func (x *Index) link(at int32) {
	e := &x.slots.entries[at]
	name := nameHash(e.site, e.comment)
	e.newer, e.older = none, none
	if head, ok := x.named[name]; ok {
		e.older = head
		x.slots.entries[head].newer = at
	}
	x.named[name] = at
}

// unlink takes an entry from among the others of its comment.
func (x *Index) unlink(at int32) {
	e := &x.slots.entries[at]
	if e.older != none {
		x.slots.entries[e.older].newer = e.newer
	}
	switch {
	case e.newer != none:
		x.slots.entries[e.newer].older = e.older
	case e.older != none:
		x.named[nameHash(e.site, e.comment)] = e.older
	default:
		delete(x.named, nameHash(e.site, e.comment))
	}
}

// nameHash gives the hash under which a comment is found. Comments of equal hashes
// share a list, and are told apart in it.
func nameHash(site int64, comment string) uint64 {
	return xxhash.Sum64String(comment) ^ uint64(site)*0x9e3779b97f4a7c15
}
