package policy

import "github.com/winnowd/winnow/models"

// look is one look at a case: the case, and what the rules that look at it share so
// that it is worked out once.
type look struct {
	*models.Case
	// lacks is set by a rule that needs a fact which was not gathered: whatever it
	// returns then, nothing was found, and nobody knows what would have been.
	lacks bool
	// found is what built-in rules found that counts, for custom ones.
	found []models.Finding
	// custom is what custom rules see; nil before the first asks.
	custom *customEnv
	counts stats
	// texts are the fields cut into words, with and without diacritics.
	texts [len(fieldTable)][2]wordText
}

// open begins a look.
func (s *Set) open(c *models.Case) *look {
	l, _ := s.looks.Get().(*look)
	if l == nil {
		l = new(look)
	}
	l.Case = c
	return l
}

// close ends a look; its memory is used again.
func (s *Set) close(l *look) {
	l.Case, l.found, l.custom, l.lacks, l.counts.read = nil, nil, nil, false, false
	for i := range l.texts {
		for j := range l.texts[i] {
			l.texts[i][j].read = false
		}
	}
	s.looks.Put(l)
}

// lack notes that a fact is missing. It returns false for the rule to return.
func (l *look) lack() (reason, bool) {
	l.lacks = true
	return reason{}, false
}

// words gives a field cut into words as a lexicon knows them.
func (l *look) words(f *field, x *lexicon) *wordText {
	i := 0
	if x.diacritics {
		i = 1
	}
	t := &l.texts[f.index][i]
	if !t.read {
		x.cut(t, f.value(l.Case))
	}
	return t
}
