package moderation

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// Reports reads what was done.
type Reports interface {
	// TotalHeld is CountHeld, which may be 2 seconds old; HeldLanes counts the same, those
	// with a score below cut and the rest.
	TotalHeld(ctx context.Context, f models.CommentFilter) (int, error)
	HeldLanes(ctx context.Context, f models.CommentFilter, cut float64) (below, rest int, err error)
	Overview(ctx context.Context, sites []int64, days int) (*models.Overview, error)
	Acts(ctx context.Context, f models.ActFilter, before int64, limit int) (list []*models.Act, next int64, err error)
}

// Overview tells how moderation stands, of a site or, if it is empty, of all that the
// user sees, and what was decided on the last days, 1 to 366. Errors as of Filter.
func (s *Service) Overview(ctx context.Context, u *models.User, site string, days int) (*models.Overview, error) {
	sites, err := s.sites(u, site)
	if err != nil {
		return nil, err
	}
	if days < 1 || days > 366 {
		return nil, fmt.Errorf("%d days: must be 1 to 366: %w", days, models.ErrInvalid)
	}
	return s.o.Desk.Overview(ctx, sites, days)
}

// Acts returns entries of the audit log that a user may see, the newest first: of a
// moderator who is limited to sites those of the sites. cursor is empty at the end; a
// page may be empty before. Errors as of Filter.
func (s *Service) Acts(ctx context.Context, u *models.User, site string, f models.ActFilter, after string, limit int) (list []*models.Act, cursor string, err error) {
	if limit < 1 || limit > MaxPage {
		return nil, "", fmt.Errorf("limit %d: must be 1 to %d: %w", limit, MaxPage, models.ErrInvalid)
	}
	before, err := parsePlace(after)
	if err != nil {
		return nil, "", err
	}
	if site != "" {
		at, err := s.site(u, site)
		if err != nil {
			return nil, "", err
		}
		f.SiteID = at.ID
	}
	f.Sites = nil
	if u.Limited {
		f.Sites = append([]int64{}, u.SiteIDs...)
	}
	if f.CommentID != "" && f.SiteID == 0 {
		return nil, "", fmt.Errorf("a comment needs its site: %w", models.ErrInvalid)
	}
	list, next, err := s.o.Desk.Acts(ctx, f, before.Seq, limit)
	if next != 0 {
		cursor = placeText(models.Place{Seq: next})
	}
	return list, cursor, err
}
