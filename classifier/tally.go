package classifier

import (
	"fmt"

	"github.com/winnowd/winnow/models"
)

// tally counts a whole log before any of it goes to a count store, which then learns
// each token once instead of once per document.
type tally struct {
	shared storeTally
	sites  map[int64]*storeTally
	seq    int64
}

// storeTally is the counts of one store.
type storeTally struct {
	vocabulary
	have      [][2]int32 // by number of the token and row of class
	documents [2]int
}

// count folds the entries of a batch, as state.apply does one by one.
func (t *tally) count(b *batch) error {
	first := 0
	for i := range b.entries {
		e, last := &b.entries[i], b.last[i]
		if e.Seq > t.seq {
			s := t.storeOf(e)
			if e.Retracts {
				if err := s.unlearn(b, first, last, e.Label); err != nil {
					return entryError(e, err)
				}
			} else {
				s.learn(b, first, last, e.Label)
			}
			t.seq = e.Seq
		}
		first = last
	}
	return nil
}

func (t *tally) storeOf(e *models.LogEntry) *storeTally {
	s := &t.shared
	if !e.Shared {
		if s = t.sites[e.SiteID]; s == nil {
			s = &storeTally{}
			if t.sites == nil {
				t.sites = make(map[int64]*storeTally)
			}
			t.sites[e.SiteID] = s
		}
	}
	return s
}

// token gives token i of a batch.
func (b *batch) token(i int) []byte {
	start := 0
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.tokens[start:b.ends[i]]
}

func (s *storeTally) learn(b *batch, first, last int, label models.Label) {
	_, row := classOf(label)
	for i := first; i < last; i++ {
		token, sum := b.token(i), b.sums[i]
		n := s.find(token, sum)
		if n < 0 {
			n = s.add(token, sum)
			s.have = append(s.have, [2]int32{})
		}
		s.have[n][row]++
	}
	s.documents[row]++
}

func (s *storeTally) unlearn(b *batch, first, last int, label models.Label) error {
	_, row := classOf(label)
	if s.documents[row] < 1 {
		return errNeverLearnt(label, documentsWord, 0)
	}
	numbers := make([]int, 0, last-first)
	for i := first; i < last; i++ {
		n := s.find(b.token(i), b.sums[i])
		if n < 0 || s.have[n][row] < 1 {
			return errNeverLearnt(label, string(b.token(i)), s.documents[row])
		}
		numbers = append(numbers, n)
	}
	for _, n := range numbers {
		s.have[n][row]--
	}
	s.documents[row]--
	return nil
}

// errNeverLearnt tells that a retraction has nothing to take back.
func errNeverLearnt(label models.Label, word string, documents int) error {
	if word == documentsWord {
		return fmt.Errorf("take back a %s document: none was learnt: %w", label, models.ErrConflict)
	}
	return fmt.Errorf("take back a %s document: %q was in none of the %d that were learnt: %w",
		label, word, documents, models.ErrConflict)
}

// state moves the counts to count stores.
func (t *tally) state() *state {
	s := newState()
	s.seq = t.seq
	s.shared = t.shared.counts()
	s.add(s.shared)
	for site, own := range t.sites {
		s.sites[site] = own.counts()
		s.add(s.sites[site])
	}
	return s
}

// counts makes a count store of the tokens that stand in a document.
func (s *storeTally) counts() *counts {
	c := newCounts()
	for n, token := range s.names {
		have := s.have[n]
		if have[hamRow] > 0 {
			c.store.Observe(token, int(have[hamRow]), hamClass)
		}
		if have[spamRow] > 0 {
			c.store.Observe(token, int(have[spamRow]), spamClass)
		}
		if have[hamRow]+have[spamRow] > 0 {
			c.tokens++
		}
	}
	c.documents = s.documents
	for row, class := range classes {
		if n := s.documents[row]; n > 0 {
			c.store.Observe(documentsWord, n, class)
		}
	}
	return c
}
