package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

// Held returns held comments in the filter's order after a place, at most limit. The
// filter's Action is taken for hold.
func (s *Store) Held(ctx context.Context, f models.CommentFilter, after models.Place, limit int) ([]models.Listed, error) {
	var list []models.Listed
	for {
		wanted := limit - len(list)
		found, ok, err := s.holds.list(&f, after, wanted)
		if err == nil && !ok {
			found, err = s.queryHeld(ctx, f, after, wanted)
		}
		if err != nil {
			return nil, err
		}
		some, err := s.listed(ctx, found)
		if err != nil {
			return nil, err
		}
		// What takes the places of those that were decided meanwhile comes after them.
		if list = append(list, some...); len(found) < wanted || len(list) == limit {
			return list, nil
		}
		after = models.Place{Score: found[wanted-1].score, Seq: found[wanted-1].place}
	}
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
	decided            int64
	refused            bool // the filter does not admit it
}

// listed reads what a list shows of its comments. One that was decided meanwhile is left out.
func (s *Store) listed(ctx context.Context, found []candidate) ([]models.Listed, error) {
	if len(found) == 0 {
		return nil, nil
	}
	bySeq, err := s.byRevision(ctx, found)
	if err != nil {
		return nil, err
	}
	ds := make([]int64, len(found))
	for i, c := range found {
		ds[i] = c.decision
	}
	decisions, err := s.decisions(ctx, s.readers, "SELECT "+decisionColumns+" FROM decisions d"+decisionTables+
		"WHERE d.current = 1 AND d.seq IN (SELECT value FROM json_each(?))", jsonList(ds))
	if err != nil {
		return nil, err
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

// byRevision reads the revisions of comments that are still there, by seq.
func (s *Store) byRevision(ctx context.Context, found []candidate) (map[int64]*models.Revision, error) {
	seqs := make([]int64, len(found))
	for i, c := range found {
		seqs[i] = c.revision
	}
	revisions, err := s.revisions(ctx, "SELECT "+revisionColumns+" FROM revisions r WHERE r.removed = 0 AND r.seq IN (SELECT value FROM json_each(?))", jsonList(seqs))
	if err != nil {
		return nil, err
	}
	bySeq := make(map[int64]*models.Revision, len(revisions))
	for _, r := range revisions {
		bySeq[r.Seq] = r
	}
	return bySeq, nil
}
