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

// Page returns everything that is known of a comment, its author's history apart. The
// error wraps models.ErrNotFound if there is no such comment, or not any more.
func (s *Store) Page(ctx context.Context, siteID int64, commentID string) (*models.CommentPage, error) {
	p := &models.CommentPage{Site: s.name(siteID), SiteID: siteID, CommentID: commentID}
	var err error
	p.Revisions, err = s.revisions(ctx, "SELECT "+revisionColumns+` FROM revisions r
		WHERE r.site_id = ? AND r.comment_id = ? AND r.removed = 0 ORDER BY r.revision`, siteID, commentID)
	if err != nil {
		return nil, err
	}
	if len(p.Revisions) == 0 {
		return nil, fmt.Errorf("comment %q: %w", commentID, models.ErrNotFound)
	}
	const of = " FROM revisions c CROSS JOIN decisions d ON d.revision_seq = c.seq AND d.judged = "
	const where = " WHERE c.site_id = ?1 AND c.comment_id = ?2 AND c.removed = 0"
	p.Decisions, err = s.decisions(ctx, s.readers, "SELECT "+decisionColumns+of+"1"+decisionTables+where+
		" UNION ALL SELECT "+decisionColumns+of+"0"+decisionTables+where+" ORDER BY 1", siteID, commentID)
	if err != nil {
		return nil, err
	}
	if p.Current, err = s.Current(ctx, siteID, commentID); err != nil {
		return nil, err
	}
	err = s.readers.QueryRowContext(ctx, "SELECT label, origin, actor_kind, actor_name FROM labels WHERE site_id = ? AND comment_id = ? AND retracted_by IS NULL",
		siteID, commentID).Scan(&p.Label, &p.LabelOrigin, &p.LabelActor.Kind, &p.LabelActor.Name)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read label: %w", err)
	}
	p.Deliveries, err = s.deliveriesOf(ctx, siteID, p.Decisions)
	return p, err
}

// deliveriesOf tells what became of the deliveries of a site's decisions.
func (s *Store) deliveriesOf(ctx context.Context, siteID int64, ds []*models.Decision) (map[int64]models.DeliveryStatus, error) {
	lane, err := s.Lane(ctx, siteID)
	without := errors.Is(err, models.ErrNotFound)
	if err != nil && !without {
		return nil, err
	}
	all := make(map[int64]models.DeliveryStatus, len(ds))
	for _, d := range ds {
		var v models.DeliveryStatus
		switch {
		case d.FeedSeq == 0:
			v.State = "undo"
		case without:
			v.State = "none"
		case d.FeedSeq > lane.Cursor:
			v.State = "next"
		default:
			if v, err = s.deliveryOf(ctx, d.Seq); err != nil {
				return nil, err
			}
			if v.Log, err = s.attempts(ctx, d.Seq); err != nil {
				return nil, err
			}
		}
		all[d.Seq] = v
	}
	return all, nil
}

func (s *Store) deliveryOf(ctx context.Context, seq int64) (v models.DeliveryStatus, err error) {
	var due, last int64
	err = s.readers.QueryRowContext(ctx, `SELECT state, attempts, coalesce(due_at, 0), coalesce(last_status, 0), last_error, coalesce(last_attempt_at, 0)
		FROM deliveries WHERE decision_seq = ?`, seq).Scan(&v.State, &v.Attempts, &due, &v.LastStatus, &v.LastError, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return models.DeliveryStatus{State: "delivered"}, nil
	}
	if err != nil {
		return v, fmt.Errorf("read delivery: %w", err)
	}
	if due != 0 {
		v.DueAt = fromMillis(due)
	}
	if last != 0 {
		v.LastAttemptAt = fromMillis(last)
	}
	return v, nil
}

// Overview tells how moderation stands and what was decided on the last days, of some
// sites or, if sites is nil, of all.
func (s *Store) Overview(ctx context.Context, sites []int64, days int) (*models.Overview, error) {
	f := models.CommentFilter{Sites: sites, Order: models.Oldest}
	o := &models.Overview{}
	var err error
	if o.Held, err = s.TotalHeld(ctx, f); err != nil {
		return nil, err
	}
	oldest, err := s.Held(ctx, f, models.Place{}, 1)
	if err != nil {
		return nil, err
	}
	if len(oldest) > 0 {
		o.OldestHeld = oldest[0].Revision.ReceivedAt
	}
	today := dayOf(s.opts.Now())
	for day := today - int64(days) + 1; day <= today; day++ {
		o.Days = append(o.Days, models.Day{
			Date:      time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly),
			Decisions: map[models.Action]int{}, Verdicts: map[models.Action]int{}, Overturned: map[string]int{}, Rules: map[string]int{},
		})
	}
	chosen := map[int64]bool{}
	for _, id := range sites {
		chosen[id] = true
	}
	rows, err := s.readers.QueryContext(ctx, "SELECT day, site_id, name, n FROM tallies WHERE day > ? AND day <= ?", today-int64(days), today)
	if err != nil {
		return nil, fmt.Errorf("read overview: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var day, site int64
		var name string
		var n int
		if err := rows.Scan(&day, &site, &name, &n); err != nil {
			return nil, fmt.Errorf("read overview: %w", err)
		}
		if sites == nil || chosen[site] {
			add(&o.Days[day-today+int64(days)-1], name, n)
		}
	}
	return o, rows.Err()
}

func add(d *models.Day, name string, n int) {
	kind, what, _ := strings.Cut(name, ":")
	switch kind {
	case "decision":
		d.Decisions[models.Action(what)] += n
	case "verdict":
		d.Verdicts[models.Action(what)] += n
	case "overturn":
		d.Overturned[what] += n
	case "rule":
		d.Rules[what] += n
	}
}
