package facts

import (
	"github.com/cespare/xxhash/v2"

	"github.com/winnowd/winnow/models"
)

// entry is one remembered revision. It has no pointers, so that the garbage collector
// need not look at the many there are; the comment's id is beside it in the slab.
type entry struct {
	seq, site int64
	text      uint64
	received  int64 // milliseconds
	post      uint64
	name      uint64 // hash of site and comment
	// newer and older are the slots of the neighbours in the list of the comment's
	// entries, none at its ends.
	newer, older int32
	// leading has a bit for each kind of group, see leads.
	leading  uint16
	action   action
	byPerson bool
	sketched bool
	first    bool // the comment's first revision
	author   author
	sketch   sketch
}

// action is a models.Action, or the empty one, as a place in actions.
type action uint8

var actions = [...]models.Action{"", models.Approve, models.Hold, models.Reject}

// stand notes how the revision stands.
func (e *entry) stand(s models.Standing) {
	e.action, e.byPerson = 0, s.ByPerson
	for i, a := range actions {
		if a == s.Action {
			e.action = action(i)
		}
	}
}

func (e *entry) standing() models.Standing {
	return models.Standing{Action: actions[e.action], ByPerson: e.byPerson}
}

func (x *Index) entryOf(r *models.Revision) entry {
	e := entry{
		seq: r.Seq, site: r.SiteID, text: r.Keys.Text, name: x.nameOf(r.SiteID, r.Comment.ID), received: r.ReceivedAt.UnixMilli(),
		post: postOf(r.Comment.Post), author: authorOf(r.Keys.Person, r.Keys.IP), first: r.Number <= 1,
	}
	e.sketch, e.sketched = sketchOf(r.Comment.Content)
	return e
}

// groupsOf gives the names of the groups to which an entry belongs, by kind; 0 for none.
func (x *Index) groupsOf(e *entry) (names [kinds]uint64) {
	if e.text != 0 {
		names[byText] = x.names.group(byText, e.site, e.text)
	}
	if e.first {
		for _, k := range [...]kind{byPerson, byAddress, byPost} {
			names[k] = x.sender(k, e)
		}
	}
	if e.sketched {
		for i := range bands {
			names[bySketch+kind(i)] = x.names.group(bySketch+kind(i), e.site, e.sketch.band(i))
		}
	}
	return names
}

// sender gives the name of a group by which comments are counted; 0 if an entry tells
// nothing of what it would have in common with others.
func (x *Index) sender(k kind, e *entry) uint64 {
	switch {
	case k == byPerson && e.author.hasPerson:
		return x.names.group(k, e.site, short(e.author.person[:]))
	case k == byAddress && e.author.hasIP:
		return x.names.group(k, e.site, short(e.author.ip[:]))
	case k == byPost && e.post != 0:
		return x.names.group(k, e.site, e.post)
	}
	return 0
}

// leads tells that no entry of the entry's group of a kind has a smaller seq, which saves
// looking for one. If it is false there may be none all the same.
func (e *entry) leads(k kind) bool { return e.leading>>k&1 != 0 }

func (e *entry) lead(k kind, leads bool) {
	e.leading &^= 1 << k
	if leads {
		e.leading |= 1 << k
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
