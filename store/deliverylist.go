package store

import (
	"context"
	"fmt"
	"time"

	"github.com/winnowd/winnow/models"
)

// DeliveryRow is a delivery that has not succeeded, as an operator sees it.
type DeliveryRow struct {
	// ID is the decision's.
	ID        string               `json:"id"`
	Site      string               `json:"site"`
	CommentID string               `json:"comment_id"`
	Revision  int                  `json:"revision"`
	Sequence  int                  `json:"sequence"`
	Action    models.Action        `json:"action"`
	State     models.DeliveryState `json:"state"`
	Attempts  int                  `json:"attempts"`
	DecidedAt time.Time            `json:"decided_at"`
	// DueAt is when a waiting one is tried again.
	DueAt time.Time `json:"due_at,omitzero"`
	// LastStatus is 0 if the last attempt brought no answer.
	LastStatus    int       `json:"last_status"`
	LastError     string    `json:"last_error"`
	LastAttemptAt time.Time `json:"last_attempt_at,omitzero"`
}

// StoppedLane is a site whose callback asked to be called no more.
type StoppedLane struct {
	Site   string    `json:"site"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
}

// ListDeliveries returns deliveries that have not succeeded, site by site in order of
// their decisions, at most limit of each state; of one site or of all if site is
// empty, in one state or in any if state is empty.
func (s *Store) ListDeliveries(ctx context.Context, site string, state models.DeliveryState, limit int) ([]DeliveryRow, error) {
	var list []DeliveryRow
	for _, st := range models.DeliveryStates {
		if state != "" && state != st {
			continue
		}
		part, err := s.listDeliveries(ctx, site, st, limit)
		if err != nil {
			return nil, fmt.Errorf("list deliveries: %w", err)
		}
		list = append(list, part...)
	}
	return list, nil
}

func (s *Store) listDeliveries(ctx context.Context, site string, state models.DeliveryState, limit int) ([]DeliveryRow, error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT d.seq, sites.name, r.comment_id, r.revision, d.sequence, d.action, d.decided_at,
			v.state, v.attempts, coalesce(v.due_at, 0), coalesce(v.last_status, 0), v.last_error, coalesce(v.last_attempt_at, 0)
		FROM sites CROSS JOIN deliveries v INDEXED BY deliveries_site ON v.site_id = sites.id AND v.state = ?2
		JOIN decisions d ON d.seq = v.decision_seq JOIN revisions r ON r.seq = d.revision_seq
		WHERE ?1 = '' OR sites.name = ?1 ORDER BY sites.id, v.decision_seq LIMIT ?3`, site, string(state), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []DeliveryRow
	for rows.Next() {
		var v DeliveryRow
		var seq, decided, due, last int64
		if err := rows.Scan(&seq, &v.Site, &v.CommentID, &v.Revision, &v.Sequence, &v.Action, &decided,
			&v.State, &v.Attempts, &due, &v.LastStatus, &v.LastError, &last); err != nil {
			return nil, err
		}
		v.DecidedAt = fromMillis(decided)
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
// of them, by name.
func (s *Store) StoppedLanes(ctx context.Context, site string) ([]StoppedLane, error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT sites.name, lanes.stopped_at, lanes.stopped_reason
		FROM sites JOIN lanes ON lanes.site_id = sites.id
		WHERE lanes.stopped_at IS NOT NULL AND sites.removed_at IS NULL AND (?1 = '' OR sites.name = ?1) ORDER BY sites.name`, site)
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
func (r *Reader) ListDeliveries(ctx context.Context, site string, state models.DeliveryState, limit int) ([]DeliveryRow, error) {
	return r.s.ListDeliveries(ctx, site, state, limit)
}

// StoppedLanes is Store.StoppedLanes.
func (r *Reader) StoppedLanes(ctx context.Context, site string) ([]StoppedLane, error) {
	return r.s.StoppedLanes(ctx, site)
}
