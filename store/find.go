package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/winnowd/winnow/models"
)

// findSpan is how many seqs one page of a search looks through.
const findSpan = 1000

// FindComments finds the comments of a person that are there, page by page. There is no
// index to find them by, which each comment would have to pay for when it is accepted:
// each page is a short read of the next findSpan seqs.
func (s *Store) FindComments(ctx context.Context, q models.PersonQuery) (*models.PersonPage, error) {
	page := &models.PersonPage{Next: q.After + findSpan}
	var last int64
	if err := s.readers.QueryRowContext(ctx, "SELECT last FROM sequence WHERE id = 1").Scan(&last); err != nil {
		return nil, fmt.Errorf("find comments: %w", err)
	}
	if page.Next >= last {
		page.Next, page.Done = last, true
	}
	rows, err := s.readers.QueryContext(ctx, `SELECT site_id, comment_id, received_at,
			coalesce(body ->> '$.author.name', ''), coalesce(body ->> '$.author.email', ''), coalesce(body ->> '$.author.id', '')
		FROM revisions NOT INDEXED WHERE seq > ?1 AND seq <= ?2 AND removed = 0 AND (?3 = 0 OR site_id = ?3)
		AND (?4 IS NULL OR email_key = ?4) AND (?5 IS NULL OR ip_key = ?5) ORDER BY seq`,
		q.After, page.Next, q.SiteID, q.Email, q.IP)
	if err != nil {
		return nil, fmt.Errorf("find comments: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c models.FoundComment
		var received int64
		var id string
		if err := rows.Scan(&c.SiteID, &c.CommentID, &received, &c.Author, &c.Email, &id); err != nil {
			return nil, fmt.Errorf("find comments: %w", err)
		}
		if q.Author != "" && id != q.Author && !strings.EqualFold(strings.TrimSpace(c.Author), strings.TrimSpace(q.Author)) {
			continue
		}
		c.Site, c.ReceivedAt = s.name(c.SiteID), fromMillis(received)
		page.Comments = append(page.Comments, c)
	}
	return page, rows.Err()
}

// FindComments is Store.FindComments.
func (r *Reader) FindComments(ctx context.Context, q models.PersonQuery) (*models.PersonPage, error) {
	return r.s.FindComments(ctx, q)
}
