package facts

import (
	"slices"

	"github.com/winnowd/winnow/models"
)

// maxLooks is the most entries of one group that Gather looks at, the newest first.
// It matters only when one comment was revised again and again without a change of
// its text.
const maxLooks = 256

// Gather gives the facts for judging a revision, which is the faster for having been
// added, and need not have been. No part of what the index knows of is nil.
//
// The matches of Duplicate are the other comments of the same site that had the same
// text in a revision with a smaller Seq, received at most the window before; each with
// its newest such revision, newest first, at most models.MaxMatches. A revision
// without a text key has none. Where clocks went back, the age of a match is 0.
// Similar is the same for texts of which at least half is the same.
func (x *Index) Gather(r *models.Revision) models.Facts {
	x.mu.RLock()
	defer x.mu.RUnlock()
	e, added := x.added(r)
	if !added {
		e = entryOf(r)
	}
	f := models.Facts{
		Duplicate: x.duplicates(r, &e), Similar: x.similar(r, &e),
		Rate: &models.Rate{}, Post: &models.Activity{}, Author: x.history(r, &e.author),
		Parent: &models.Standing{},
	}
	if e.author.hasPerson {
		f.Rate.Person = x.counts(groupKey(byPerson, e.site, short(e.author.person[:])), r)
	}
	if e.author.hasIP {
		f.Rate.Address = x.counts(groupKey(byAddress, e.site, short(e.author.ip[:])), r)
	}
	if e.post != 0 {
		f.Post.Comments = x.counts(groupKey(byPost, e.site, e.post), r)
	}
	if r.Comment.ParentID != "" {
		*f.Parent = x.standing(r.SiteID, r.Comment.ParentID, r.Seq)
	}
	if r.Number > 1 {
		before := x.standing(r.SiteID, r.Comment.ID, r.Seq)
		f.Previous = &before
	}
	return f
}

// added gives a copy of the entry of a revision that was added.
func (x *Index) added(r *models.Revision) (e entry, ok bool) {
	place, ok := x.order.search(r.Seq)
	if !ok {
		return e, false
	}
	e = x.slots.entries[x.order.at(place).at]
	return e, e.is(r)
}

func (x *Index) duplicates(r *models.Revision, of *entry) *models.Duplicates {
	found := &models.Duplicates{}
	if r.Keys.Text == 0 {
		return found
	}
	var room [1]ref
	list, n := x.groups.before(groupKey(byText, r.SiteID, r.Keys.Text), r.Seq, &room)
	for i := n - 1; i >= max(0, n-maxLooks) && len(found.Matches) < models.MaxMatches; i-- {
		e := &x.slots.entries[list.at(i).at]
		m, counts := x.match(e, of, r)
		if !counts || e.text != r.Keys.Text || matched(found.Matches, e.comment) {
			continue
		}
		if found.Matches == nil {
			found.Matches = make([]models.Match, 0, min(i+1, models.MaxMatches))
		}
		found.Matches = append(found.Matches, m)
	}
	return found
}

// match describes an entry as an earlier comment; false if it does not count.
func (x *Index) match(e, of *entry, r *models.Revision) (models.Match, bool) {
	age := max(0, of.received-e.received)
	if age > x.window || e.site != r.SiteID || e.comment == r.Comment.ID {
		return models.Match{}, false
	}
	return models.Match{
		CommentID: e.comment, AgeMS: age, SameAuthor: of.author.same(&e.author), SamePost: of.post != 0 && of.post == e.post,
	}, true
}

// minAlike is how much of a text must be the same for it to be called similar, in
// percent.
const minAlike = 50

// looksPerBand is the most entries of one band that are compared, the newest ones.
const looksPerBand = 8

func (x *Index) similar(r *models.Revision, of *entry) *models.Similar {
	found := &models.Similar{}
	if !of.sketched {
		return found
	}
	var seen [bands * looksPerBand]ref
	n := 0
	for band := range bands {
		var room [1]ref
		list, before := x.groups.before(groupKey(bySketch, r.SiteID, of.sketch.band(band)), r.Seq, &room)
		for i := before - 1; i >= max(0, before-looksPerBand); i-- {
			if v := *list.at(i); !slices.Contains(seen[:n], v) {
				seen[n] = v
				n++
			}
		}
	}
	slices.SortFunc(seen[:n], func(a, b ref) int { return int(min(max(b.seq-a.seq, -1), 1)) })
	for _, v := range seen[:n] {
		e := &x.slots.entries[v.at]
		percent := of.sketch.alike(&e.sketch)
		if percent < minAlike || r.Keys.Text != 0 && e.text == r.Keys.Text {
			continue
		}
		m, counts := x.match(e, of, r)
		if !counts || slices.ContainsFunc(found.Matches, func(a models.Alike) bool { return a.CommentID == e.comment }) {
			continue
		}
		found.Matches = append(found.Matches, models.Alike{Match: m, Percent: percent})
		if len(found.Matches) == models.MaxMatches {
			break
		}
	}
	return found
}

// matched reports whether a comment is among the matches.
func matched(matches []models.Match, commentID string) bool {
	for i := range matches {
		if matches[i].CommentID == commentID {
			return true
		}
	}
	return false
}
