package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/winnowd/winnow/models"
)

// AddUser stores a user, or brings a removed one back as a new one. passwordHash may be
// empty. The error wraps models.ErrConflict if there is a user of that address, and
// models.ErrNotFound if one of the sites is not there.
func (s *Store) AddUser(ctx context.Context, u models.NewUser, passwordHash string, by models.Actor) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		var id int64
		var gone *int64
		found, err := tx.get("SELECT id, removed_at FROM users WHERE email = ?", []any{u.Email}, &id, &gone)
		switch {
		case err != nil:
			return err
		case found && gone == nil:
			return fmt.Errorf("there is a user %s already: %w", u.Email, models.ErrConflict)
		}
		if _, err := tx.get(`INSERT INTO users (email, role, password_hash, created_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (email) DO UPDATE SET role = excluded.role, password_hash = excluded.password_hash,
				created_at = excluded.created_at, removed_at = NULL RETURNING id`,
			[]any{u.Email, string(u.Role), orNull(passwordHash), s.opts.Now().UnixMilli()}, &id); err != nil {
			return err
		}
		if err := limitUser(tx, id, models.Seen{All: len(u.Sites) == 0, Sites: u.Sites}); err != nil {
			return err
		}
		return s.note(tx, by, "user.add", map[string]any{"user": u.Email, "role": string(u.Role), "sites": u.Sites})
	}))
	if err != nil {
		return fmt.Errorf("add user: %w", err)
	}
	return nil
}

// limitUser sets which sites a user sees.
func limitUser(tx *tx, id int64, sees models.Seen) error {
	if _, err := tx.exec("UPDATE users SET limited = ? WHERE id = ?", flag(!sees.All), id); err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM user_sites WHERE user_id = ?", id); err != nil || sees.All {
		return err
	}
	for _, name := range sees.Sites {
		site, err := siteID(tx, name)
		if err != nil {
			return err
		}
		if _, err := tx.exec("INSERT INTO user_sites (user_id, site_id) VALUES (?, ?) ON CONFLICT DO NOTHING", id, site); err != nil {
			return err
		}
	}
	return nil
}

// SetUser changes what a user may do. The error wraps models.ErrNotFound if there is
// none of that address, models.ErrInvalid if the change makes no sense, and
// models.ErrConflict if it would leave no admin.
func (s *Store) SetUser(ctx context.Context, email string, c models.UserChange, by models.Actor) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		id, role, err := userID(tx, email)
		if err != nil {
			return err
		}
		detail := map[string]any{"user": email}
		var limited bool
		if _, err := tx.get("SELECT limited FROM users WHERE id = ?", []any{id}, &limited); err != nil {
			return err
		}
		if c.Sees != nil {
			limited, detail["sites"] = !c.Sees.All, seenText(*c.Sees)
			if err := limitUser(tx, id, *c.Sees); err != nil {
				return err
			}
		}
		if c.Role != nil && *c.Role != role {
			if role == models.RoleAdmin {
				if err := anotherAdmin(tx, id); err != nil {
					return err
				}
			}
			role = *c.Role
			detail["role"] = string(role)
			if _, err := tx.exec("UPDATE users SET role = ? WHERE id = ?", string(role), id); err != nil {
				return err
			}
		}
		if err := models.CheckRole(role, limited); err != nil {
			return err
		}
		return s.note(tx, by, "user.set", detail)
	}))
	if err != nil {
		return fmt.Errorf("set user: %w", err)
	}
	return nil
}

// seenText is which sites a user sees, as the audit log keeps it.
func seenText(sees models.Seen) any {
	switch {
	case sees.All:
		return "all"
	case len(sees.Sites) == 0:
		return "none"
	}
	return sees.Sites
}

// anotherAdmin refuses to lose the only admin there is.
func anotherAdmin(tx *tx, id int64) error {
	var others bool
	_, err := tx.get("SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND removed_at IS NULL AND id <> ?)", []any{id}, &others)
	if err == nil && !others {
		err = fmt.Errorf("this is the only admin: make another one first: %w", models.ErrConflict)
	}
	return err
}

func userID(tx *tx, email string) (id int64, role models.Role, err error) {
	found, err := tx.get("SELECT id, role FROM users WHERE email = ? AND removed_at IS NULL", []any{email}, &id, &role)
	if err == nil && !found {
		err = fmt.Errorf("user %s: %w", email, models.ErrNotFound)
	}
	return id, role, err
}

// SetPasswordHash gives a user another password, an empty one none, and ends the user's
// sessions. The error wraps models.ErrNotFound.
func (s *Store) SetPasswordHash(ctx context.Context, email, hash string, by models.Actor) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		id, _, err := userID(tx, email)
		if err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE users SET password_hash = ? WHERE id = ?", orNull(hash), id); err != nil {
			return err
		}
		if err := signOut(tx, id); err != nil {
			return err
		}
		return s.note(tx, by, "user.passwd", map[string]any{"user": email})
	}))
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

// signOut ends a user's sessions and makes the links to sign in worthless.
func signOut(tx *tx, userID int64) error {
	if _, err := tx.exec("DELETE FROM sessions WHERE user_id = ?", userID); err != nil {
		return err
	}
	_, err := tx.exec("DELETE FROM sign_in_links WHERE user_id = ?", userID)
	return err
}

