package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	// browseStep is how many comments are looked at in one go.
	browseStep = 500
	// browseTime and searchTime bound how long one call looks, the latter if it looks for
	// words, for which texts must be read.
	browseTime = 25 * time.Millisecond
	searchTime = 75 * time.Millisecond
)

// Browse returns comments whose current decision has the filter's action, the newest or
// the oldest decision first, after a place, at most limit. next is where to go on, 0 at
// the end: a filter that admits few may give fewer than limit before the end, because one
// call looks for a fraction of a second at most.
func (s *Store) Browse(ctx context.Context, f models.CommentFilter, after int64, limit int) (list []models.Listed, next int64, err error) {
	if after, err = s.startAt(ctx, &f, after); err != nil {
		return nil, 0, err
	}
	if f.Author != nil {
		list, next, ok, err := s.browseAuthor(ctx, &f, after, limit)
		if ok || err != nil {
			return list, next, err
		}
	}
	m := newMatcher(s, &f)
	step, most := browseStep, cmp.Or(s.opts.browseTime, browseTime)
	if f.Plain() {
		step = limit + 1
	}
	if f.Query != "" {
		most = searchTime
	}
	for begun := time.Now(); ; {
		found, err := s.candidates(ctx, &f, after, step)
		if err != nil {
			return nil, 0, err
		}
		end := len(found) < step
		if len(found) > 0 {
			after = found[len(found)-1].place
		}
		if f.Order != models.Oldest && !f.Since.IsZero() && len(f.Sites) == 1 {
			if at := slices.IndexFunc(found, func(c candidate) bool { return c.decided < f.Since.UnixMilli() }); at >= 0 {
				found, end = found[:at], true
			}
		}
		list, next, err = s.admit(ctx, list, found, m, limit)
		if err != nil || next != 0 {
			return list, next, err
		}
		if end {
			return list, 0, nil
		}
		if time.Since(begun) >= most {
			return list, after, nil
		}
	}
}

// DecidedAt gives the time of the decision at a place in the order, or of the last one
// before it; the zero time if there is none.
func (s *Store) DecidedAt(ctx context.Context, seq int64) (time.Time, error) {
	var at int64
	err := s.readers.QueryRowContext(ctx, "SELECT decided_at FROM decisions WHERE seq <= ? ORDER BY seq DESC LIMIT 1", seq).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read when something was decided: %w", err)
	}
	return fromMillis(at), nil
}

// admit adds the candidates that match to a list. next is where it goes on if it is full,
// else 0.
func (s *Store) admit(ctx context.Context, list []models.Listed, found []candidate, m *matcher, limit int) (_ []models.Listed, next int64, err error) {
	found = slices.DeleteFunc(found, func(c candidate) bool { return c.refused })
	if found, err = s.withWords(ctx, found, m); err != nil {
		return nil, 0, err
	}
	for len(found) > 0 {
		n := min(len(found), limit+1)
		loaded, err := s.listed(ctx, found[:n])
		if err != nil {
			return nil, 0, err
		}
		for _, l := range loaded {
			if !m.matches(&l) {
				continue
			}
			if list = append(list, l); len(list) == limit {
				return list, l.Place.Seq, nil
			}
		}
		found = found[n:]
	}
	return list, 0, nil
}

// withWords leaves those whose text has the words that are looked for.
func (s *Store) withWords(ctx context.Context, found []candidate, m *matcher) ([]candidate, error) {
	if len(m.terms) == 0 || len(found) == 0 {
		return found, nil
	}
	revisions, err := s.byRevision(ctx, found)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(c candidate) bool {
		r := revisions[c.revision]
		return r == nil || !m.words(r)
	}), nil
}

// candidates reads the next current decisions of all the filter's sites, merged. Those
// that the database can tell do not match are marked.
func (s *Store) candidates(ctx context.Context, f *models.CommentFilter, after int64, limit int) ([]candidate, error) {
	admits, args := admitted(f)
	query := "SELECT d.revision_seq, d.seq, d.score, d.decided_at, NOT coalesce(" + admits + `, 0)
		FROM decisions d INDEXED BY decisions_current LEFT JOIN revisions r ON r.seq = d.revision_seq
		WHERE d.site_id = ? AND d.action = ? AND d.current = 1 AND d.seq `
	if f.Order == models.Oldest {
		query += "> ? ORDER BY d.seq LIMIT ?"
	} else {
		after = orMax(after)
		query += "< ? ORDER BY d.seq DESC LIMIT ?"
	}
	var found []candidate
	for _, site := range s.sitesOf(f) {
		rows, err := s.readers.QueryContext(ctx, query, append(slices.Clone(args), site, string(f.Action), after, limit)...)
		if err == nil {
			found, err = scanCandidates(rows, found)
		}
		if err != nil {
			return nil, fmt.Errorf("list comments: %w", err)
		}
	}
	sortCandidates(f, found)
	return found[:min(len(found), limit)], nil
}

func scanCandidates(rows *sql.Rows, found []candidate) ([]candidate, error) {
	defer rows.Close()
	for rows.Next() {
		var c candidate
		if err := rows.Scan(&c.revision, &c.decision, &c.score, &c.decided, &c.refused); err != nil {
			return nil, err
		}
		c.place = c.decision
		found = append(found, c)
	}
	return found, rows.Err()
}

