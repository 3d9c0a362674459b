package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

// StoppedLane is a site whose callback asked to be called no more.
type StoppedLane struct {
	Site   string    `json:"site"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
}

// ListDeliveries returns deliveries that have not succeeded, site by site in order of
// their decisions, at most limit of each state; of one site or of all if site is
// empty, in one state or in any if state is empty. Removed sites are left out: nothing is
// delivered to them any more.
func (s *Store) ListDeliveries(ctx context.Context, site string, state models.DeliveryState, limit int) ([]models.DeliveryRow, error) {
	var list []models.DeliveryRow
	for _, st := range models.DeliveryStates {
		if state != "" && state != st {
			continue
		}
		part, err := s.deliveries(ctx, site, nil, st, limit, 0, 0)
		if err != nil {
			return nil, fmt.Errorf("list deliveries: %w", err)
		}
		list = append(list, part...)
	}
	return list, nil
}

// PageDeliveries returns deliveries that have not succeeded in one state, site by site in
// order of their decisions. The error wraps models.ErrInvalid for a cursor that is not one.
func (s *Store) PageDeliveries(ctx context.Context, f models.DeliveryFilter) ([]models.DeliveryRow, error) {
	var site, seq int64
	if f.After != "" {
		first, second, ok := strings.Cut(f.After, ".")
		var err1, err2 error
		site, err1 = strconv.ParseInt(first, 36, 64)
		seq, err2 = strconv.ParseInt(second, 36, 64)
		if !ok || err1 != nil || err2 != nil || site < 1 || seq < 1 {
			return nil, fmt.Errorf("cursor %q: not one of winnow's: %w", f.After, models.ErrInvalid)
		}
	}
	list, err := s.deliveries(ctx, "", jsonList(f.Sites), f.State, f.Limit, site, seq)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	return list, nil
}

// deliveries reads those of one site or of all if it is empty, of sites (a list in JSON)
// unless it is nil, after a place.
func (s *Store) deliveries(ctx context.Context, site string, sites any, state models.DeliveryState, limit int, afterSite, afterSeq int64) ([]models.DeliveryRow, error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT d.seq, sites.id, sites.name, r.comment_id, r.revision, d.sequence, d.action, d.decided_at,
			v.state, v.attempts, coalesce(v.due_at, 0), coalesce(v.last_status, 0), v.last_error, coalesce(v.last_attempt_at, 0)
		FROM sites CROSS JOIN deliveries v INDEXED BY deliveries_site ON v.site_id = sites.id AND v.state = ?2
			AND v.decision_seq > CASE WHEN sites.id = ?5 THEN ?6 ELSE 0 END
		JOIN decisions d ON d.seq = v.decision_seq JOIN revisions r ON r.seq = d.revision_seq
		WHERE sites.removed_at IS NULL AND (?1 = '' OR sites.name = ?1) AND (?4 IS NULL OR sites.id IN (SELECT value FROM json_each(?4))) AND sites.id >= ?5
		ORDER BY sites.id, v.decision_seq LIMIT ?3`, site, string(state), limit, sites, afterSite, afterSeq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []models.DeliveryRow
	for rows.Next() {
		var v models.DeliveryRow
		var seq, siteID, decided, due, last int64
		if err := rows.Scan(&seq, &siteID, &v.Site, &v.CommentID, &v.Revision, &v.Sequence, &v.Action, &decided,
			&v.State, &v.Attempts, &due, &v.LastStatus, &v.LastError, &last); err != nil {
			return nil, err
		}
		v.DecidedAt = fromMillis(decided)
		v.Cursor = strconv.FormatInt(siteID, 36) + "." + strconv.FormatInt(seq, 36)
		v.ID = decisionID(v.DecidedAt, s.epochOf(seq), seq)
		if due != 0 {
			v.DueAt = fromMillis(due)
		}
		if last != 0 {
			v.LastAttemptAt = fromMillis(last)
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// StoppedLanes returns the sites whose callback asked to be called no more, one or all
// of them, by name. A site whose callback was taken away since is not among them.
func (s *Store) StoppedLanes(ctx context.Context, site string) ([]StoppedLane, error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT sites.name, lanes.stopped_at, lanes.stopped_reason
		FROM sites JOIN lanes ON lanes.site_id = sites.id
		WHERE lanes.stopped_at IS NOT NULL AND sites.removed_at IS NULL AND sites.callback <> '' AND (?1 = '' OR sites.name = ?1) ORDER BY sites.name`, site)
	if err != nil {
		return nil, fmt.Errorf("list stopped deliveries: %w", err)
	}
	defer rows.Close()
	var list []StoppedLane
	for rows.Next() {
		var l StoppedLane
		var since int64
		if err := rows.Scan(&l.Site, &since, &l.Reason); err != nil {
			return nil, fmt.Errorf("list stopped deliveries: %w", err)
		}
		l.Since = fromMillis(since)
		list = append(list, l)
	}
	return list, rows.Err()
}

// ListDeliveries is Store.ListDeliveries.
func (r *Reader) ListDeliveries(ctx context.Context, site string, state models.DeliveryState, limit int) ([]models.DeliveryRow, error) {
	return r.s.ListDeliveries(ctx, site, state, limit)
}

// StoppedLanes is Store.StoppedLanes.
func (r *Reader) StoppedLanes(ctx context.Context, site string) ([]StoppedLane, error) {
	return r.s.StoppedLanes(ctx, site)
}
