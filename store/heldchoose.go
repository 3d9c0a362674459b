package store

import (
	"context"
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
	found func(revision int64) bool
}

// choice prepares a filter. The set must be locked.
func (h *heldSet) choice(f *models.CommentFilter) *choice {
	c := &choice{
		h: h, f: f, author: h.hash(f.Author), address: h.hash(f.Address), language: h.hash([]byte(f.Language)), post: h.hash([]byte(f.Post)),
		terms: foldedTerms(f),
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

// words tells whether a row has all the words.
func (c *choice) words(r *heldRow, more *heldMore) bool {
	switch {
	case len(c.terms) == 0:
		return true
	case !more.sign.has(&c.sign):
		return false
	case more.unread:
		return c.found(r.revision)
	}
	for _, term := range c.terms {
		if !strings.Contains(more.text, term) {
			return false
		}
	}
	return true
}

// look runs over the rows that a filter chooses, the newest first as far as the rows are
// in order; before is asked ahead of the text. It tells false if the set cannot be asked.
func (h *heldSet) look(f *models.CommentFilter, before func(*heldRow) bool, each func(*heldRow, *heldMore)) (bool, error) {
	ready, err := h.catchUp()
	if err != nil || !ready {
		return false, err
	}
	unread, err := h.readTexts(f)
	if err != nil {
		return false, err
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.state != heldReady {
		return false, nil
	}
	c := h.choice(f)
	c.found = unread.has
	for i := range h.rows {
		at := i
		if f.Order != models.Oldest {
			at = len(h.rows) - 1 - i
		}
		if r, more := &h.rows[at], &h.more[at]; c.columns(r, more) && before(r) && c.words(r, more) {
			each(r, more)
		}
	}
	return true, nil
}

// readTexts searches the texts that are not in memory and may have what is looked for.
func (h *heldSet) readTexts(f *models.CommentFilter) (found searched, err error) {
	terms := foldedTerms(f)
	if len(terms) == 0 {
		return found, nil
	}
	found = h.memo.find(terms)
	seqs := h.toRead(f, &found)
	if len(seqs) == 0 {
		return found, nil
	}
	query := "SELECT revision_seq FROM held_text WHERE revision_seq IN (SELECT value FROM json_each(?))"
	for range terms {
		query += " AND instr(text, ?) > 0"
	}
	found.late = make(map[int64]bool, len(seqs))
	for part := range slices.Chunk(seqs, 4*heldPage) {
		args := []any{jsonList(part)}
		for _, term := range terms {
			args = append(args, []byte(term))
		}
		for _, seq := range part {
			found.late[seq] = false
		}
		if err := h.s.eachSeq(background, query, args, func(seq int64) { found.late[seq] = true }); err != nil {
			return found, err
		}
	}
	h.memo.keep(terms, found)
	return found, nil
}

// toRead gives the revisions of which only their text can tell whether a filter chooses
// them.
func (h *heldSet) toRead(f *models.CommentFilter, known *searched) (seqs []int64) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	c := h.choice(f)
	for i := range h.rows {
		if r, more := &h.rows[i], &h.more[i]; c.columns(r, more) && more.unread && more.sign.has(&c.sign) && !known.knows(r.revision) {
			seqs = append(seqs, r.revision)
		}
	}
	slices.Sort(seqs)
	return seqs
}

// eachSeq reads seqs.
func (s *Store) eachSeq(ctx context.Context, query string, args []any, each func(int64)) error {
	rows, err := s.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("look for comments: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return fmt.Errorf("look for comments: %w", err)
		}
		each(seq)
	}
	return rows.Err()
}

// list gives the first that a filter chooses after a place, in its order; ok is false if
// the set cannot be asked.
func (h *heldSet) list(f *models.CommentFilter, after models.Place, limit int) (best []candidate, ok bool, err error) {
	first := firstOf(f.Order)
	start := after == models.Place{}
	ok, err = h.look(f, func(r *heldRow) bool {
		return (start || first(after.Score, after.Seq, r)) && (len(best) < limit || !first(best[limit-1].score, best[limit-1].revision, r))
	}, func(r *heldRow, more *heldMore) {
		at := sort.Search(len(best), func(i int) bool { return !first(best[i].score, best[i].revision, r) })
		best = slices.Insert(best, at, candidate{revision: r.revision, decision: more.decision, score: r.score, place: r.revision})
		best = best[:min(len(best), limit)]
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
	ok, err = h.look(f, func(*heldRow) bool { return true }, func(r *heldRow, _ *heldMore) {
		if r.score < cut {
			n.below++
		} else {
			n.rest++
		}
		n.newest = max(n.newest, r.revision)
	})
	return n, ok, err
}
