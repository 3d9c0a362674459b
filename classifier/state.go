package classifier

import (
	"fmt"

	"github.com/winnowd/winnow/models"
)

// state is what folding the label log makes: one count store that all sites share,
// and one for the labels that a site keeps to itself.
type state struct {
	shared *counts
	sites  map[int64]*counts
	// seq is the last entry folded.
	seq int64
	// ham and spam are the documents of all stores together, tokens their tokens.
	ham, spam, tokens int
}

func newState() *state {
	return &state{shared: newCounts(), sites: make(map[int64]*counts)}
}

// storeOf gives the store that an entry trains.
func (s *state) storeOf(e *models.LogEntry) *counts {
	if e.Shared {
		return s.shared
	}
	c := s.sites[e.SiteID]
	if c == nil {
		c = newCounts()
		s.sites[e.SiteID] = c
	}
	return c
}

// apply folds an entry whose words are given, if it is the next. On error nothing
// has changed.
func (s *state) apply(e *models.LogEntry, words []string) error {
	if e.Seq <= s.seq {
		return nil
	}
	c := s.storeOf(e)
	before := *c
	if e.Retracts {
		if err := c.unlearn(words, e.Label); err != nil {
			return entryError(e, err)
		}
	} else {
		c.learn(words, e.Label)
	}
	s.ham += c.documents[hamRow] - before.documents[hamRow]
	s.spam += c.documents[spamRow] - before.documents[spamRow]
	s.tokens += c.tokens - before.tokens
	s.seq = e.Seq
	return nil
}

// add takes the numbers of a store into those of all.
func (s *state) add(c *counts) {
	s.ham += c.documents[hamRow]
	s.spam += c.documents[spamRow]
	s.tokens += c.tokens
}

// read looks words up as a site sees them: the shared counts and its own.
func (s *state) read(site int64, words []string) lookup {
	r := s.shared.read(words)
	if own := s.sites[site]; own != nil {
		r.add(own.read(words))
	}
	return r
}

// checkEntry returns an error wrapping models.ErrInvalid that names the field of an
// entry that cannot be folded.
func checkEntry(e *models.LogEntry) error {
	if e.Seq <= 0 {
		return fmt.Errorf("label log entry: Seq is %d, must be positive: %w", e.Seq, models.ErrInvalid)
	}
	if e.Label != models.Ham && e.Label != models.Spam {
		return entryError(e, fmt.Errorf("field Label is %q, must be %q or %q: %w", e.Label, models.Ham, models.Spam, models.ErrInvalid))
	}
	return nil
}

func entryError(e *models.LogEntry, err error) error {
	return fmt.Errorf("label log entry %d of site %d: %w", e.Seq, e.SiteID, err)
}
