package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
)

// judgedReason is as much of a reason as a backtest reads.
type judgedReason struct {
	Rule   string `json:"rule"`
	Params struct {
		HoldAbove float64 `json:"hold_above"`
	} `json:"params"`
	// Evidence is not read: only whether there is any matters.
	Evidence jsontext.Value `json:"evidence"`
}

const judgedQuery = "SELECT " + revisionColumns + `, d.seq, d.action, d.score, d.reasons, d.facts, d.decided_at,
	coalesce((SELECT CASE source WHEN 'moderator' THEN action END FROM decisions INDEXED BY decisions_other
		WHERE revision_seq = d.revision_seq AND judged = 0 ORDER BY seq DESC LIMIT 1), ''),
	coalesce((SELECT label FROM labels INDEXED BY labels_active
		WHERE site_id = r.site_id AND comment_id = r.comment_id AND retracted_by IS NULL AND revision_seq = r.seq), '')
	FROM decisions d CROSS JOIN revisions r ON r.seq = d.revision_seq
	WHERE d.seq >= ?1 AND d.seq < ?2 AND d.judged = 1 AND r.removed = 0 AND (?3 = 0 OR d.site_id = ?3) ORDER BY d.seq DESC`

// Judged returns the automatic decisions with a seq from one on and below another, of
// one site or of all if siteID is 0, the newest first; those of comments that were
// removed are left out. It is one short query: whoever wants all asks range by range.
func (s *Store) Judged(ctx context.Context, siteID, from, below int64) ([]models.Judged, error) {
	rows, err := s.readers.QueryContext(ctx, judgedQuery, from, below, siteID)
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	defer rows.Close()
	var list []models.Judged
	for rows.Next() {
		var (
			j              models.Judged
			reasons, facts sql.RawBytes // until the next row
			decided        int64
			verdict        models.Action
		)
		j.Revision, err = s.scanRevision(func(dest ...any) error {
			return rows.Scan(append(dest, &j.Seq, &j.Action, &j.Score, &reasons, &facts, &decided, &verdict, &j.Said)...)
		})
		if err != nil {
			return nil, fmt.Errorf("read decisions: %w", err)
		}
		j.DecidedAt = fromMillis(decided)
		if err := completeJudged(&j, reasons, facts); err != nil {
			return nil, fmt.Errorf("stored decision %d: %w", j.Seq, err)
		}
		switch verdict {
		case models.Approve:
			j.Said = models.Ham
		case models.Reject:
			j.Said = models.Spam
		}
		list = append(list, j)
	}
	return list, rows.Err()
}

// completeJudged reads what is stored as JSON.
func completeJudged(j *models.Judged, reasons, facts []byte) error {
	var rs []judgedReason
	if err := decode(reasons, &rs); err != nil {
		return err
	}
	if err := decode(facts, &j.Facts); err != nil {
		return err
	}
	if len(rs) > 0 {
		j.Rule = rs[0].Rule
	}
	for i := range rs {
		if rs[i].Rule != "classifier" {
			continue
		}
		j.Explained = rs[i].Evidence.Kind() == '[' && len(rs[i].Evidence) > len("[]")
		if j.Facts.Cutoffs == nil {
			j.Facts.Cutoffs = &models.Cutoffs{HoldAbove: rs[i].Params.HoldAbove}
		}
	}
	return nil
}

// LastSeq is the number of the newest thing that happened.
func (r *Reader) LastSeq() int64 { return r.s.last.Load() }

// Judged is Store.Judged.
func (r *Reader) Judged(ctx context.Context, siteID, from, below int64) ([]models.Judged, error) {
	return r.s.Judged(ctx, siteID, from, below)
}