func sortCandidates(f *models.CommentFilter, found []candidate) {
	slices.SortFunc(found, func(a, b candidate) int {
		if f.Order == models.Oldest {
			return cmp.Compare(a.place, b.place)
		}
		return cmp.Compare(b.place, a.place)
	})
}

// plainRule is a rule's name that stands in JSON as it is.
var plainRule = regexp.MustCompile("^[a-zA-Z0-9._-]+$")

// admitted is a condition that holds for all that a filter admits, and not for many
// others: it spares reading them.
func admitted(f *models.CommentFilter) (condition string, args []any) {
	condition = "1"
	add := func(more string, values ...any) { condition, args = condition+" AND "+more, append(args, values...) }
	if f.MinScore > 0 {
		add("d.score >= ?", f.MinScore)
	}
	if f.MaxScore > 0 {
		add("d.score < ?", f.MaxScore)
	}
	if !f.Since.IsZero() {
		add("d.decided_at >= ?", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		add("d.decided_at < ?", f.Until.UnixMilli())
	}
	if f.Author != nil {
		add("(r.person_key = ? OR r.email_key = ?)", f.Author, f.Author)
	}
	if f.Address != nil {
		add("r.ip_key = ?", f.Address)
	}
	if plainRule.MatchString(f.Rule) {
		add("instr(d.reasons, ?) > 0", `"`+f.Rule+`"`)
	}
	if f.Language != "" {
		add("r.body ->> '$.language' = ?", f.Language)
	}
	if f.Post != "" {
		add("coalesce(nullif(r.body ->> '$.post.id', ''), r.body ->> '$.post.url') = ?", f.Post)
	}
	return condition, args
}

// startAt is where a list begins that has a bound of time.
func (s *Store) startAt(ctx context.Context, f *models.CommentFilter, after int64) (int64, error) {
	bound := f.Until
	if f.Order == models.Oldest {
		bound = f.Since
	}
	if bound.IsZero() {
		return after, nil
	}
	at, err := s.firstFrom(ctx, decisionFrom, bound)
	if err != nil {
		return 0, err
	}
	if f.Order == models.Oldest {
		return max(after, at-1), nil
	}
	if after == 0 {
		return at, nil
	}
	return min(after, at), nil
}

// The first of what is at a place in the order or later, and its time.
const (
	decisionFrom = "SELECT coalesce(max(seq), 0), coalesce(max(decided_at), 0) FROM (SELECT seq, decided_at FROM decisions WHERE seq >= ? ORDER BY seq LIMIT 1)"
	actFrom      = "SELECT coalesce(max(seq), 0), coalesce(max(at), 0) FROM (SELECT seq, at FROM actions WHERE seq >= ? ORDER BY seq LIMIT 1)"
)

// firstFrom finds the first decision or act of a time or later, as far as the clock went
// forward, by bisection.
func (s *Store) firstFrom(ctx context.Context, query string, t time.Time) (int64, error) {
	low, high := int64(0), s.last.Load()+1
	for low < high {
		middle := low + (high-low)/2
		var seq, at int64
		err := s.readers.QueryRowContext(ctx, query, middle).Scan(&seq, &at)
		if err != nil {
			return 0, fmt.Errorf("find a place by its time: %w", err)
		}
		if seq == 0 || at >= t.UnixMilli() {
			high = middle
		} else {
			low = seq + 1
		}
	}
	return low, nil
}

// sitesOf gives the sites that a filter chooses.
func (s *Store) sitesOf(f *models.CommentFilter) []int64 {
	if f.Sites != nil {
		return f.Sites
	}
	s.siteMu.RLock()
	defer s.siteMu.RUnlock()
	ids := make([]int64, 0, len(s.names))
	for id := range s.names {
		ids = append(ids, id)
	}
	return ids
}

// matcher tells whether a comment is one that a filter chooses, its action apart.
type matcher struct {
	s     *Store
	f     *models.CommentFilter
	terms []string
}

func newMatcher(s *Store, f *models.CommentFilter) *matcher { return &matcher{s, f, foldedTerms(f)} }

func (m *matcher) matches(l *models.Listed) bool {
	r, d, f := l.Revision, l.Decision, m.f
	switch {
	case d.Score < f.MinScore, f.MaxScore > 0 && d.Score >= f.MaxScore,
		f.Rule != "" && !slices.ContainsFunc(d.Reasons, func(r models.Reason) bool { return r.Rule == f.Rule }),
		f.Author != nil && !bytes.Equal(r.Keys.Person, f.Author) && !bytes.Equal(r.Keys.Email, f.Author),
		f.Address != nil && !bytes.Equal(r.Keys.IP, f.Address),
		f.Language != "" && r.Comment.Language != f.Language,
		f.Post != "" && postKey(&r.Comment.Post) != f.Post,
		!f.Since.IsZero() && d.DecidedAt.Before(f.Since),
		!f.Until.IsZero() && !d.DecidedAt.Before(f.Until):
		return false
	}
	return m.words(r)
}

// words tells whether a comment has all the words.
func (m *matcher) words(r *models.Revision) bool {
	if len(m.terms) == 0 {
		return true
	}
	text := m.s.searchText(&r.Comment)
	return !slices.ContainsFunc(m.terms, func(term string) bool { return !bytes.Contains(text, []byte(term)) })
}
