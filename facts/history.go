package facts

import "github.com/winnowd/winnow/models"

// Decided notes how a revision that is remembered now stands.
func (x *Index) Decided(seq int64, s models.Standing) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if place, found := x.order.search(seq); found {
		x.slots.entry(x.order.at(place).at).stand(s)
	}
}

// standing is how a comment stood before a seq, by its remembered revisions.
func (x *Index) standing(siteID int64, commentID string, before int64) (s models.Standing) {
	at := x.newestOf(x.nameOf(siteID, commentID))
	var newest int64
	for looks := 0; at != none && looks < maxLooks; looks++ {
		e := x.slots.entry(at)
		if e.site == siteID && e.seq < before && e.seq > newest && e.action != 0 && x.slots.comment(at) == commentID {
			s, newest = e.standing(), e.seq
		}
		at = e.older
	}
	return s
}

// history tells of a person's earlier comments, which are the first n of a list.
func (x *Index) history(h *models.AuthorHistory, list *ring, n int, r *models.Revision, of *entry) {
	for i := n - 1; i >= max(0, n-models.MaxHistory); i-- {
		at := list.at(i).at
		e := x.slots.entry(at)
		if e.author.person != of.author.person || e.name == of.name && x.isOf(at, r) {
			continue
		}
		h.Comments++
		h.SinceMS = max(h.SinceMS, of.received-e.received)
		s := e.standing()
		if e.newer != none {
			s = x.standing(e.site, x.slots.comment(at), r.Seq)
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
}
