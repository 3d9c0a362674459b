package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/winnowd/winnow/models"
)

// AddLink stores the hash of a link that signs a user in once. The user's earlier links
// become worthless. The error wraps models.ErrNotFound.
func (s *Store) AddLink(ctx context.Context, email string, hash []byte, expires time.Time) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		id, _, err := userID(tx, email)
		if err != nil {
			return err
		}
		if _, err := tx.exec("DELETE FROM sign_in_links WHERE user_id = ?", id); err != nil {
			return err
		}
		_, err = tx.exec("INSERT INTO sign_in_links (hash, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
			hash, id, s.opts.Now().UnixMilli(), expires.UnixMilli())
		return err
	}))
	if err != nil {
		return fmt.Errorf("add sign-in link: %w", err)
	}
	return nil
}

// RedeemLink uses a link up and returns its user's ID. The error wraps
// models.ErrNotFound if there is no such link, or not any more.
func (s *Store) RedeemLink(ctx context.Context, hash []byte) (userID int64, err error) {
	err = s.writer.do(ctx, change(func(tx *tx) error {
		var expires int64
		found, err := tx.get("DELETE FROM sign_in_links WHERE hash = ? RETURNING user_id, expires_at", []any{hash}, &userID, &expires)
		if err == nil && (!found || expires <= s.opts.Now().UnixMilli()) {
			err = fmt.Errorf("link: %w", models.ErrNotFound)
		}
		return err
	}))
	if err != nil {
		return 0, fmt.Errorf("redeem sign-in link: %w", err)
	}
	return userID, nil
}

// maxSessions is how many sessions a user may have; a further one ends the oldest.
const maxSessions = 20

// AddSession stores a session by its hash and notes the sign-in; way says how it was
// made, such as "password".
func (s *Store) AddSession(ctx context.Context, hash []byte, v models.Session, way string) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		var email string
		found, err := tx.get("SELECT email FROM users WHERE id = ? AND removed_at IS NULL", []any{v.UserID}, &email)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("user: %w", models.ErrNotFound)
		}
		if _, err := tx.exec(`DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE user_id = ?
			ORDER BY seen_at DESC LIMIT -1 OFFSET ?)`, v.UserID, maxSessions-1); err != nil {
			return err
		}
		if _, err := tx.exec("INSERT INTO sessions (hash, user_id, created_at, seen_at, address, agent) VALUES (?, ?, ?, ?, ?, ?)",
			hash, v.UserID, v.CreatedAt.UnixMilli(), v.SeenAt.UnixMilli(), v.Address, v.Agent); err != nil {
			return err
		}
		return s.note(tx, models.Actor{Kind: "user", Name: email}, "sign-in", map[string]any{"way": way, "address": v.Address})
	}))
	if err != nil {
		return fmt.Errorf("add session: %w", err)
	}
	return nil
}

// Session finds a session and its user. The error wraps models.ErrNotFound if there is
// none, or its user was removed.
func (s *Store) Session(ctx context.Context, hash []byte) (v models.Session, u *models.User, err error) {
	var created, seen int64
	err = s.readers.QueryRowContext(ctx, "SELECT user_id, created_at, seen_at, address, agent FROM sessions WHERE hash = ?", hash).
		Scan(&v.UserID, &created, &seen, &v.Address, &v.Agent)
	if errors.Is(err, sql.ErrNoRows) {
		return v, nil, fmt.Errorf("session: %w", models.ErrNotFound)
	}
	if err != nil {
		return v, nil, fmt.Errorf("read session: %w", err)
	}
	v.CreatedAt, v.SeenAt = fromMillis(created), fromMillis(seen)
	u, err = s.user(ctx, "WHERE u.id = ? AND u.removed_at IS NULL", v.UserID)
	return v, u, err
}

// SeeSession notes that a session was in use.
func (s *Store) SeeSession(ctx context.Context, hash []byte, at time.Time) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		_, err := tx.exec("UPDATE sessions SET seen_at = ? WHERE hash = ?", at.UnixMilli(), hash)
		return err
	}))
	if err != nil {
		return fmt.Errorf("note use of session: %w", err)
	}
	return nil
}

// EndSession ends one session; none of that hash is no error.
func (s *Store) EndSession(ctx context.Context, hash []byte) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		var email string
		found, err := tx.get("DELETE FROM sessions WHERE hash = ? RETURNING (SELECT email FROM users WHERE id = user_id)", []any{hash}, &email)
		if err != nil || !found {
			return err
		}
		return s.note(tx, models.Actor{Kind: "user", Name: email}, "sign-out", map[string]any{})
	}))
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// EndSessions ends all sessions of a user and makes the user's links worthless. The
// error wraps models.ErrNotFound.
func (s *Store) EndSessions(ctx context.Context, email string, by models.Actor) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		id, _, err := userID(tx, email)
		if err != nil {
			return err
		}
		if err := signOut(tx, id); err != nil {
			return err
		}
		return s.note(tx, by, "sign-out", map[string]any{"user": email, "everywhere": true})
	}))
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// ListSessions returns a user's sessions, the newest use first.
func (s *Store) ListSessions(ctx context.Context, userID int64) ([]models.Session, error) {
	rows, err := s.readers.QueryContext(ctx, "SELECT created_at, seen_at, address, agent FROM sessions WHERE user_id = ? ORDER BY seen_at DESC", userID)
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	defer rows.Close()
	var list []models.Session
	for rows.Next() {
		v := models.Session{UserID: userID}
		var created, seen int64
		if err := rows.Scan(&created, &seen, &v.Address, &v.Agent); err != nil {
			return nil, fmt.Errorf("read sessions: %w", err)
		}
		v.CreatedAt, v.SeenAt = fromMillis(created), fromMillis(seen)
		list = append(list, v)
	}
	return list, rows.Err()
}

// SweepSessions deletes sessions and links that are good no more: sessions not used
// since idle or begun before oldest.
func (s *Store) SweepSessions(ctx context.Context, idle, oldest time.Time) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		if _, err := tx.exec("DELETE FROM sessions WHERE seen_at < ? OR created_at < ?", idle.UnixMilli(), oldest.UnixMilli()); err != nil {
			return err
		}
		_, err := tx.exec("DELETE FROM sign_in_links WHERE expires_at <= ?", s.opts.Now().UnixMilli())
		return err
	}))
	if err != nil {
		return fmt.Errorf("sweep sessions: %w", err)
	}
	return nil
}
