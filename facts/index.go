package facts

import (
	"math/rand/v2"
	"strings"
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
	// MaxEntries is the most revisions remembered, about 550 bytes each;
	// DefaultMaxEntries if it is not positive.
	MaxEntries int
}

// Index remembers recent revisions. It may be used by any number of goroutines.
type Index struct {
	window, keep int64 // milliseconds

	names names

	mu     sync.Mutex
	slots  slab
	order  ring // every entry, by Seq
	groups groups
	named  table // newest slot of a comment, and one more, by the hash of site and id
	newest int64 // the latest time of receipt, in milliseconds
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
		names: newNames(rand.Uint64()), slots: slab{max: opts.MaxEntries},
	}
	x.groups.slots = &x.slots
	return x
}

// Add remembers an accepted revision. Adding it again changes nothing. Any order is
// right; the newest first is the fastest while new revisions come in.
func (x *Index) Add(r *models.Revision) { x.AddDecided(models.Remembered{Revision: r}) }

// AddDecided is Add for a revision that may have been decided before.
func (x *Index) AddDecided(r models.Remembered) {
	e := x.entryOf(r.Revision)
	e.stand(r.Standing)
	x.add(&e, r.Comment.ID)
}

// Len tells how many revisions are remembered.
func (x *Index) Len() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.order.n
}

// Forget removes every revision of a comment.
func (x *Index) Forget(siteID int64, commentID string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	at := x.newestOf(x.nameOf(siteID, commentID))
	for at != none {
		e := x.slots.entry(at)
		older := e.older
		if e.site == siteID && x.slots.comment(at) == commentID {
			x.order.remove(e.seq)
			x.drop(at)
		}
		at = older
	}
}

func (x *Index) add(e *entry, comment string) {
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
	at := x.slots.put(e, strings.Clone(comment)) // it may be a part of all the comment's text
	v := x.slots.ref(at)
	x.order.insert(place, v)
	names := x.groupsOf(e)
	x.groups.byName.touch(names[:])
	for k, name := range names {
		if name != 0 {
			x.groups.insert(kind(k), name, v)
		}
	}
	x.link(at)
}

// slack is how much longer than needed an entry is kept, in milliseconds: a
// revision may be judged again that long after it came in and finds the same.
const slack = int64(time.Hour / time.Millisecond)

// expire drops entries that no window reaches any more. It drops a few at a time,
// so that a clock that jumps does not empty the index at once.
func (x *Index) expire() {
	for range 2 {
		if x.order.n == 0 || x.order.at(0).received >= x.newest-x.keep-slack {
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
	e := x.slots.entry(at)
	for _, name := range x.groupsOf(e) {
		if name != 0 {
			x.groups.remove(name, e.seq)
		}
	}
	x.unlink(at)
	x.slots.free(at)
}

// link puts an entry in front of the others of its comment.
func (x *Index) link(at int32) {
	e := x.slots.entry(at)
	newest := x.named.put(e.name)
	e.newer, e.older = none, int32(*newest)-1
	if e.older != none {
		x.slots.entry(e.older).newer = at
	}
	*newest = uint32(at + 1)
}

// unlink takes an entry from among the others of its comment.
func (x *Index) unlink(at int32) {
	e := x.slots.entry(at)
	if e.older != none {
		x.slots.entry(e.older).newer = e.newer
	}
	switch {
	case e.newer != none:
		x.slots.entry(e.newer).older = e.older
	case e.older != none:
		*x.named.put(e.name) = uint32(e.older + 1)
	default:
		x.named.remove(e.name)
	}
}

// newestOf gives the newest slot of the comments of a name; none if there is none.
func (x *Index) newestOf(name uint64) int32 { return int32(x.named.find(name)) - 1 }

// nameOf gives the hash under which a comment is found. Comments of equal hashes share a
// list, and are told apart in it.
func (x *Index) nameOf(site int64, comment string) uint64 {
	return x.names.group(byComment, site, xxhash.Sum64String(comment))
}

// isOf tells whether an entry is of the comment of r.
func (x *Index) isOf(at int32, r *models.Revision) bool {
	return x.slots.entry(at).site == r.SiteID && x.slots.comment(at) == r.Comment.ID
}
