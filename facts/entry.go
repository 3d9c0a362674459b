package facts

import (
	"github.com/cespare/xxhash/v2"

	"github.com/winnowd/winnow/models"
)

// entry is one remembered revision.
type entry struct {
	seq, site int64
	text      uint64
	received  int64 // milliseconds
	post      uint64
	comment   string
	author    author
	sketch    sketch
	sketched  bool
	first     bool // the comment's first revision
	standing  models.Standing
	// newer and older are the slots of the neighbours in the list of the comment's
	// entries, none at its ends.
	newer, older int32
}

func entryOf(r *models.Revision) entry {
	e := entry{
		seq: r.Seq, site: r.SiteID, text: r.Keys.Text, comment: r.Comment.ID, received: r.ReceivedAt.UnixMilli(),
		post: postOf(r.Comment.Post), author: authorOf(r.Keys.Person, r.Keys.IP), first: r.Number <= 1,
	}
	e.sketch, e.sketched = sketchOf(r.Comment.Content)
	return e
}

// groups gives the groups to which the entry belongs.
func (e *entry) groups(add func(uint64)) {
	if e.text != 0 {
		add(groupKey(byText, e.site, e.text))
	}
	if e.first {
		e.senders(add)
	}
	if e.sketched {
		for i := range bands {
			add(groupKey(bySketch, e.site, e.sketch.band(i)))
		}
	}
}

// author is who wrote a revision, as far as it can be recognised.
type author struct {
	person, ip       [keySize]byte
	hasPerson, hasIP bool
}

func authorOf(person, ip []byte) author {
	var a author
	a.hasPerson = len(person) > 0 && copy(a.person[:], person) > 0
	a.hasIP = len(ip) > 0 && copy(a.ip[:], ip) > 0
	return a
}

// same reports whether a person or an address is the same.
func (a *author) same(b *author) bool {
	return a.hasPerson && b.hasPerson && a.person == b.person || a.hasIP && b.hasIP && a.ip == b.ip
}

// postOf gives the hash of the name by which posts are compared, the id if there is one, else the
// URL; 0 for neither.
func postOf(p models.Post) uint64 {
	var room [128]byte
	switch {
	case p.ID != "":
		return max(xxhash.Sum64(append(append(room[:0], "id:"...), p.ID...)), 1)
	case p.URL != "":
		return max(xxhash.Sum64(append(append(room[:0], "url:"...), p.URL...)), 1)
	default:
		return 0
	}
}

// none is no slot.
const none = int32(-1)

// slab holds entries at places that stay the same.
type slab struct {
	entries []entry
	unused  []int32
	max     int
}

// put copies an entry to a place that is free.
func (s *slab) put(e *entry) int32 {
	if n := len(s.unused); n > 0 {
		at := s.unused[n-1]
		s.unused = s.unused[:n-1]
		s.entries[at] = *e
		return at
	}
	s.entries = append(s.entries, *e)
	return int32(len(s.entries) - 1)
}

// free gives a place back.
func (s *slab) free(at int32) {
	s.entries[at] = entry{}
	s.unused = append(s.unused, at)
}
