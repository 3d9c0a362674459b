package store

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// signature tells of a text which runs of three bytes it may have: each sets one bit of
// 512. A text of some 500 bytes sets half of them; it has the runs of a word of nine bytes
// by chance once in a hundred times.
type signature [8]uint64

func signatureOf(text string) (s signature) {
	s.add(text)
	return s
}

// anySignature is that of a text that is not known.
func anySignature() (s signature) {
	for i := range s {
		s[i] = ^uint64(0)
	}
	return s
}

func (s *signature) add(text string) {
	for i := 0; i+2 < len(text); i++ {
		run := uint32(text[i]) | uint32(text[i+1])<<8 | uint32(text[i+2])<<16
		bit := run * 0x9e3779b1 >> 23
		s[bit>>6] |= 1 << (bit & 63)
	}
}

// has tells whether a text may have all that another has.
func (s *signature) has(other *signature) bool {
	for i := range s {
		if other[i]&^s[i] != 0 {
			return false
		}
	}
	return true
}

// searched is what reading texts for some words found.
type searched struct {
	early map[int64]bool // by a search a moment before, shared
	late  map[int64]bool
}

// has tells whether a text has the words, if that is known.
func (s *searched) has(revision int64) (has, known bool) {
	if has, known = s.early[revision]; !known {
		has, known = s.late[revision]
	}
	return has, known
}

const (
	// searchLife is how long what was found is remembered: a page lists and counts, and
	// somebody may go on to the next. maxSearches is how many, of some hundred KB each.
	searchLife  = 10 * time.Second
	maxSearches = 4
)

// searches remembers what the last searches found. It stays true: the text of a revision
// never changes.
type searches struct {
	mu   sync.Mutex
	last []search // the newest last
}

type search struct {
	terms []string
	at    time.Time
	found map[int64]bool
}

func (s *searches) find(terms []string) searched {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.last {
		if l := &s.last[i]; slices.Equal(l.terms, terms) && time.Since(l.at) < searchLife {
			return searched{early: l.found}
		}
	}
	return searched{}
}

// keep remembers what was found, unless it adds little to what is remembered.
func (s *searches) keep(terms []string, found searched) {
	if len(found.late) <= len(found.early)/8 {
		return
	}
	maps.Copy(found.late, found.early)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = slices.DeleteFunc(s.last, func(l search) bool { return time.Since(l.at) >= searchLife || slices.Equal(l.terms, terms) })
	if len(s.last) == maxSearches {
		s.last = slices.Delete(s.last, 0, 1)
	}
	s.last = append(s.last, search{terms, time.Now(), found.late})
}
