package store

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/winnowd/winnow/models"
)

// choice is a filter as a heldSet asks it of its rows.
type choice struct {
	h        *heldSet
	f        *models.CommentFilter
	rules    []bool // by heldRow.rules
	author   uint64
	address  uint64
	language uint64
	post     uint64
	since    int64
	until    int64
	least    float64 // the score, and what it is below
	below    float64
	few      bool // nothing is asked of heldMore but words
	terms    []string
	sign     signature
	// found tells of rows that are unread whether they have the words.
	found *searched
}

// choice prepares a filter. The set must be locked.
func (h *heldSet) choice(f *models.CommentFilter, terms []string, found *searched) *choice {
	c := &choice{
		h: h, f: f, author: h.hash(f.Author), address: h.hash(f.Address), language: h.hash([]byte(f.Language)), post: h.hash([]byte(f.Post)),
		terms: terms, found: found,
	}
	for _, term := range c.terms {
		c.sign.add(term)
	}
	if c.least, c.below = f.MinScore, f.MaxScore; f.MaxScore <= 0 {
		c.below = math.Inf(1)
	}
	c.few = f.Author == nil && f.Address == nil && f.Language == "" && f.Post == "" && f.Since.IsZero() && f.Until.IsZero()
	if f.Rule != "" {
		c.rules = make([]bool, len(h.rules))
		for i, set := range h.rules {
			c.rules[i] = strings.Contains(set, " "+f.Rule+" ")
		}
	}
	if !f.Since.IsZero() {
		c.since = f.Since.UnixMilli()
	}
	if !f.Until.IsZero() {
		c.until = f.Until.UnixMilli()
	}
	return c
}

// foldedTerms are the words that a filter searches for, the longest first: it is the
// likeliest to be missing.
func foldedTerms(f *models.CommentFilter) []string {
	terms := models.Terms(f.Query)
	for i := range terms {
		terms[i] = Fold(terms[i])
	}
	slices.SortStableFunc(terms, func(a, b string) int { return len(b) - len(a) })
	return terms
}

// columns tells whether a row is chosen by all but its text.
func (c *choice) columns(r *heldRow, more *heldMore) bool {
	f := c.f
	return r.revision != 0 &&
		r.score >= c.least && r.score < c.below &&
		(f.Sites == nil || slices.Contains(f.Sites, int64(r.site))) &&
		(f.Rule == "" || c.rules[r.rules]) &&
		(c.few || c.rest(more))
}

// rest is for the columns that few filters are about.
func (c *choice) rest(r *heldMore) bool {
	f := c.f
	return (f.Author == nil || c.author != 0 && (r.person == c.author || r.email == c.author)) &&
		(f.Address == nil || c.address != 0 && r.ip == c.address) &&
		(f.Language == "" || r.language == c.language) &&
		(f.Post == "" || r.post == c.post) &&
		(f.Since.IsZero() || r.received >= c.since) &&
		(f.Until.IsZero() || r.received < c.until)
}

// words tells whether a row has all the words. known is false where only its text can
// tell, which is not here.
func (c *choice) words(r *heldRow, more *heldMore) (has, known bool) {
	switch {
	case len(c.terms) == 0:
		return true, true
	case !more.sign.has(&c.sign):
		return false, true
	case more.unread:
		return c.found.has(r.revision)
	}
	for _, term := range c.terms {
		if !strings.Contains(more.text, term) {
			return false, true
		}
	}
	return true, true
}

// heldLook is what runs over the rows that a filter chooses.
type heldLook struct {
	// begin is called ahead of a run: what an earlier one gave counts for nothing.
	begin func()
	// before is asked of a row ahead of its text, each is called with those chosen.
	before func(*heldRow) bool
	each   func(*heldRow, *heldMore)
}

// lookTries bounds how often texts are read for one question while others go on: then the
// set stands still for the few that have come in meanwhile.
const lookTries = 3

// look runs over the rows that a filter chooses, the newest first as far as the rows are
// in order. It tells false if the set cannot be asked. Where texts are not in memory, those
// that a run has met are read, and it runs again: what came in meanwhile it meets then.
func (h *heldSet) look(f *models.CommentFilter, l heldLook) (bool, error) {
	terms := foldedTerms(f)
	found := h.memo.find(terms)
	for try := 1; ; try++ {
		if ready, err := h.catchUp(); err != nil || !ready {
			return false, err
		}
		unknown, ok, err := h.walk(f, terms, &found, l, try > lookTries)
		if err != nil || !ok {
			return false, err
		}
		if len(unknown) == 0 {
			h.memo.keep(terms, found)
			return true, nil
		}
		if err := h.readTexts(terms, unknown, &found); err != nil {
			return false, err
		}
	}
}