// RemoveUser takes a user's access away; what the user decided stays. The error wraps
// models.ErrNotFound.
func (s *Store) RemoveUser(ctx context.Context, email string, by models.Actor) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		id, _, err := userID(tx, email)
		if err != nil {
			return err
		}
		if err := signOut(tx, id); err != nil {
			return err
		}
		if _, err := tx.exec("DELETE FROM user_tokens WHERE user_id = ?", id); err != nil {
			return err
		}
		if _, err := tx.exec("DELETE FROM user_sites WHERE user_id = ?", id); err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE users SET password_hash = NULL, removed_at = ? WHERE id = ?", s.opts.Now().UnixMilli(), id); err != nil {
			return err
		}
		return s.note(tx, by, "user.remove", map[string]any{"user": email})
	}))
	if err != nil {
		return fmt.Errorf("remove user: %w", err)
	}
	return nil
}

// AddToken stores the hash of a user's new API token. The error wraps models.ErrNotFound.
func (s *Store) AddToken(ctx context.Context, email string, hash []byte, by models.Actor) error {
	err := s.writer.do(ctx, change(func(tx *tx) error {
		id, _, err := userID(tx, email)
		if err != nil {
			return err
		}
		if _, err := tx.exec("INSERT INTO user_tokens (user_id, hash, created_at) VALUES (?, ?, ?)",
			id, hash, s.opts.Now().UnixMilli()); err != nil {
			return err
		}
		return s.note(tx, by, "user.token", map[string]any{"user": email})
	}))
	if err != nil {
		return fmt.Errorf("add token: %w", err)
	}
	return nil
}

// RevokeTokens takes a user's API tokens away and returns how many there were. The
// error wraps models.ErrNotFound.
func (s *Store) RevokeTokens(ctx context.Context, email string, by models.Actor) (n int64, err error) {
	err = s.writer.do(ctx, change(func(tx *tx) error {
		id, _, err := userID(tx, email)
		if err != nil {
			return err
		}
		if n, err = tx.exec("DELETE FROM user_tokens WHERE user_id = ?", id); err != nil {
			return err
		}
		return s.note(tx, by, "user.revoke-tokens", map[string]any{"user": email})
	}))
	if err != nil {
		return 0, fmt.Errorf("revoke tokens: %w", err)
	}
	return n, nil
}

const userColumns = `SELECT u.id, u.email, u.role, u.limited, u.password_hash IS NOT NULL, u.created_at FROM users u `

// Users returns every user, by address.
func (s *Store) Users(ctx context.Context) ([]*models.User, error) {
	rows, err := s.readers.QueryContext(ctx, userColumns+"WHERE u.removed_at IS NULL ORDER BY u.email")
	if err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	defer rows.Close()
	var users []*models.User
	for rows.Next() {
		u, err := scanUser(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("read users: %w", err)
		}
		users = append(users, u)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	for _, u := range users {
		if err := s.userSites(ctx, u); err != nil {
			return nil, err
		}
	}
	return users, nil
}

// Users is Store.Users.
func (r *Reader) Users(ctx context.Context) ([]*models.User, error) { return r.s.Users(ctx) }

func scanUser(scan func(...any) error) (*models.User, error) {
	u := &models.User{Sites: []string{}}
	var created int64
	if err := scan(&u.ID, &u.Email, &u.Role, &u.Limited, &u.HasPassword, &created); err != nil {
		return nil, err
	}
	u.CreatedAt = fromMillis(created)
	return u, nil
}

func (s *Store) userSites(ctx context.Context, u *models.User) error {
	rows, err := s.readers.QueryContext(ctx, `SELECT sites.id, sites.name FROM user_sites us
		JOIN sites ON sites.id = us.site_id WHERE us.user_id = ? AND sites.removed_at IS NULL ORDER BY sites.name`, u.ID)
	if err != nil {
		return fmt.Errorf("read user's sites: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return fmt.Errorf("read user's sites: %w", err)
		}
		u.SiteIDs, u.Sites = append(u.SiteIDs, id), append(u.Sites, name)
	}
	return rows.Err()
}

// user finds one user.
func (s *Store) user(ctx context.Context, where string, args ...any) (*models.User, error) {
	u, err := scanUser(s.readers.QueryRowContext(ctx, userColumns+where, args...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("user: %w", models.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read user: %w", err)
	}
	return u, s.userSites(ctx, u)
}

// UserByEmail finds a user and the hash of the password, empty for none. The error
// wraps models.ErrNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (u *models.User, passwordHash string, err error) {
	if u, err = s.user(ctx, "WHERE u.email = ? AND u.removed_at IS NULL", email); err != nil {
		return nil, "", err
	}
	err = s.readers.QueryRowContext(ctx, "SELECT coalesce(password_hash, '') FROM users WHERE id = ?", u.ID).Scan(&passwordHash)
	if err != nil {
		return nil, "", fmt.Errorf("read password: %w", err)
	}
	return u, passwordHash, nil
}

// UserByToken finds the user whose API token has a hash. The error wraps
// models.ErrNotFound.
func (s *Store) UserByToken(ctx context.Context, hash []byte) (*models.User, error) {
	return s.user(ctx, "JOIN user_tokens t ON t.user_id = u.id WHERE t.hash = ? AND u.removed_at IS NULL", hash)
}

// EverHadUsers tells whether any user was ever added.
func (s *Store) EverHadUsers(ctx context.Context) (ever bool, err error) {
	err = s.readers.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM users)").Scan(&ever)
	if err != nil {
		return false, fmt.Errorf("read users: %w", err)
	}
	return ever, nil
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
