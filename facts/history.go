package facts

import "github.com/winnowd/winnow/models"

// Decided notes how a revision that is remembered now stands.
func (x *Index) Decided(seq int64, s models.Standing) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if place, found := x.order.search(seq); found {
		x.slots.entries[x.order.at(place).at].standing = s
	}
}

// standing is how a comment stood before a seq, by its remembered revisions.
func (x *Index) standing(siteID int64, commentID string, before int64) (s models.Standing) {
	at, ok := x.named[nameHash(siteID, commentID)]
	var newest int64
	for looks := 0; ok && at != none && looks < maxLooks; looks++ {
		e := &x.slots.entries[at]
		if e.site == siteID && e.comment == commentID && e.seq < before && e.seq > newest && e.standing.Action != "" {
			s, newest = e.standing, e.seq
		}
		at = e.older
	}
	return s
}

// history tells of a person's earlier comments.
func (x *Index) history(r *models.Revision, a *author) *models.AuthorHistory {
	h := &models.AuthorHistory{Person: a.hasPerson}
	if !a.hasPerson {
		return h
	}
	var room [1]ref
	list, n := x.groups.before(groupKey(byPerson, r.SiteID, short(a.person[:])), r.Seq, &room)
	for i := n - 1; i >= max(0, n-models.MaxHistory); i-- {
		e := &x.slots.entries[list.at(i).at]
		if e.author.person != a.person || e.is(r) {
			continue
		}
		h.Comments++
		h.SinceMS = max(h.SinceMS, r.ReceivedAt.UnixMilli()-e.received)
		s := e.standing
		if e.newer != none {
			s = x.standing(e.site, e.comment, r.Seq)
		}
		switch s.Action {
		case models.Approve:
			h.Approved++
			if s.ByPerson {
				h.ByPeople++
			}
		case models.Hold:
			h.Held++
		case models.Reject:
			h.Rejected++
		}
	}
	return h
}
