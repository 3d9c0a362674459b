package store

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

// Held returns held comments in the filter's order after a place, at most limit. The
// filter's Action is taken for hold.
func (s *Store) Held(ctx context.Context, f models.CommentFilter, after models.Place, limit int) ([]models.Listed, error) {
	found, ok, err := s.holds.list(&f, after, limit)
	if err == nil && !ok {
		found, err = s.queryHeld(ctx, f, after, limit)
	}
	if err != nil {
		return nil, err
	}
	return s.listed(ctx, found)
}

// queryHeld has the database choose.
func (s *Store) queryHeld(ctx context.Context, f models.CommentFilter, after models.Place, limit int) ([]candidate, error) {
	from, args, seq := heldWhere(&f)
	order := seq + " DESC"
	place := seq + " < ?"
	keys := []any{after.Seq}
	switch f.Order {
	case models.Oldest:
		order, place = seq, seq+" > ?"
	case models.Highest:
		order, place = "h.score DESC, h.revision_seq DESC", "(h.score, h.revision_seq) < (?, ?)"
		keys = []any{after.Score, after.Seq}
	case models.Lowest:
		order, place = "h.score, h.revision_seq", "(h.score, h.revision_seq) > (?, ?)"
		keys = []any{after.Score, after.Seq}
	}
	if after != (models.Place{}) {
		from, args = from+" AND "+place, append(args, keys...)
	}
	rows, err := s.readers.QueryContext(ctx, "SELECT h.revision_seq, h.decision_seq, h.score"+from+" ORDER BY "+order+" LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list held comments: %w", err)
	}
	defer rows.Close()
	var found []candidate
	for rows.Next() {
		var c candidate
		if err := rows.Scan(&c.revision, &c.decision, &c.score); err != nil {
			return nil, fmt.Errorf("list held comments: %w", err)
		}
		c.place = c.revision
		found = append(found, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list held comments: %w", err)
	}
	return found, nil
}

// CountHeld counts the held comments that a filter chooses, and gives the place of the
// newest revision among them.
func (s *Store) CountHeld(ctx context.Context, f models.CommentFilter) (n int, newest int64, err error) {
	c, ok, err := s.holds.count(&f, 0)
	if err == nil && !ok {
		c, err = s.queryCount(ctx, &f, 0)
	}
	return c.below + c.rest, c.newest, err
}

// TotalHeld is CountHeld for those who can do with a count that may be up to 2 seconds
// old: it is where so much is held that the database has to count.
func (s *Store) TotalHeld(ctx context.Context, f models.CommentFilter) (int, error) {
	if f.Plain() && f.Sites == nil {
		return int(s.held.Load()), nil
	}
	below, rest, err := s.HeldLanes(ctx, f, 0)
	return below + rest, err
}

// HeldLanes counts what TotalHeld does by the score: what is below cut, and the rest.
func (s *Store) HeldLanes(ctx context.Context, f models.CommentFilter, cut float64) (below, rest int, err error) {
	c, ok, err := s.holds.count(&f, cut)
	if err == nil && !ok {
		c, err = s.totals.recent(&f, cut, func() (heldCount, error) { return s.queryCount(ctx, &f, cut) })
	}
	return c.below, c.rest, err
}

// queryCount has the database count.
func (s *Store) queryCount(ctx context.Context, f *models.CommentFilter, cut float64) (c heldCount, err error) {
	from, args, _ := heldWhere(f)
	err = s.readers.QueryRowContext(ctx, "SELECT count(*) FILTER (WHERE h.score < ?), count(*) FILTER (WHERE h.score >= ?), coalesce(max(h.revision_seq), 0)"+from,
		append([]any{cut, cut}, args...)...).Scan(&c.below, &c.rest, &c.newest)
	if err != nil {
		return c, fmt.Errorf("count held comments: %w", err)
	}
	return c, nil
}

const (
	// totalLife is how long a count of the database is good, and maxTotals how many are
	// remembered.
	totalLife = 2 * time.Second
	maxTotals = 256
)

// totals remembers what the database counted: several moderators who look at the same
// list cost one count.
type totals struct {
	mu     sync.Mutex
	counts map[string]total
}

type total struct {
	heldCount
	at time.Time
}

