package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// Lane returns how far the deliveries of a site have come. The error wraps
// models.ErrNotFound for a site that never had a callback.
func (s *Store) Lane(ctx context.Context, siteID int64) (models.Lane, error) {
	lane := models.Lane{SiteID: siteID}
	var stopped *int64
	err := s.readers.QueryRowContext(ctx, "SELECT cursor, stopped_at, coalesce(stopped_reason, '') FROM lanes WHERE site_id = ?", siteID).
		Scan(&lane.Cursor, &stopped, &lane.StoppedReason)
	if errors.Is(err, sql.ErrNoRows) {
		return lane, fmt.Errorf("deliveries of site %d: %w", siteID, models.ErrNotFound)
	}
	if err != nil {
		return lane, fmt.Errorf("read lane: %w", err)
	}
	if stopped != nil {
		lane.StoppedAt = fromMillis(*stopped)
	}
	return lane, nil
}

// setLane is the part of a change of a site that concerns its deliveries; it must run
// before the site's row changes. A callback that was not there before begins at the
// present end of the feed; another callback, or enabling the site, starts a stopped
// lane again.
func setLane(tx *tx, siteID int64, c models.SiteChange) error {
	if c.Callback != nil && *c.Callback != "" {
		if _, err := tx.exec(`INSERT INTO lanes (site_id, cursor) SELECT id, ?1 FROM sites WHERE id = ?2 AND callback = ''
			ON CONFLICT (site_id) DO UPDATE SET cursor = max(cursor, excluded.cursor)`, tx.seq, siteID); err != nil {
			return err
		}
		if _, err := tx.exec(`UPDATE lanes SET stopped_at = NULL, stopped_reason = NULL
			WHERE site_id = ?1 AND (SELECT callback FROM sites WHERE id = ?1) <> ?2`, siteID, *c.Callback); err != nil {
			return err
		}
	}
	if c.Enabled != nil && *c.Enabled {
		_, err := tx.exec("UPDATE lanes SET stopped_at = NULL, stopped_reason = NULL WHERE site_id = ?", siteID)
		return err
	}
	return nil
}

// Outgoing is Feed with the places in it.
func (s *Store) Outgoing(ctx context.Context, siteID, after int64, limit int) (list []models.Outgoing, more bool, err error) {
	rows, err := s.readers.QueryContext(ctx, "SELECT "+decisionColumns+", d.feed_seq FROM decisions d"+decisionTables+
		"WHERE d.site_id = ? AND d.feed_seq > ? ORDER BY d.feed_seq LIMIT ?", siteID, after, limit+1)
	if err != nil {
		return nil, false, fmt.Errorf("read decisions: %w", err)
	}
	defer rows.Close()
	list = make([]models.Outgoing, 0, min(limit, 16))
	for rows.Next() {
		if len(list) == limit {
			more = true
			break
		}
		var o models.Outgoing
		if o.Decision, err = s.scanDecision(with(rows.Scan, &o.Place)); err != nil {
			return nil, false, fmt.Errorf("read decisions: %w", err)
		}
		list = append(list, o)
	}
	return list, more, rows.Err()
}

// with makes a scan of a row that has further columns.
func with(scan func(...any) error, further ...any) func(...any) error {
	return func(dest ...any) error { return scan(append(dest, further...)...) }
}

// Decision returns a decision that stands in a feed. The error wraps
// models.ErrNotFound.
func (s *Store) Decision(ctx context.Context, seq int64) (*models.Decision, error) {
	ds, err := s.decisions(ctx, s.readers, "SELECT "+decisionColumns+" FROM decisions d"+decisionTables+
		"WHERE d.seq = ? AND d.feed_seq IS NOT NULL", seq)
	if err != nil {
		return nil, err
	}
	if len(ds) == 0 {
		return nil, fmt.Errorf("decision %d: %w", seq, models.ErrNotFound)
	}
	return ds[0], nil
}

