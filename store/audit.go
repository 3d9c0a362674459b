package store

import (
	"context"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// note enters something that concerns no comment in the audit log.
func (s *Store) note(tx *tx, by models.Actor, kind string, detail map[string]any) error {
	_, err := s.act(tx, models.Act{Kind: kind, Actor: by, Detail: detail})
	return err
}

// act enters an act in the audit log and returns its seq.
func (s *Store) act(tx *tx, a models.Act) (int64, error) {
	detail, err := encode(a.Detail)
	if err != nil {
		return 0, fmt.Errorf("encode audit entry: %w", err)
	}
	var site, comment any
	if a.SiteID != 0 {
		site = a.SiteID
	}
	if a.CommentID != "" {
		comment = a.CommentID
	}
	seq := tx.next()
	_, err = tx.exec(`INSERT INTO actions (seq, kind, actor_kind, actor_name, site_id, comment_id, at, detail, undoable)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		seq, a.Kind, a.Actor.Kind, a.Actor.Name, site, comment, s.opts.Now().UnixMilli(), detail, flag(a.Undoable))
	return seq, err
}

// Note enters something that somebody did in the audit log.
func (s *Store) Note(ctx context.Context, a models.Act) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		if a.Site != "" && a.SiteID == 0 {
			if _, err := tx.get("SELECT id FROM sites WHERE name = ?", []any{a.Site}, &a.SiteID); err != nil {
				return err
			}
		}
		_, err := s.act(tx, a)
		return err
	}))
	if err != nil {
		return fmt.Errorf("note %s: %w", a.Kind, err)
	}
	return nil
}
