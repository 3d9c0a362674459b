package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

const revisionColumns = `r.seq, r.site_id, r.revision, r.protocol, r.received_at, r.attempts, r.put_back,
	r.person_key, r.email_key, r.ip_key, r.text_key, r.meta, r.body`

// scanRevision reads revisionColumns.
func (s *Store) scanRevision(scan func(...any) error) (*models.Revision, error) {
	var (
		r        models.Revision
		received int64
		text     *int64
		meta     []byte
		body     []byte
	)
	if err := scan(&r.Seq, &r.SiteID, &r.Number, &r.Protocol, &received, &r.Attempts, &r.PutBack,
		&r.Keys.Person, &r.Keys.Email, &r.Keys.IP, &text, &meta, &body); err != nil {
		return nil, err
	}
	if text != nil {
		r.Keys.Text = uint64(*text)
	}
	r.ReceivedAt = fromMillis(received)
	r.Site = s.name(r.SiteID)
	if err := decode(body, &r.Comment); err != nil {
		return nil, fmt.Errorf("stored comment of revision %d: %w", r.Seq, err)
	}
	r.Comment.Meta = meta
	return &r, nil
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// Queued returns queued revisions above a seq, in order.
func (s *Store) Queued(ctx context.Context, after int64, limit int) ([]*models.Revision, error) {
	return s.revisions(ctx, "SELECT "+revisionColumns+` FROM queued q CROSS JOIN revisions r ON r.seq = q.revision_seq
		WHERE q.revision_seq > ? ORDER BY q.revision_seq LIMIT ?`, after, limit)
}

// recentSpan is how many numbers of seq one query of Recent covers: an import may have left
// any number of revisions that it passes over.
const recentSpan = 20_000

// Recent returns the newest revisions below a seq that are still there, newest first, and
// how each stands by its newest decision; and the seq below which to go on, 0 at the end.
// It may return less than limit, or none, before the end. Those of comments that were
// moderated elsewhere, before they were imported, are left out: nobody sent them here.
func (s *Store) Recent(ctx context.Context, before int64, limit int) (list []models.Remembered, next int64, err error) {
	before = min(before, s.last.Load()+1)
	rows, err := s.readers.QueryContext(ctx, "SELECT "+revisionColumns+`, coalesce(
		(SELECT action || ' ' || source FROM decisions INDEXED BY decisions_other WHERE revision_seq = r.seq AND judged = 0 ORDER BY seq DESC LIMIT 1),
		(SELECT action || ' ' || source FROM decisions INDEXED BY decisions_judged WHERE revision_seq = r.seq AND judged = 1), '')
		FROM revisions r WHERE r.seq < ? AND r.seq >= ? AND r.removed = 0 AND r.protocol <> ? ORDER BY r.seq DESC LIMIT ?`,
		before, before-recentSpan, labelledProtocol, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("read revisions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var stands string
		r, err := s.scanRevision(func(dest ...any) error { return rows.Scan(append(dest, &stands)...) })
		if err != nil {
			return nil, 0, fmt.Errorf("read revisions: %w", err)
		}
		action, source, _ := strings.Cut(stands, " ")
		list = append(list, models.Remembered{Revision: r, Standing: models.Standing{
			Action: models.Action(action), ByPerson: models.Source(source) == models.FromModerator,
		}})
	}
	if next = max(0, before-recentSpan); len(list) == limit && limit > 0 {
		next = list[limit-1].Seq
	}
	return list, next, rows.Err()
}

func (s *Store) revisions(ctx context.Context, query string, args ...any) ([]*models.Revision, error) {
	rows, err := s.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read revisions: %w", err)
	}
	defer rows.Close()
	var revs []*models.Revision
	for rows.Next() {
		r, err := s.scanRevision(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("read revisions: %w", err)
		}
		revs = append(revs, r)
	}
	return revs, rows.Err()
}

// Newest returns a comment's newest revision. The error wraps models.ErrNotFound
// if there is none or it was removed.
func (s *Store) Newest(ctx context.Context, siteID int64, commentID string) (*models.Revision, error) {
	revs, err := s.revisions(ctx, "SELECT "+revisionColumns+` FROM revisions r
		WHERE r.site_id = ? AND r.comment_id = ? AND r.removed = 0 ORDER BY r.revision DESC LIMIT 1`, siteID, commentID)
	if err != nil {
		return nil, err
	}
	if len(revs) == 0 {
		return nil, fmt.Errorf("comment %q: %w", commentID, models.ErrNotFound)
	}
	return revs[0], nil
}

const decisionColumns = `d.seq, d.revision_seq, d.site_id, d.sequence, d.judged, d.action, d.source, d.actor_kind, d.actor_name,
	d.score, d.reasons, d.facts, coalesce(p.hash, ''), d.model_version, d.decided_at, d.shadow,
	r.comment_id, r.revision, r.received_at, r.meta, coalesce(d.feed_seq, 0), d.note`

const decisionTables = ` JOIN revisions r ON r.seq = d.revision_seq LEFT JOIN policies p ON p.id = d.policy_id `

func (s *Store) scanDecision(scan func(...any) error) (*models.Decision, error) {
	var (
		d                 models.Decision
		reasons, facts    []byte
		shadow            []byte
		meta              []byte
		decided, received int64
	)
	if err := scan(&d.Seq, &d.RevisionSeq, &d.SiteID, &d.Sequence, &d.Judged, &d.Action, &d.Source, &d.Actor.Kind, &d.Actor.Name,
		&d.Score, &reasons, &facts, &d.PolicyVersion, &d.ModelVersion, &decided, &shadow,
		&d.CommentID, &d.Revision, &received, &meta, &d.FeedSeq, &d.Note); err != nil {
		return nil, err
	}
	if err := decode(reasons, &d.Reasons); err != nil {
		return nil, fmt.Errorf("stored reasons of decision %d: %w", d.Seq, err)
	}
	if err := decode(facts, &d.Facts); err != nil {
		return nil, fmt.Errorf("stored facts of decision %d: %w", d.Seq, err)
	}
	if len(shadow) > 0 {
		if err := decode(shadow, &d.Shadow); err != nil {
			return nil, fmt.Errorf("stored shadow findings of decision %d: %w", d.Seq, err)
		}
	}
	d.DecidedAt, d.ReceivedAt = fromMillis(decided), fromMillis(received)
	d.Site, d.Meta = s.name(d.SiteID), meta
	d.ID = decisionID(d.DecidedAt, s.epochOf(d.Seq), d.Seq)
	return &d, nil
}

// Comment returns how a comment stands; what was removed of it is no part of that. The
// error wraps models.ErrNotFound.
func (s *Store) Comment(ctx context.Context, siteID int64, commentID string) (*models.CommentStatus, error) {
	// State and decisions must be of one moment.
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("read comment: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	status := models.CommentStatus{CommentID: commentID}
	var received int64
	err = tx.QueryRowContext(ctx, "SELECT r.revision, "+stateOf+`, r.received_at FROM revisions r
		WHERE r.site_id = ? AND r.comment_id = ? AND r.removed = 0 ORDER BY r.revision DESC LIMIT 1`, siteID, commentID).
		Scan(&status.Revision, &status.State, &received)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("comment %q: %w", commentID, models.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read comment: %w", err)
	}
	status.ReceivedAt = fromMillis(received)
	const of = " FROM revisions c CROSS JOIN decisions d ON d.revision_seq = c.seq AND d.judged = "
	const where = " WHERE c.site_id = ?1 AND c.comment_id = ?2 AND c.removed = 0 AND d.feed_seq IS NOT NULL"
	status.History, err = s.decisions(ctx, tx, "SELECT "+decisionColumns+of+"1"+decisionTables+where+
		" UNION ALL SELECT "+decisionColumns+of+"0"+decisionTables+where+" ORDER BY 1", siteID, commentID)
	if err != nil {
		return nil, err
	}
	if n := len(status.History); n > 0 {
		status.Current = status.History[n-1]
	}
	return &status, nil
}

// Feed returns a site's decisions above a seq in the order in which they joined the
// feed, at most limit, and whether there are more.
func (s *Store) Feed(ctx context.Context, siteID, after int64, limit int) (ds []*models.Decision, more bool, err error) {
	ds, err = s.decisions(ctx, s.readers, "SELECT "+decisionColumns+" FROM decisions d"+decisionTables+
		"WHERE d.site_id = ? AND d.feed_seq > ? ORDER BY d.feed_seq LIMIT ?", siteID, after, limit+1)
	if err != nil {
		return nil, false, err
	}
	if len(ds) > limit {
		return ds[:limit], true, nil
	}
	return ds, false, nil
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (s *Store) decisions(ctx context.Context, q querier, query string, args ...any) ([]*models.Decision, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	defer rows.Close()
	var ds []*models.Decision
	for rows.Next() {
		d, err := s.scanDecision(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("read decisions: %w", err)
		}
		ds = append(ds, d)
	}
	return ds, rows.Err()
}