// Ahead counts a site's decisions above a place of its feed, up to limit.
func (s *Store) Ahead(ctx context.Context, siteID, place int64, limit int) (n int, err error) {
	err = s.readers.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM decisions INDEXED BY decisions_feed
		WHERE site_id = ? AND feed_seq > ? LIMIT ?)`, siteID, place, limit).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count decisions: %w", err)
	}
	return n, nil
}

// WaitingDeliveries returns a site's waiting deliveries above a seq, in order of seq.
func (s *Store) WaitingDeliveries(ctx context.Context, siteID, after int64, limit int) ([]models.Delivery, error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT v.decision_seq, d.feed_seq, r.comment_id, d.decided_at, v.attempts, v.due_at,
			coalesce(v.last_status, 0), v.last_error, coalesce(v.last_attempt_at, 0)
		FROM deliveries v INDEXED BY deliveries_site
		JOIN decisions d ON d.seq = v.decision_seq JOIN revisions r ON r.seq = d.revision_seq
		WHERE v.site_id = ? AND v.state = 'waiting' AND v.decision_seq > ? AND d.feed_seq IS NOT NULL
		ORDER BY v.decision_seq LIMIT ?`, siteID, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read deliveries: %w", err)
	}
	defer rows.Close()
	var list []models.Delivery
	for rows.Next() {
		v := models.Delivery{State: models.DeliveryWaiting}
		var decided, due, last int64
		if err := rows.Scan(&v.Seq, &v.Place, &v.CommentID, &decided, &v.Attempts, &due, &v.LastStatus, &v.LastError, &last); err != nil {
			return nil, fmt.Errorf("read deliveries: %w", err)
		}
		v.DecidedAt, v.DueAt = fromMillis(decided), fromMillis(due)
		if last != 0 {
			v.LastAttemptAt = fromMillis(last)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// DeadDeliveries counts the deliveries that failed for good and can be sent again: those
// of sites that were not removed and have a callback.
func (s *Store) DeadDeliveries(ctx context.Context) (n int, err error) {
	err = s.readers.QueryRowContext(ctx, `SELECT count(*) FROM sites
		CROSS JOIN deliveries v INDEXED BY deliveries_site ON v.site_id = sites.id AND v.state = 'dead'
		WHERE sites.removed_at IS NULL AND sites.callback <> ''`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count dead deliveries: %w", err)
	}
	return n, nil
}

// RecordDeliveries stores what has happened in a lane, all of it in one commit.
func (s *Store) RecordDeliveries(ctx context.Context, p models.LaneProgress) error {
	if err := s.writer.do(ctx, &laneStep{s: s, p: p}); err != nil {
		return fmt.Errorf("record deliveries: %w", err)
	}
	return nil
}

type laneStep struct {
	s *Store
	p models.LaneProgress
}

func (op *laneStep) weight() int {
	return 1 + len(op.p.Failed) + len(op.p.Done) + len(op.p.Attempts)
}

func (op *laneStep) apply(tx *tx) error {
	if _, err := tx.exec("UPDATE lanes SET cursor = ?1 WHERE site_id = ?2 AND cursor < ?1", op.p.Cursor, op.p.SiteID); err != nil {
		return err
	}
	for _, seq := range op.p.Done {
		if _, err := tx.exec("DELETE FROM deliveries WHERE decision_seq = ?", seq); err != nil {
			return err
		}
	}
	for i := range op.p.Failed {
		if err := op.keep(tx, &op.p.Failed[i]); err != nil {
			return err
		}
	}
	for i := range op.p.Attempts {
		if err := remember(tx, &op.p.Attempts[i]); err != nil {
			return err
		}
	}
	if op.p.Stopped == "" {
		return nil
	}
	_, err := tx.exec("UPDATE lanes SET stopped_at = ?, stopped_reason = ? WHERE site_id = ?",
		op.s.opts.Now().UnixMilli(), op.p.Stopped, op.p.SiteID)
	return err
}

// keep stores a delivery's row, unless its decision was deleted meanwhile.
func (op *laneStep) keep(tx *tx, v *models.Delivery) error {
	var due, status any
	if v.State == models.DeliveryWaiting {
		due = v.DueAt.UnixMilli()
	}
	if v.LastStatus >= 100 {
		status = v.LastStatus
	}
	_, err := tx.exec(`INSERT INTO deliveries (decision_seq, site_id, state, attempts, due_at, last_status, last_error, last_attempt_at)
		SELECT seq, site_id, ?2, ?3, ?4, ?5, ?6, ?7 FROM decisions WHERE seq = ?1
		ON CONFLICT (decision_seq) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, due_at = excluded.due_at,
			last_status = excluded.last_status, last_error = excluded.last_error, last_attempt_at = excluded.last_attempt_at`,
		v.Seq, string(v.State), v.Attempts, due, status, v.LastError, millis(v.LastAttemptAt))
	return err
}

func (op *laneStep) committed(Observer) {}
