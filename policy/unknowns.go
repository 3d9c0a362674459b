package policy

import (
	"strings"

	"github.com/winnowd/winnow/models"
)

// unknowns are values that may be unknown, a bit for each kind of them: a condition that
// needs one which is, is neither true nor false.
type unknowns uint16

const (
	noScore unknowns = 1 << iota
	noParent
	noPrevious
	noAge
	noScript
	noDuplicates
	noSimilar
	noIP
	noPostAge
	noElapsed
	noHistory
	noPersonCounts
	noAddressCounts
	noPostCounts
)

// unknowable gives the kind of a value by its name, 0 if it is always known.
func unknowable(path string) unknowns {
	switch path {
	case "score":
		return noScore
	case "parent":
		return noParent
	case "previous":
		return noPrevious
	case "comment.age":
		return noAge
	case "comment.script":
		return noScript
	case "comment.duplicates":
		return noDuplicates
	case "comment.similar":
		return noSimilar
	case "author.ip":
		return noIP
	case "post.age":
		return noPostAge
	case "form.elapsed":
		return noElapsed
	case "author.trusted", "author.first", "author.comments", "author.approved", "author.held", "author.rejected", "author.since":
		return noHistory
	}
	group, name, _ := strings.Cut(path, ".")
	if !strings.HasPrefix(name, "last_") {
		return 0
	}
	return map[string]unknowns{"author": noPersonCounts, "address": noAddressCounts, "post": noPostCounts}[group]
}

// ungathered are the values whose facts were not gathered, which is a reason of its own
// for being unknown.
func ungathered(f *models.Facts) (u unknowns) {
	for _, fact := range [...]struct {
		missing bool
		of      unknowns
	}{
		{f.Duplicate == nil, noDuplicates}, {f.Similar == nil, noSimilar}, {f.Parent == nil, noParent}, {f.Author == nil, noHistory},
		{f.Rate == nil, noPersonCounts | noAddressCounts}, {f.Post == nil, noPostCounts},
	} {
		if fact.missing {
			u |= fact.of
		}
	}
	return u
}
