package facts

import "github.com/winnowd/winnow/models"

// maxLooks is the most entries of one text that Gather looks at, the newest first.
// It matters only when one comment was revised again and again without a change of
// its text.
const maxLooks = 256

// Gather gives the facts for judging a revision, which need not have been added.
//
// Duplicate is never nil. Its matches are the other comments of the same site that
// had the same text in a revision with a smaller Seq, received at most the window
// before; each with its newest such revision, newest first, at most
// models.MaxMatches. A revision without a text key has none. Where clocks went
// back, the age of a match is 0.
func (x *Index) Gather(r *models.Revision) models.Facts {
	found := &models.Duplicates{}
	if r.Keys.Text == 0 {
		return models.Facts{Duplicate: found}
	}
	received := r.ReceivedAt.UnixMilli()
	author := authorOf(r.Keys.Person, r.Keys.IP)
	post := postOf(r.Comment.Post)

	x.mu.RLock()
	defer x.mu.RUnlock()
	var room [1]ref
	list, n := x.texts.before(textKey{r.SiteID, r.Keys.Text}, r.Seq, &room)
	for i := n - 1; i >= max(0, n-maxLooks) && len(found.Matches) < models.MaxMatches; i-- {
		e := &x.slots.entries[list.at(i).at]
		age := max(0, received-e.received)
		if age > x.window || e.comment == r.Comment.ID || matched(found.Matches, e.comment) {
			continue
		}
		if found.Matches == nil {
			found.Matches = make([]models.Match, 0, min(i+1, models.MaxMatches))
		}
		found.Matches = append(found.Matches, models.Match{
			CommentID: e.comment, AgeMS: age, SameAuthor: author.same(&e.author), SamePost: post != 0 && post == e.post,
		})
	}
	return models.Facts{Duplicate: found}
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
