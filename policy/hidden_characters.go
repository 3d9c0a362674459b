package policy

import "fmt"

const hiddenCharactersName = "hidden-characters"

// hiddenCharacters finds texts with characters that nobody sees: they keep word lists
// and filters from recognising words.
type hiddenCharacters struct {
	max int
}

func decodeHiddenCharacters(o *object) rule {
	return hiddenCharacters{o.whole("max", 3, 1_000_000)}
}

func (r hiddenCharacters) check(l *look) (reason, bool) {
	if l.Text.Hidden <= r.max {
		return reason{}, false
	}
	return reason{
		code: hiddenCharactersName + ".found", params: map[string]any{"found": l.Text.Hidden, "max": r.max},
		detail: fmt.Sprintf("%s that nobody sees, at most %d are tolerated", count(l.Text.Hidden, "character"), r.max),
	}, true
}
