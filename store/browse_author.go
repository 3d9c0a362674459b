package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

const (
	// fewOfAuthor is how many comments of an author are looked up one by one. Those of one
	// who has more are met soon enough where all are looked at.
	fewOfAuthor = 2000
	// notIndexed is how many of the newest may have to be looked at because they are not in
	// the index yet.
	notIndexed = 5000
)

// browseAuthor is Browse for an author's comments, by the index of authors. ok is false
// if that does not serve.
func (s *Store) browseAuthor(ctx context.Context, f *models.CommentFilter, after int64, limit int) (list []models.Listed, next int64, ok bool, err error) {
	seqs, ok, err := s.ofAuthor(ctx, f)
	if err != nil || !ok {
		return nil, 0, false, err
	}
	compare := "<"
	if f.Order == models.Oldest {
		compare = ">"
	} else {
		after = orMax(after)
	}
	const columns = "SELECT d.revision_seq, d.seq, d.score, d.decided_at, 0 FROM json_each(?1) j CROSS JOIN decisions d INDEXED BY "
	where := " WHERE d.current = 1 AND d.action = ?2 AND d.seq " + compare + " ?3"
	rows, err := s.readers.QueryContext(ctx, columns+"decisions_judged ON d.revision_seq = j.value AND d.judged = 1"+where+
		" UNION ALL "+columns+"decisions_other ON d.revision_seq = j.value AND d.judged = 0"+where, jsonList(seqs), string(f.Action), after)
	var found []candidate
	if err == nil {
		found, err = scanCandidates(rows, nil)
	}
	if err != nil {
		return nil, 0, false, fmt.Errorf("list an author's comments: %w", err)
	}
	sortCandidates(f, found)
	list, next, err = s.admit(ctx, nil, found, newMatcher(s, f), limit)
	return list, next, true, err
}

// ofAuthor gives the revisions of an author at the filter's sites: those in the index, and
// those that are too new for it. ok is false if there are too many.
func (s *Store) ofAuthor(ctx context.Context, f *models.CommentFilter) (seqs []int64, ok bool, err error) {
	var indexed int64
	if err := s.readers.QueryRowContext(ctx, "SELECT seq FROM indexed WHERE id = 1").Scan(&indexed); err != nil {
		return nil, false, fmt.Errorf("read the index of authors: %w", err)
	}
	if s.last.Load()-indexed > notIndexed {
		return nil, false, nil
	}
	// Somebody may be known by the address at one site and by an account at another.
	err = s.eachSeq(ctx, `SELECT a.revision_seq FROM json_each(?1) j CROSS JOIN author_revisions a ON a.site_id = j.value AND a.person_key = ?2
		UNION SELECT a.revision_seq FROM json_each(?1) j CROSS JOIN author_emails a ON a.site_id = j.value AND a.email_key = ?2
		UNION SELECT r.seq FROM revisions r NOT INDEXED WHERE r.seq > ?3 AND (r.person_key = ?2 OR r.email_key = ?2)
			AND r.site_id IN (SELECT value FROM json_each(?1)) LIMIT ?4`,
		[]any{jsonList(s.sitesOf(f)), f.Author, indexed, fewOfAuthor + 1}, func(seq int64) { seqs = append(seqs, seq) })
	return seqs, len(seqs) <= fewOfAuthor, err
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
