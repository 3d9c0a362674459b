package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	// exportRows is the most revisions, and the most labels, of a page of an export, and
	// exportSpan the most seqs that it looks through, which may be other sites'.
	exportRows = 200
	exportSpan = 5000
	// exportTime is when a page ends with what it has, as all readers keep the log from
	// being cut back.
	exportTime = 100 * time.Millisecond
)

// Export returns a page of what a site has above one seq and up to another, or to the
// present end if that is 0: revisions with their decisions, and labels, in order of seq.
// Decisions that a moderator may still undo unseen are left out. A page is one short
// read.
func (s *Store) Export(ctx context.Context, siteID, after, upTo int64) (*models.ExportPage, error) {
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	page, err := s.exportPage(ctx, tx, siteID, after, upTo)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return page, nil
}

// placed is an entry with its seq.
type placed struct {
	seq   int64
	entry models.HistoryEntry
}

func (s *Store) exportPage(ctx context.Context, tx *sql.Tx, siteID, after, upTo int64) (*models.ExportPage, error) {
	page := &models.ExportPage{Next: after + exportSpan, Last: upTo}
	if upTo == 0 {
		if err := tx.QueryRowContext(ctx, "SELECT last FROM sequence WHERE id = 1").Scan(&page.Last); err != nil {
			return nil, err
		}
	}
	if page.Next >= page.Last {
		page.Next, page.Done = page.Last, true
	}
	labels, err := s.exportLabels(ctx, tx, siteID, after, page.Next)
	if err != nil {
		return nil, err
	}
	if len(labels) == exportRows {
		page.Next, page.Done = labels[exportRows-1].seq, false
	}
	revisions, err := s.exportRevisions(ctx, tx, siteID, after, page.Next)
	if err != nil {
		return nil, err
	}
	if len(revisions) == exportRows {
		page.Next, page.Done = revisions[exportRows-1].seq, false
	}
	n, err := s.exportDecisions(ctx, tx, revisions)
	if err != nil {
		return nil, err
	}
	if n < len(revisions) {
		revisions = revisions[:n]
		page.Next, page.Done = revisions[n-1].seq, false
	}
	all := slices.Concat(revisions, labels)
	sort.Slice(all, func(i, j int) bool { return all[i].seq < all[j].seq })
	for _, p := range all {
		if p.seq <= page.Next { // a label may lie beyond the last revision
			page.Entries = append(page.Entries, p.entry)
		}
	}
	return page, nil
}

