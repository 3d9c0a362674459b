package moderation

import (
	"context"
	"errors"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// Remover deletes what is stored of comments. Its errors wrap models.ErrNotFound if
// there never was such a comment.
type Remover interface {
	// Remove deletes a comment and keeps what it taught.
	Remove(ctx context.Context, siteID int64, commentID string) error
	// Retract takes the comment's label back, if it has one, to erase it.
	Retract(ctx context.Context, siteID int64, commentID string, by models.Actor) (changed bool, err error)
	// Erase deletes a comment and its lessons; models.ErrConflict if one of them was not
	// taken back up to the place learnt of the label log.
	Erase(ctx context.Context, siteID int64, commentID string, learnt int64) (taught bool, err error)
}

// Remove deletes a comment and its author's data, and keeps what was learnt from it. A
// comment that was removed already stays as it is. The error wraps models.ErrNotFound
// if there never was such a comment.
func (s *Service) Remove(ctx context.Context, siteID int64, commentID string) error {
	return s.o.Store.Remove(ctx, siteID, commentID)
}

// Erase is Remove, and forgets what was learnt: when it returns, the model scores as if
// the comment had never been labelled, and its id is not taken again. The error wraps
// models.ErrNotFound if there never was such a comment, and models.ErrConflict if it is
// labelled faster than it can be erased.
//
// The retraction is stored before the training text goes, because the model needs that
// text to unlearn it. A crash between the two leaves a comment that stands without its
// label; erasing it again completes it.
func (s *Service) Erase(ctx context.Context, siteID int64, commentID string, by models.Actor) error {
	var err error
	for range attempts {
		if _, err = s.o.Store.Retract(ctx, siteID, commentID, by); err != nil {
			break
		}
		err = s.o.Learner.Erasing(ctx, func(learnt int64) (bool, error) {
			return s.o.Store.Erase(ctx, siteID, commentID, learnt)
		})
		if !errors.Is(err, models.ErrConflict) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("erase comment: %w", err)
	}
	return nil
}

// EraseAll erases comments as Erase does, and returns how many were there. After an
// error those before it are erased.
func (s *Service) EraseAll(ctx context.Context, refs []models.CommentRef, by models.Actor) (n int, err error) {
	for _, ref := range refs {
		switch err := s.Erase(ctx, ref.SiteID, ref.CommentID, by); {
		case err == nil:
			n++
		case !errors.Is(err, models.ErrNotFound):
			return n, fmt.Errorf("erase comment %q of site %q: %w", ref.CommentID, ref.Site, err)
		}
	}
	return n, nil
}
