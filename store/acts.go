package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/winnowd/winnow/models"
)

const actColumns = "SELECT a.seq, a.kind, a.actor_kind, a.actor_name, coalesce(a.site_id, 0), coalesce(a.comment_id, ''), a.at, a.detail, a.undoable, a.undone_by IS NOT NULL FROM actions a "

func (s *Store) scanAct(scan func(...any) error) (*models.Act, error) {
	var a models.Act
	var at int64
	var detail []byte
	if err := scan(&a.Seq, &a.Kind, &a.Actor.Kind, &a.Actor.Name, &a.SiteID, &a.CommentID, &at, &detail, &a.Undoable, &a.Undone); err != nil {
		return nil, err
	}
	if err := decode(detail, &a.Detail); err != nil {
		return nil, fmt.Errorf("stored audit entry %d: %w", a.Seq, err)
	}
	a.At, a.ID = fromMillis(at), s.ActID(a.Seq)
	if a.SiteID != 0 {
		a.Site, a.SiteRemoved = s.name(a.SiteID), s.removedSite(a.SiteID)
		a.Undoable = a.Undoable && !a.SiteRemoved
	}
	return &a, nil
}

// Act returns an entry of the audit log. The error wraps models.ErrNotFound.
func (s *Store) Act(ctx context.Context, seq int64) (*models.Act, error) {
	return s.oneAct(ctx, "WHERE a.seq = ?", seq)
}

// NewestUndoable returns somebody's newest act that can be undone and was not. The error
// wraps models.ErrNotFound if there is none.
func (s *Store) NewestUndoable(ctx context.Context, by models.Actor) (*models.Act, error) {
	return s.oneAct(ctx, "INDEXED BY actions_undoable WHERE a.actor_name = ? AND a.undoable = 1 AND a.undone_by IS NULL ORDER BY a.seq DESC LIMIT 1", by.Name)
}

func (s *Store) oneAct(ctx context.Context, where string, args ...any) (*models.Act, error) {
	a, err := s.scanAct(s.readers.QueryRowContext(ctx, actColumns+where, args...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("action: %w", models.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return a, nil
}

// actsScan is how many entries one page of the audit log looks at, at most.
const actsScan = 5000

// Acts returns entries of the audit log, the newest first, and where to go on; next is 0
// at the end. A page with a filter may have fewer entries than limit before the end.
func (s *Store) Acts(ctx context.Context, f models.ActFilter, before int64, limit int) (list []*models.Act, next int64, err error) {
	if list, next, err = s.acts(ctx, &f, before, limit); err == nil {
		err = s.missComments(ctx, list)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read audit log: %w", err)
	}
	return list, next, nil
}

// missComments notes of entries that their comments were removed.
func (s *Store) missComments(ctx context.Context, list []*models.Act) error {
	type comment struct {
		Site int64  `json:"site"`
		ID   string `json:"id"`
	}
	of := make([]comment, len(list))
	for i, a := range list {
		of[i] = comment{a.SiteID, a.CommentID}
	}
	text, err := encode(of)
	if err != nil {
		return err
	}
	rows, err := s.readers.QueryContext(ctx, `SELECT j.key FROM json_each(?) j WHERE j.value ->> 'id' <> '' AND NOT EXISTS (
		SELECT 1 FROM revisions r INDEXED BY revisions_comment
		WHERE r.site_id = j.value ->> 'site' AND r.comment_id = j.value ->> 'id' AND r.removed = 0)`, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var at int
		if err := rows.Scan(&at); err != nil {
			return err
		}
		list[at].CommentRemoved, list[at].Undoable = true, false
	}
	return rows.Err()
}

func (s *Store) acts(ctx context.Context, f *models.ActFilter, before int64, limit int) (list []*models.Act, next int64, err error) {
	before = orMax(before)
	if !f.Until.IsZero() {
		end, err := s.firstFrom(ctx, actFrom, f.Until)
		if err != nil {
			return nil, 0, err
		}
		before = min(before, end)
	}
	where, args := []string{"a.seq < ?"}, []any{before}
	index := ""
	switch {
	case f.CommentID != "":
		index = "INDEXED BY actions_comment "
		where, args = append(where, "a.site_id = ? AND a.comment_id = ?"), append(args, f.SiteID, f.CommentID)
	case f.SiteID != 0:
		index = "INDEXED BY actions_site "
		where, args = append(where, "a.site_id = ?"), append(args, f.SiteID)
	case f.Actor != "":
		index = "INDEXED BY actions_actor "
	case f.Kind != "":
		index = "INDEXED BY actions_kind "
	}
	if f.Actor != "" {
		where, args = append(where, "a.actor_name = ?"), append(args, f.Actor)
	}
	if f.Kind != "" {
		where, args = append(where, "a.kind = ?"), append(args, f.Kind)
	}
	rows, err := s.readers.QueryContext(ctx, actColumns+index+"WHERE "+strings.Join(where, " AND ")+" ORDER BY a.seq DESC LIMIT ?", append(args, actsScan)...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	looked := 0
	for rows.Next() {
		a, err := s.scanAct(rows.Scan)
		if err != nil {
			return nil, 0, err
		}
		if a.At.Before(f.Since) {
			return list, 0, nil
		}
		looked, next = looked+1, a.Seq
		if f.Admits(a) {
			list = append(list, a)
		}
		if len(list) == limit {
			return list, next, nil
		}
	}
	if looked < actsScan {
		next = 0
	}
	return list, next, rows.Err()
}

func orMax(before int64) int64 {
	if before == 0 {
		return 1 << 62
	}
	return before
}