func (s *Store) exportRevisions(ctx context.Context, tx *sql.Tx, siteID, after, upTo int64) (list []placed, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT r.seq, r.comment_id, r.revision, "+stateOf+`, r.dead, r.attempts, coalesce(r.last_error, ''), r.removed,
			r.protocol, r.received_at, r.message, r.meta, r.body
		FROM revisions r NOT INDEXED WHERE r.seq > ?1 AND r.seq <= ?2 AND r.site_id = ?3 ORDER BY r.seq LIMIT ?4`,
		after, upTo, siteID, exportRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			p          placed
			r          models.StoredRevision
			gone       int
			received   int64
			meta, body []byte
		)
		if err := rows.Scan(&p.seq, &r.CommentID, &r.Revision, &r.State, &r.Dead, &r.Attempts, &r.LastError, &gone,
			&r.Protocol, &received, &r.Message, &meta, &body); err != nil {
			return nil, err
		}
		r.ReceivedAt, r.Removed = fromMillis(received), removals()[gone]
		if body != nil {
			r.Comment = &models.Comment{}
			if err := decode(body, r.Comment); err != nil {
				return nil, fmt.Errorf("stored comment of revision %d: %w", p.seq, err)
			}
			r.Comment.Meta = meta
		}
		p.entry.Revision = &r
		list = append(list, p)
	}
	return list, rows.Err()
}

// removals are the values of the column removed, by their number.
func removals() [3]models.Removal {
	return [...]models.Removal{0: "", removed: models.Removed, erased: models.Erased}
}

// exportDecisions reads the decisions of revisions, by a statement that is prepared once,
// for exportTime at most, and returns of how many it has. SQLite would prepare it anew
// for every revision if it compared with a bare parameter, whose value it uses to
// estimate: four fifths of an export's time. With a cast it does not.
func (s *Store) exportDecisions(ctx context.Context, tx *sql.Tx, revisions []placed) (n int, err error) {
	start := time.Now()
	const columns = "SELECT " + decisionColumns + ", d.note FROM decisions d "
	stmt, err := tx.PrepareContext(ctx, columns+"INDEXED BY decisions_judged"+decisionTables+"WHERE d.revision_seq = CAST(?1 AS INTEGER) AND d.judged = 1 AND d.feed_seq IS NOT NULL"+
		" UNION ALL "+columns+"INDEXED BY decisions_other"+decisionTables+"WHERE d.revision_seq = CAST(?1 AS INTEGER) AND d.judged = 0 AND d.feed_seq IS NOT NULL ORDER BY 1")
	if err != nil {
		return 0, err
	}
	for n < len(revisions) && (n == 0 || time.Since(start) < exportTime) {
		r := &revisions[n]
		if r.entry.Revision.Decisions, err = s.exportRevision(ctx, stmt, r.seq); err != nil {
			break
		}
		n++
	}
	return n, errors.Join(err, stmt.Close())
}

func (s *Store) exportRevision(ctx context.Context, stmt *sql.Stmt, revision int64) ([]models.StoredDecision, error) {
	rows, err := stmt.QueryContext(ctx, revision)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []models.StoredDecision{}
	for rows.Next() {
		var note string
		d, err := s.scanDecision(with(rows.Scan, &note))
		if err != nil {
			return nil, err
		}
		list = append(list, models.StoredDecision{
			ID: d.ID, Sequence: d.Sequence, Judged: d.Judged, Action: d.Action, Source: d.Source, Actor: d.Actor, Score: d.Score,
			Reasons: d.Reasons, Shadow: d.Shadow, Facts: d.Facts, PolicyVersion: d.PolicyVersion, ModelVersion: d.ModelVersion,
			DecidedAt: d.DecidedAt, Note: note,
		})
	}
	return list, rows.Err()
}

func (s *Store) exportLabels(ctx context.Context, tx *sql.Tx, siteID, after, upTo int64) (list []placed, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT l.seq, l.comment_id, coalesce(r.revision, 0), l.label, l.origin, l.actor_kind, l.actor_name,
			l.shared, l.tokenizer, l.labelled_at, l.lesson,
			coalesce(t.reason, ''), coalesce(t.actor_kind, ''), coalesce(t.actor_name, ''), coalesce(t.retracted_at, 0)
		FROM labels l INDEXED BY labels_site LEFT JOIN revisions r ON r.seq = l.revision_seq LEFT JOIN retractions t ON t.seq = l.retracted_by
		WHERE l.site_id = ?3 AND l.seq > ?1 AND l.seq <= ?2 ORDER BY l.seq LIMIT ?4`, after, upTo, siteID, exportRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			p                   placed
			l                   models.StoredLabel
			t                   models.Retraction
			labelled, retracted int64
			lesson              []byte
		)
		if err := rows.Scan(&p.seq, &l.CommentID, &l.Revision, &l.Label, &l.Origin, &l.Actor.Kind, &l.Actor.Name,
			&l.Shared, &l.Tokenizer, &labelled, &lesson, &t.Reason, &t.Actor.Kind, &t.Actor.Name, &retracted); err != nil {
			return nil, err
		}
		l.LabelledAt = fromMillis(labelled)
		if lesson != nil {
			l.Lesson = &models.Lesson{}
			if err := decode(lesson, l.Lesson); err != nil {
				return nil, fmt.Errorf("lesson of label %d: %w", p.seq, err)
			}
		}
		if t.Reason != "" {
			t.At = fromMillis(retracted)
			l.Retracted = &t
		}
		p.entry.Label = &l
		list = append(list, p)
	}
	return list, rows.Err()
}

// PolicyText returns the text of a policy that judged. The error wraps
// models.ErrNotFound.
func (s *Store) PolicyText(ctx context.Context, version string) (text string, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT text FROM policies WHERE hash = ?", version).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("policy %s: %w", version, models.ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("read policy: %w", err)
	}
	return text, nil
}

// Export is Store.Export.
func (r *Reader) Export(ctx context.Context, siteID, after, upTo int64) (*models.ExportPage, error) {
	return r.s.Export(ctx, siteID, after, upTo)
}

// PolicyText is Store.PolicyText.
func (r *Reader) PolicyText(ctx context.Context, version string) (string, error) {
	return r.s.PolicyText(ctx, version)
}
