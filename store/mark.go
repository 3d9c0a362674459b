package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// markPage is how many entries one query adds up.
const markPage = 5000

// LabelMark tells which label log it is that LabelLog yields up to a seq: another mark is
// another log, as where lessons were erased or a site purged since. It reads in pages,
// each a short query.
func (s *Store) LabelMark(ctx context.Context, upTo int64) (models.LogMark, error) {
	labels, err := s.addUp(ctx, `SELECT count(*), coalesce(sum(gone), 0), coalesce(sum(seq), 0), coalesce(sum(seq * gone), 0), coalesce(max(seq), 0)
		FROM (SELECT seq, lesson IS NULL AS gone FROM labels WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?) AS page`, upTo)
	if err != nil {
		return models.LogMark{}, err
	}
	retractions, err := s.addUp(ctx, `SELECT count(*), coalesce(sum(gone), 0), coalesce(sum(seq), 0), coalesce(sum(label_seq), 0), coalesce(max(seq), 0)
		FROM (SELECT seq, label_seq, coalesce((SELECT lesson IS NULL FROM labels WHERE labels.seq = label_seq), 1) AS gone
			FROM retractions WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?) AS page`, upTo)
	if err != nil {
		return models.LogMark{}, err
	}
	return models.LogMark{
		Standing: int(labels.n - labels.gone - (retractions.n - retractions.gone)),
		Digest: fmt.Sprintf("%08x.%d.%d.%d.%d.%d.%d.%d.%d", s.Epoch(), labels.n, labels.gone, labels.sum, labels.other,
			retractions.n, retractions.gone, retractions.sum, retractions.other),
	}, nil
}

// sums are what entries of the label log add up to.
type sums struct{ n, gone, sum, other int64 }

func (s *Store) addUp(ctx context.Context, query string, upTo int64) (total sums, err error) {
	after := int64(0)
	for {
		var page sums
		if err := s.readers.QueryRowContext(ctx, query, after, upTo, markPage).Scan(&page.n, &page.gone, &page.sum, &page.other, &after); err != nil {
			return sums{}, fmt.Errorf("mark the label log: %w", err)
		}
		total.n, total.gone = total.n+page.n, total.gone+page.gone
		total.sum, total.other = total.sum+page.sum, total.other+page.other
		if page.n < markPage {
			return total, nil
		}
	}
}
