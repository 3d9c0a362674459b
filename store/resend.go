package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/winnowd/winnow/models"
)

// ResendDecision has a decision delivered again, whether it was delivered or failed
// for good, and returns its site's ID. The error wraps models.ErrNotFound if there is
// no such decision at that site (any site if empty), and models.ErrConflict if the
// site has no callback. The id's letters may be upper or lower case.
func (s *Store) ResendDecision(ctx context.Context, site, id string) (siteID int64, err error) {
	seq, ok := decisionSeq(id)
	if !ok {
		return 0, fmt.Errorf("resend decision %q: not an id that winnow gave: %w", id, models.ErrInvalid)
	}
	d, err := s.Decision(ctx, seq)
	if err == nil && (!strings.EqualFold(d.ID, id) || (site != "" && d.Site != site)) {
		err = models.ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("resend decision %q: %w", id, err)
	}
	op := change(func(tx *tx) error {
		n, err := tx.exec(`INSERT INTO deliveries (decision_seq, site_id, state, attempts, due_at)
			SELECT d.seq, d.site_id, 'waiting', 0, ?2 FROM decisions d JOIN sites ON sites.id = d.site_id
			WHERE d.seq = ?1 AND sites.callback <> '' AND sites.removed_at IS NULL
			ON CONFLICT (decision_seq) DO UPDATE SET state = 'waiting', attempts = 0, due_at = excluded.due_at`,
			d.Seq, s.opts.Now().UnixMilli())
		if err == nil && n == 0 {
			err = fmt.Errorf("site %q has no callback to deliver to: %w", d.Site, models.ErrConflict)
		}
		return err
	})
	if err := s.writer.do(ctx, op); err != nil {
		return 0, fmt.Errorf("resend decision: %w", err)
	}
	return d.SiteID, nil
}

// resendStep is how many deliveries one commit puts back, so that others get their turn.
const resendStep = 200

// ResendDead puts the dead deliveries of a site back, or those of all sites if site
// is empty, and returns how many, and whose they were.
func (s *Store) ResendDead(ctx context.Context, site string) (n int, siteIDs []int64, err error) {
	all, err := s.Sites(ctx)
	if err != nil {
		return 0, nil, err
	}
	known := site == ""
	for _, candidate := range all {
		if site != "" && candidate.Name != site {
			continue
		}
		known = true
		put, err := s.resendDead(ctx, candidate.ID)
		if put > 0 {
			n, siteIDs = n+put, append(siteIDs, candidate.ID)
		}
		if err != nil {
			return n, siteIDs, err
		}
	}
	if !known {
		return 0, nil, fmt.Errorf("site %q: %w", site, models.ErrNotFound)
	}
	return n, siteIDs, nil
}

func (s *Store) resendDead(ctx context.Context, siteID int64) (total int, err error) {
	for {
		var n int64
		op := change(func(tx *tx) (err error) {
			n, err = tx.exec(`UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = ?1 WHERE decision_seq IN (
				SELECT decision_seq FROM deliveries INDEXED BY deliveries_site
				WHERE site_id = ?2 AND state = 'dead' ORDER BY decision_seq LIMIT ?3)`,
				s.opts.Now().UnixMilli(), siteID, resendStep)
			return err
		})
		if err := s.writer.do(ctx, op); err != nil {
			return total, fmt.Errorf("resend dead deliveries: %w", err)
		}
		total += int(n)
		if n < resendStep {
			return total, nil
		}
	}
}

// decisionSeq reads the seq that a decision's id holds in its last 48 bits.
func decisionSeq(id string) (seq int64, ok bool) {
	const prefix, length = "wn_", 29
	if len(id) != length || !strings.EqualFold(id[:len(prefix)], prefix) {
		return 0, false
	}
	var bits uint64
	for _, c := range []byte(id[len(prefix):]) {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		v := strings.IndexByte(crockford, c)
		if v < 0 {
			return 0, false
		}
		bits = bits<<5 | uint64(v) // what falls out at the top is time and epoch
	}
	return int64(bits & (1<<48 - 1)), true
}
