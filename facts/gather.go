package facts

import (
	"slices"

	"github.com/winnowd/winnow/models"
)

// maxLooks is the most entries of one group that Gather looks at, the newest first.
// It matters only when one comment was revised again and again without a change of
// its text.
const maxLooks = 256

// gathered is what every revision's facts are made of, in one piece of memory.
type gathered struct {
	duplicates                  models.Duplicates
	similar                     models.Similar
	rate                        models.Rate
	activity                    models.Activity
	author                      models.AuthorHistory
	parent                      models.Standing
	ofPerson, ofAddress, ofPost models.Counts
}

// Gather gives the facts for judging a revision, which is the faster for having been
// added, and need not have been. No part of what the index knows of is nil.
//
// The matches of Duplicate are the other comments of the same site that had the same
// text in a revision with a smaller Seq, received at most the window before; each with
// its newest such revision, newest first, at most models.MaxMatches. A revision
// without a text key has none. Where clocks went back, the age of a match is 0.
// Similar is the same for texts of which at least half is the same.
func (x *Index) Gather(r *models.Revision) models.Facts {
	g := new(gathered)
	f := models.Facts{
		Duplicate: &g.duplicates, Similar: &g.similar, Rate: &g.rate, Author: &g.author, Post: &g.activity, Parent: &g.parent,
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	e := x.added(r)
	if e == nil {
		other := x.entryOf(r)
		e = &other
	}
	x.duplicates(&g.duplicates, r, e)
	x.similar(&g.similar, r, e)
	if e.author.hasPerson {
		g.author.Person, g.rate.Person = true, &g.ofPerson
		x.person(g, r, e)
	}
	if e.author.hasIP {
		g.rate.Address = &g.ofAddress
		x.counts(&g.ofAddress, byAddress, r, e)
	}
	if e.post != 0 {
		g.activity.Comments = &g.ofPost
		x.counts(&g.ofPost, byPost, r, e)
	}
	if r.Comment.ParentID != "" {
		g.parent = x.standing(r.SiteID, r.Comment.ParentID, r.Seq)
	}
	if r.Number > 1 {
		before := x.standing(r.SiteID, r.Comment.ID, r.Seq)
		f.Previous = &before
	}
	return f
}

// person gathers what is known of a person.
func (x *Index) person(g *gathered, r *models.Revision, e *entry) {
	var room [1]ref
	list, n := x.earlier(byPerson, r, e, &room)
	x.count(&g.ofPerson, byPerson, &list, n, r, e)
	x.history(&g.author, &list, n, r, e)
}

// counts counts comments that have something in common with an entry.
func (x *Index) counts(c *models.Counts, k kind, r *models.Revision, e *entry) {
	var room [1]ref
	list, n := x.earlier(k, r, e, &room)
	x.count(c, k, &list, n, r, e)
}

// earlier gives what has something in common with an entry, as groups.before does.
func (x *Index) earlier(k kind, r *models.Revision, e *entry, room *[1]ref) (ring, int) {
	if e.leads(k) {
		return ring{}, 0
	}
	return x.groups.before(x.sender(k, e), r.Seq, room)
}

// added finds the entry of a revision that was added; nil if it was not.
func (x *Index) added(r *models.Revision) *entry {
	place, ok := x.order.search(r.Seq)
	if !ok {
		return nil
	}
	at := x.order.at(place).at
	if !x.isOf(at, r) {
		return nil
	}
	return x.slots.entry(at)
}

// duplicates looks for comments with the same text.
func (x *Index) duplicates(found *models.Duplicates, r *models.Revision, of *entry) {
	if r.Keys.Text == 0 || of.text == r.Keys.Text && of.leads(byText) {
		return
	}
	var room [1]ref
	list, n := x.groups.before(x.names.group(byText, r.SiteID, r.Keys.Text), r.Seq, &room)
	for i := n - 1; i >= max(0, n-maxLooks) && len(found.Matches) < models.MaxMatches; i-- {
		at := list.at(i).at
		m, counts := x.match(at, of, r)
		if !counts || x.slots.entry(at).text != r.Keys.Text || matched(found.Matches, m.CommentID) {
			continue
		}
		if found.Matches == nil {
			found.Matches = make([]models.Match, 0, min(i+1, models.MaxMatches))
		}
		found.Matches = append(found.Matches, m)
	}
}

// match describes an entry as an earlier comment; false if it does not count.
func (x *Index) match(at int32, of *entry, r *models.Revision) (models.Match, bool) {
	e := x.slots.entry(at)
	age := max(0, of.received-e.received)
	if age > x.window || e.site != r.SiteID || x.isOf(at, r) {
		return models.Match{}, false
	}
	return models.Match{
		CommentID: x.slots.comment(at), AgeMS: age, SameAuthor: of.author.same(&e.author), SamePost: of.post != 0 && of.post == e.post,
	}, true
}

// minAlike is how much of a text must be the same for it to be called similar, in
// percent.
const minAlike = 50

// looksPerBand is the most entries of one band that are compared, the newest ones.
const looksPerBand = 8

// similar looks for comments with nearly the same text.
func (x *Index) similar(found *models.Similar, r *models.Revision, of *entry) {
	if !of.sketched || of.leading>>bySketch == 1<<bands-1 {
		return
	}
	var seen [bands * looksPerBand]ref
	n := 0
	for band := range bands {
		k := bySketch + kind(band)
		if of.leads(k) {
			continue
		}
		var room [1]ref
		list, before := x.groups.before(x.names.group(k, r.SiteID, of.sketch.band(band)), r.Seq, &room)
		for i := before - 1; i >= max(0, before-looksPerBand); i-- {
			if v := *list.at(i); !slices.Contains(seen[:n], v) {
				seen[n] = v
				n++
			}
		}
	}
	slices.SortFunc(seen[:n], func(a, b ref) int { return int(min(max(b.seq-a.seq, -1), 1)) })
	for _, v := range seen[:n] {
		e := x.slots.entry(v.at)
		percent := of.sketch.alike(&e.sketch)
		if percent < minAlike || r.Keys.Text != 0 && e.text == r.Keys.Text {
			continue
		}
		m, counts := x.match(v.at, of, r)
		if !counts || slices.ContainsFunc(found.Matches, func(a models.Alike) bool { return a.CommentID == m.CommentID }) {
			continue
		}
		found.Matches = append(found.Matches, models.Alike{Match: m, Percent: percent})
		if len(found.Matches) == models.MaxMatches {
			break
		}
	}
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
