package store

import (
	"context"
	"fmt"
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
	terms    []string
	// found are those whose text was read apart, among the rows that are unread.
	found map[int64]bool
}

// choice prepares a filter. The set must be locked.
func (h *heldSet) choice(f *models.CommentFilter) *choice {
	c := &choice{
		h: h, f: f, author: h.hash(f.Author), address: h.hash(f.Address), language: h.hash([]byte(f.Language)), post: h.hash([]byte(f.Post)),
		terms: foldedTerms(f),
	}
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
func (c *choice) columns(r *heldRow) bool {
	f := c.f
	return r.revision != 0 &&
		(f.Sites == nil || slices.Contains(f.Sites, r.site)) &&
		(f.MinScore <= 0 || r.score >= f.MinScore) &&
		(f.MaxScore <= 0 || r.score < f.MaxScore) &&
		(c.rules == nil || c.rules[r.rules]) &&
		(f.Author == nil || c.author != 0 && (r.person == c.author || r.email == c.author)) &&
		(f.Address == nil || c.address != 0 && r.ip == c.address) &&
		(f.Language == "" || r.language == c.language) &&
		(f.Post == "" || r.post == c.post) &&
		(f.Since.IsZero() || r.received >= c.since) &&
		(f.Until.IsZero() || r.received < c.until)
}

// words tells whether a row has all the words.
func (c *choice) words(r *heldRow) bool {
	if len(c.terms) == 0 {
		return true
	}
	if r.unread {
		return c.found[r.revision]
	}
	for _, term := range c.terms {
		if !strings.Contains(r.text, term) {
			return false
		}
	}
	return true
}

// look runs over the rows that a filter chooses, the newest first as far as the rows are
// in order; before is asked ahead of the text. It tells false if the set cannot be asked.
func (h *heldSet) look(f *models.CommentFilter, before func(*heldRow) bool, each func(*heldRow)) (bool, error) {
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
	c.found = unread
	for i := range h.rows {
		at := i
		if f.Order != models.Oldest {
			at = len(h.rows) - 1 - i
		}
		if r := &h.rows[at]; c.columns(r) && before(r) && c.words(r) {
			each(r)
		}
	}
	return true, nil
}

// readTexts searches the texts that are not in memory.
func (h *heldSet) readTexts(f *models.CommentFilter) (map[int64]bool, error) {
	terms := foldedTerms(f)
	if len(terms) == 0 {
		return nil, nil
	}
	var seqs []int64
	h.mu.RLock()
	c := h.choice(f)
	for i := range h.rows {
		if r := &h.rows[i]; r.unread && c.columns(r) {
			seqs = append(seqs, r.revision)
		}
	}
	h.mu.RUnlock()
	if len(seqs) == 0 {
		return nil, nil
	}
	slices.Sort(seqs)
	query, found := "SELECT revision_seq FROM held_text WHERE revision_seq IN (SELECT value FROM json_each(?))", map[int64]bool{}
	for range terms {
		query += " AND instr(text, ?) > 0"
	}
	for part := range slices.Chunk(seqs, heldPage) {
		args := []any{jsonList(part)}
		for _, term := range terms {
			args = append(args, []byte(term))
		}
		if err := h.s.eachSeq(background, query, args, func(seq int64) { found[seq] = true }); err != nil {
			return nil, err
		}
	}
	return found, nil
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
	from := candidate{revision: after.Seq, score: after.Score}
	begun := after == models.Place{}
	ok, err = h.look(f, func(r *heldRow) bool {
		return (begun || first(&from, &r.candidate)) && (len(best) < limit || first(&r.candidate, &best[limit-1]))
	}, func(r *heldRow) {
		at := sort.Search(len(best), func(i int) bool { return first(&r.candidate, &best[i]) })
		best = slices.Insert(best, at, r.candidate)
		best = best[:min(len(best), limit)]
	})
	return best, ok, err
}

// firstOf tells which of two comes first in an order.
func firstOf(o models.Order) func(a, b *candidate) bool {
	switch o {
	case models.Oldest:
		return func(a, b *candidate) bool { return a.revision < b.revision }
	case models.Highest:
		return func(a, b *candidate) bool {
			return a.score > b.score || a.score == b.score && a.revision > b.revision
		}
	case models.Lowest:
		return func(a, b *candidate) bool {
			return a.score < b.score || a.score == b.score && a.revision < b.revision
		}
	}
	return func(a, b *candidate) bool { return a.revision > b.revision }
}

// heldCount is how many held comments a filter chooses: with a score below a cut, and the
// rest; and the newest revision among them.
type heldCount struct {
	below, rest int
	newest      int64
}

// count counts what a filter chooses; ok is false if the set cannot be asked.
func (h *heldSet) count(f *models.CommentFilter, cut float64) (n heldCount, ok bool, err error) {
	ok, err = h.look(f, func(*heldRow) bool { return true }, func(r *heldRow) {
		if r.score < cut {
			n.below++
		} else {
			n.rest++
		}
		n.newest = max(n.newest, r.revision)
	})
	return n, ok, err
}