// walk runs once and gives the revisions of which only their text can tell; if it is to be
// the last, it reads those itself, while nothing can come in, and runs again. ok is false
// if the set cannot be asked.
func (h *heldSet) walk(f *models.CommentFilter, terms []string, found *searched, l heldLook, last bool) (unknown []int64, ok bool, err error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.state != heldReady {
		return nil, false, nil
	}
	unknown = h.pass(f, terms, found, l, false)
	if len(unknown) == 0 || !last {
		return unknown, true, nil
	}
	if err := h.readTexts(terms, unknown, found); err != nil {
		return nil, false, err
	}
	h.pass(f, terms, found, l, true) // a text that is not there now is gone, or going
	return nil, true, nil
}

// pass is one run; the set must be locked. Once there is a revision of which only its text
// can tell, the run only looks for more of them, unless such are to be left out.
func (h *heldSet) pass(f *models.CommentFilter, terms []string, found *searched, l heldLook, leave bool) (unknown []int64) {
	l.begin()
	c := h.choice(f, terms, found)
	for i := range h.rows {
		at := i
		if f.Order != models.Oldest {
			at = len(h.rows) - 1 - i
		}
		r, more := &h.rows[at], &h.more[at]
		void := len(unknown) > 0 && !leave
		if void && !more.unread || !c.columns(r, more) || !l.before(r) {
			continue
		}
		if has, known := c.words(r, more); !known {
			unknown = append(unknown, r.revision)
		} else if has {
			l.each(r, more)
		}
	}
	return unknown
}

// readTexts searches texts that are not in memory. Of those that are gone nothing is
// found: their rows will be gone, too, or come back with them.
func (h *heldSet) readTexts(terms []string, seqs []int64, found *searched) error {
	slices.Sort(seqs)
	query := "SELECT revision_seq, 1"
	for range terms {
		query += " AND instr(text, ?) > 0"
	}
	query += " FROM held_text WHERE revision_seq IN (SELECT value FROM json_each(?))"
	if found.late == nil {
		found.late = make(map[int64]bool, len(seqs))
	}
	for part := range slices.Chunk(seqs, 4*heldPage) {
		var args []any
		for _, term := range terms {
			args = append(args, []byte(term))
		}
		if err := h.s.eachText(query, append(args, jsonList(part)), func(seq int64, has bool) { found.late[seq] = has }); err != nil {
			return err
		}
	}
	return nil
}

// eachText tells of revisions whether their texts have some words.
func (s *Store) eachText(query string, args []any, each func(seq int64, has bool)) error {
	rows, err := s.readers.QueryContext(background, query, args...)
	if err != nil {
		return fmt.Errorf("search what is held: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var has bool
		if err := rows.Scan(&seq, &has); err != nil {
			return fmt.Errorf("search what is held: %w", err)
		}
		each(seq, has)
	}
	return rows.Err()
}

// list gives the first that a filter chooses after a place, in its order; ok is false if
// the set cannot be asked.
func (h *heldSet) list(f *models.CommentFilter, after models.Place, limit int) (best []candidate, ok bool, err error) {
	first := firstOf(f.Order)
	start := after == models.Place{}
	ok, err = h.look(f, heldLook{
		begin: func() { best = best[:0] },
		before: func(r *heldRow) bool {
			return (start || first(after.Score, after.Seq, r)) && (len(best) < limit || !first(best[limit-1].score, best[limit-1].revision, r))
		},
		each: func(r *heldRow, more *heldMore) {
			at := sort.Search(len(best), func(i int) bool { return !first(best[i].score, best[i].revision, r) })
			best = slices.Insert(best, at, candidate{revision: r.revision, decision: more.decision, score: r.score, place: r.revision})
			best = best[:min(len(best), limit)]
		},
	})
	return best, ok, err
}

// firstOf tells whether a score and a seq come before a row in an order.
func firstOf(o models.Order) func(score float64, seq int64, r *heldRow) bool {
	switch o {
	case models.Oldest:
		return func(_ float64, seq int64, r *heldRow) bool { return seq < r.revision }
	case models.Highest:
		return func(score float64, seq int64, r *heldRow) bool {
			return score > r.score || score == r.score && seq > r.revision
		}
	case models.Lowest:
		return func(score float64, seq int64, r *heldRow) bool {
			return score < r.score || score == r.score && seq < r.revision
		}
	}
	return func(_ float64, seq int64, r *heldRow) bool { return seq > r.revision }
}

// heldCount is how many held comments a filter chooses: with a score below a cut, and the
// rest; and the newest revision among them.
type heldCount struct {
	below, rest int
	newest      int64
}

// count counts what a filter chooses; ok is false if the set cannot be asked.
func (h *heldSet) count(f *models.CommentFilter, cut float64) (n heldCount, ok bool, err error) {
	ok, err = h.look(f, heldLook{
		begin:  func() { n = heldCount{} },
		before: func(*heldRow) bool { return true },
		each: func(r *heldRow, _ *heldMore) {
			if r.score < cut {
				n.below++
			} else {
				n.rest++
			}
			n.newest = max(n.newest, r.revision)
		},
	})
	return n, ok, err
}