func (t *totals) recent(f *models.CommentFilter, cut float64, count func() (heldCount, error)) (heldCount, error) {
	from, args, _ := heldWhere(f)
	key := fmt.Sprintf("%s %q %g", from, args, cut)
	t.mu.Lock()
	known, ok := t.counts[key]
	t.mu.Unlock()
	if ok && time.Since(known.at) < totalLife {
		return known.heldCount, nil
	}
	c, err := count()
	if err != nil {
		return c, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.counts) >= maxTotals || t.counts == nil {
		t.counts = map[string]total{}
	}
	t.counts[key] = total{c, time.Now()}
	return c, nil
}

// heldWhere makes a filter's FROM and WHERE. seq is the column by which it is ordered. A
// search by text alone, or nearly, reads the texts one after another and looks the rest
// up; with another filter it is the other way round.
func heldWhere(f *models.CommentFilter) (from string, args []any, seq string) {
	from, seq = " FROM held h", "h.revision_seq"
	var where []string
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if f.Sites != nil {
		ids := make([]string, len(f.Sites))
		for i, id := range f.Sites {
			ids[i] = strconv.FormatInt(id, 10)
		}
		add("h.site_id IN (" + strings.Join(ids, ",") + ")")
	}
	if f.MinScore > 0 {
		add("h.score >= ?", f.MinScore)
	}
	if f.MaxScore > 0 {
		add("h.score < ?", f.MaxScore)
	}
	if f.Rule != "" {
		add("instr(h.rules, ?) > 0", " "+f.Rule+" ")
	}
	if f.Author != nil {
		add("(h.person_key = ? OR h.email_key = ?)", f.Author, f.Author)
	}
	if f.Address != nil {
		add("h.ip_key = ?", f.Address)
	}
	if f.Language != "" {
		add("h.language = ?", f.Language)
	}
	if f.Post != "" {
		add("h.post = ?", f.Post)
	}
	if !f.Since.IsZero() {
		add("h.received_at >= ?", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		add("h.received_at < ?", f.Until.UnixMilli())
	}
	if terms := models.Terms(f.Query); len(terms) > 0 {
		textOnly := *f
		textOnly.Query = ""
		if textOnly.Plain() && f.Order != models.Highest && f.Order != models.Lowest {
			from, seq = " FROM held_text t CROSS JOIN held h ON h.revision_seq = t.revision_seq", "t.revision_seq"
		} else {
			from += " CROSS JOIN held_text t ON t.revision_seq = h.revision_seq"
		}
		for _, term := range terms {
			add("instr(t.text, ?) > 0", []byte(Fold(term)))
		}
	}
	if len(where) == 0 {
		return from + " WHERE 1", args, seq
	}
	return from + " WHERE " + strings.Join(where, " AND "), args, seq
}

// candidate is a comment that a list may hold.
type candidate struct {
	revision, decision int64
	score              float64
	place              int64
}

// listed reads what a list shows of its comments. One that was decided meanwhile is left out.
func (s *Store) listed(ctx context.Context, found []candidate) ([]models.Listed, error) {
	if len(found) == 0 {
		return nil, nil
	}
	revs, ds := make([]int64, len(found)), make([]int64, len(found))
	for i, c := range found {
		revs[i], ds[i] = c.revision, c.decision
	}
	revisions, err := s.revisions(ctx, "SELECT "+revisionColumns+" FROM revisions r WHERE r.removed = 0 AND r.seq IN (SELECT value FROM json_each(?))", jsonList(revs))
	if err != nil {
		return nil, err
	}
	decisions, err := s.decisions(ctx, s.readers, "SELECT "+decisionColumns+" FROM decisions d"+decisionTables+
		"WHERE d.seq IN (SELECT value FROM json_each(?))", jsonList(ds))
	if err != nil {
		return nil, err
	}
	bySeq := make(map[int64]*models.Revision, len(revisions))
	for _, r := range revisions {
		bySeq[r.Seq] = r
	}
	decided := make(map[int64]*models.Decision, len(decisions))
	for _, d := range decisions {
		decided[d.Seq] = d
	}
	list := make([]models.Listed, 0, len(found))
	for _, c := range found {
		if r, d := bySeq[c.revision], decided[c.decision]; r != nil && d != nil {
			list = append(list, models.Listed{Revision: r, Decision: d, Place: models.Place{Score: c.score, Seq: c.place}})
		}
	}
	return list, nil
}

const (
	// browseStep is how many comments are looked at in one go.
	browseStep = 250
	// browseMost and browseTime bound how many one call looks at, and how long.
	browseMost = 10_000
	browseTime = 150 * time.Millisecond
)

// Browse returns comments whose current decision has the filter's action, the newest or
// the oldest decision first, after a place, at most limit. next is where to go on, 0 at
// the end: a filter that admits few may give fewer than limit before the end, because one
// call looks at 10,000 comments at most.
func (s *Store) Browse(ctx context.Context, f models.CommentFilter, after int64, limit int) (list []models.Listed, next int64, err error) {
	matches := matcher(s, &f)
	if after, err = s.startAt(ctx, &f, after); err != nil {
		return nil, 0, err
	}
	step := browseStep
	if f.Plain() {
		step = limit + 1
	}
	begun := time.Now()
	for looked := 0; looked < browseMost; looked += step {
		found, err := s.candidates(ctx, &f, after, step)
		if err != nil {
			return nil, 0, err
		}
		loaded, err := s.listed(ctx, found)
		if err != nil {
			return nil, 0, err
		}
		for _, l := range loaded {
			if f.Order != models.Oldest && !f.Since.IsZero() && l.Decision.DecidedAt.Before(f.Since) && len(f.Sites) == 1 {
				return list, 0, nil
			}
			if !matches(&l) {
				continue
			}
			if list = append(list, l); len(list) == limit {
				return list, l.Place.Seq, nil
			}
		}
		if len(found) < step {
			return list, 0, nil
		}
		after = found[len(found)-1].place
		if time.Since(begun) > browseTime {
			break
		}
	}
	return list, after, nil
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
	at, err := s.decidedFrom(ctx, bound)
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

// decidedFrom finds the first decision made at a time or later, as far as the clock went
// forward, by bisection.
func (s *Store) decidedFrom(ctx context.Context, t time.Time) (int64, error) {
	low, high := int64(0), s.last.Load()+1
	for low < high {
		middle := low + (high-low)/2
		var seq, at int64
		err := s.readers.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0), coalesce(max(decided_at), 0) FROM
			(SELECT seq, decided_at FROM decisions WHERE seq >= ? ORDER BY seq LIMIT 1)`, middle).Scan(&seq, &at)
		if err != nil {
			return 0, fmt.Errorf("find decisions by time: %w", err)
		}
		if seq == 0 || at >= t.UnixMilli() {
			high = middle
		} else {
			low = seq + 1
		}
	}
	return low, nil
}

// candidates reads the next current decisions of all the filter's sites, merged.
func (s *Store) candidates(ctx context.Context, f *models.CommentFilter, after int64, limit int) ([]candidate, error) {
	query := `SELECT d.revision_seq, d.seq, d.score FROM decisions d INDEXED BY decisions_current
		WHERE d.site_id = ? AND d.action = ? AND d.current = 1 AND d.seq < ? ORDER BY d.seq DESC LIMIT ?`
	if f.Order == models.Oldest {
		query = `SELECT d.revision_seq, d.seq, d.score FROM decisions d INDEXED BY decisions_current
			WHERE d.site_id = ? AND d.action = ? AND d.current = 1 AND d.seq > ? ORDER BY d.seq LIMIT ?`
	} else {
		after = orMax(after)
	}
	var found []candidate
	for _, site := range s.sitesOf(f) {
		rows, err := s.readers.QueryContext(ctx, query, site, string(f.Action), after, limit)
		if err != nil {
			return nil, fmt.Errorf("list comments: %w", err)
		}
		for rows.Next() {
			var c candidate
			if err := rows.Scan(&c.revision, &c.decision, &c.score); err != nil {
				rows.Close()
				return nil, fmt.Errorf("list comments: %w", err)
			}
			c.place = c.decision
			found = append(found, c)
		}
		if err := rows.Close(); err != nil {
			return nil, fmt.Errorf("list comments: %w", err)
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		if f.Order == models.Oldest {
			return cmp.Compare(a.place, b.place)
		}
		return cmp.Compare(b.place, a.place)
	})
	return found[:min(len(found), limit)], nil
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
func matcher(s *Store, f *models.CommentFilter) func(*models.Listed) bool {
	terms := models.Terms(f.Query)
	for i := range terms {
		terms[i] = Fold(terms[i])
	}
	return func(l *models.Listed) bool {
		r, d := l.Revision, l.Decision
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
		if len(terms) == 0 {
			return true
		}
		text := s.searchText(&r.Comment)
		for _, term := range terms {
			if !bytes.Contains(text, []byte(term)) {
				return false
			}
		}
		return true
	}
}
