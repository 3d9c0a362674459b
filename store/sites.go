package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/winnowd/winnow/models"
)

// rotationGrace is how long a rotated credential still works.
const rotationGrace = 24 * time.Hour

func newCredential(kind models.CredentialKind) string {
	switch kind {
	case models.KeyCredential:
		return "wk_" + random(40, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
	case models.SecretCredential:
		var b [32]byte
		rand.Read(b[:]) // never fails, see crypto/rand
		return "whsec_" + base64.StdEncoding.EncodeToString(b[:])
	default:
		return random(12, "0123456789abcdefghijklmnopqrstuvwxyz")
	}
}

// random draws n characters of an alphabet of at most 64, each as likely as the others.
func random(n int, alphabet string) string {
	drawn := make([]byte, 0, n)
	for len(drawn) < n {
		var b [64]byte
		rand.Read(b[:]) // never fails, see crypto/rand
		for _, v := range b {
			if i := int(v & 63); i < len(alphabet) && len(drawn) < n {
				drawn = append(drawn, alphabet[i])
			}
		}
	}
	return string(drawn)
}

// AddSite stores a new site and returns its credentials. The error wraps
// models.ErrConflict if the name is or was in use.
func (s *Store) AddSite(ctx context.Context, site models.Site) (models.Credentials, error) {
	if err := models.CheckSiteName(site.Name); err != nil {
		return models.Credentials{}, fmt.Errorf("add site: %w: %w", err, models.ErrInvalid)
	}
	op := &siteAddition{s: s, site: site, creds: models.Credentials{
		Name: site.Name, Key: newCredential(models.KeyCredential), Secret: newCredential(models.SecretCredential), AkismetKey: newCredential(models.AkismetCredential),
	}}
	if err := s.writer.do(ctx, op); err != nil {
		return models.Credentials{}, fmt.Errorf("add site: %w", err)
	}
	return op.creds, nil
}

type siteAddition struct {
	s     *Store
	site  models.Site
	creds models.Credentials
	id    int64
}

func (op *siteAddition) apply(tx *tx) error {
	var removed *int64
	found, err := tx.get("SELECT removed_at FROM sites WHERE name = ?", []any{op.site.Name}, &removed)
	switch {
	case err != nil:
		return err
	case found && removed != nil:
		return fmt.Errorf("a removed site had the name %q, and names are never used again: %w", op.site.Name, models.ErrConflict)
	case found:
		return fmt.Errorf("there is a site %q already: %w", op.site.Name, models.ErrConflict)
	}
	now := op.s.opts.Now()
	if _, err := tx.get(`INSERT INTO sites (name, url, callback, allow_private_callback, enabled, share_labels, created_at)
		VALUES (?, ?, ?, ?, 1, 1, ?) RETURNING id`,
		[]any{op.site.Name, op.site.URL, op.site.Callback, flag(op.site.AllowPrivateCallback), now.UnixMilli()}, &op.id); err != nil {
		return err
	}
	if op.site.Callback != "" {
		if _, err := tx.exec("INSERT INTO lanes (site_id, cursor) VALUES (?, ?)", op.id, tx.seq); err != nil {
			return err
		}
	}
	for kind, value := range map[models.CredentialKind]string{models.KeyCredential: op.creds.Key, models.SecretCredential: op.creds.Secret, models.AkismetCredential: op.creds.AkismetKey} {
		if err := addCredential(tx, op.id, kind, value, now); err != nil {
			return err
		}
	}
	return nil
}

func (op *siteAddition) committed(o Observer) {
	op.s.siteMu.Lock()
	op.s.names[op.id] = op.site.Name
	op.s.siteMu.Unlock()
	o.SitesChanged()
}

func addCredential(tx *tx, site int64, kind models.CredentialKind, value string, now time.Time) error {
	var hash, plain any = nil, value
	if kind == models.KeyCredential {
		hash, plain = models.HashKey(value), nil
	}
	_, err := tx.exec("INSERT INTO site_credentials (site_id, kind, hash, value, created_at) VALUES (?, ?, ?, ?, ?)",
		site, string(kind), hash, plain, now.UnixMilli())
	return err
}

// SetSite changes a site. The error wraps models.ErrNotFound if there is none of
// that name, and models.ErrInvalid if its cut-offs make no sense.
func (s *Store) SetSite(ctx context.Context, name string, c models.SiteChange) error {
	if c.Cutoffs != nil {
		if err := c.Cutoffs.Check(); err != nil {
			return fmt.Errorf("set site: %w", err)
		}
	}
	err := s.writer.do(ctx, siteOperation(func(tx *tx) error {
		id, err := siteID(tx, name)
		if err != nil {
			return err
		}
		if err := setLane(tx, id, c); err != nil {
			return err
		}
		if c.Cutoffs != nil {
			if _, err := tx.exec("UPDATE sites SET hold_above = ?, reject_above = ? WHERE id = ?", c.Cutoffs.HoldAbove, c.Cutoffs.RejectAbove, id); err != nil {
				return err
			}
		}
		_, err = tx.exec(`UPDATE sites SET url = coalesce(?, url), callback = coalesce(?, callback),
			allow_private_callback = coalesce(?, allow_private_callback), enabled = coalesce(?, enabled) WHERE id = ?`,
			c.URL, c.Callback, c.AllowPrivateCallback, c.Enabled, id)
		return err
	}))
	if err != nil {
		return fmt.Errorf("set site: %w", err)
	}
	return nil
}

// RotateCredential gives a site a new credential of a kind. The old ones work for
// another 24 hours, or not at all with atOnce.
func (s *Store) RotateCredential(ctx context.Context, name string, kind models.CredentialKind, atOnce bool) (string, error) {
	value := newCredential(kind)
	err := s.writer.do(ctx, siteOperation(func(tx *tx) error {
		id, err := siteID(tx, name)
		if err != nil {
			return err
		}
		now := s.opts.Now()
		until := now.Add(rotationGrace)
		if atOnce {
			until = now
		}
		if _, err := tx.exec(`UPDATE site_credentials SET expires_at = min(coalesce(expires_at, ?1), ?1) WHERE site_id = ?2 AND kind = ?3`,
			until.UnixMilli(), id, string(kind)); err != nil {
			return err
		}
		if _, err := tx.exec("DELETE FROM site_credentials WHERE site_id = ? AND expires_at <= ?", id, now.UnixMilli()); err != nil {
			return err
		}
		return addCredential(tx, id, kind, value, now)
	}))
	if err != nil {
		return "", fmt.Errorf("rotate %s: %w", kind, err)
	}
	return value, nil
}

// RemoveSite disables a site for good and takes its credentials away; its history
// stays. What is held of it is held no more, since nobody can decide it: it returns how
// many comments those are. Once begun it goes on to its end, whoever leaves.
func (s *Store) RemoveSite(ctx context.Context, name string) (held int, err error) {
	ctx = context.WithoutCancel(ctx)
	op := &siteRemoval{s: s, name: name}
	if err := s.writer.do(ctx, op); err != nil {
		return 0, fmt.Errorf("remove site: %w", err)
	}
	if held, err = s.endHolds(ctx, op.id); err != nil {
		return held, fmt.Errorf("remove site: %w", err)
	}
	return held, nil
}

type siteRemoval struct {
	s    *Store
	name string
	id   int64
}

func (op *siteRemoval) apply(tx *tx) (err error) {
	if op.id, err = siteID(tx, op.name); err != nil {
		return err
	}
	if _, err := tx.exec("DELETE FROM site_credentials WHERE site_id = ?", op.id); err != nil {
		return err
	}
	_, err = tx.exec("UPDATE sites SET enabled = 0, removed_at = ? WHERE id = ?", op.s.opts.Now().UnixMilli(), op.id)
	return err
}

func (op *siteRemoval) committed(o Observer) {
	op.s.siteMu.Lock()
	op.s.gone[op.id] = true
	op.s.siteMu.Unlock()
	o.SitesChanged()
}

// endStep is how many holds one commit ends.
const endStep = 500

// endHolds has the holds of a removed site be its comments' last decisions and in force
// no more, in small steps. What is judged later is never entered, see insertDecision.
func (s *Store) endHolds(ctx context.Context, site int64) (ended int, err error) {
	for {
		op := &endingOfHolds{s: s, site: site}
		err := s.writer.step(ctx, op)
		ended += int(op.held)
		if err != nil || op.held < endStep {
			return ended, err
		}
	}
}

type endingOfHolds struct {
	s          *Store
	site       int64
	held, dead int64
}

// apply ends the same holds in both statements: they read the same rows of the index.
func (op *endingOfHolds) apply(tx *tx) (err error) {
	const holds = `FROM decisions INDEXED BY decisions_current WHERE site_id = ? AND action = 'hold' AND current = 1 ORDER BY seq LIMIT ?`
	if op.dead, err = tx.exec("UPDATE revisions SET dead = 0 WHERE +dead = 1 AND seq IN (SELECT revision_seq "+holds+")", op.site, endStep); err != nil {
		return err
	}
	op.held, err = tx.exec("UPDATE decisions SET current = 0 WHERE seq IN (SELECT seq "+holds+")", op.site, endStep)
	return err
}

func (op *endingOfHolds) committed(Observer) {
	op.s.held.Add(-op.held)
	op.s.dead.Add(-op.dead)
}

// endAllHolds ends what a removal that was broken off, or an older winnow, has left.
func (s *Store) endAllHolds(ctx context.Context) error {
	s.siteMu.RLock()
	gone := slices.Collect(maps.Keys(s.gone))
	s.siteMu.RUnlock()
	for _, site := range gone {
		if _, err := s.endHolds(ctx, site); err != nil {
			return fmt.Errorf("end the holds of removed sites: %w", err)
		}
	}
	return nil
}

// siteOperation is a change of sites or credentials.
type siteOperation func(tx *tx) error

func (f siteOperation) apply(tx *tx) error   { return f(tx) }
func (f siteOperation) committed(o Observer) { o.SitesChanged() }

func siteID(tx *tx, name string) (int64, error) {
	var id int64
	found, err := tx.get("SELECT id FROM sites WHERE name = ? AND removed_at IS NULL", []any{name}, &id)
	if err == nil && !found {
		err = fmt.Errorf("site %q: %w", name, models.ErrNotFound)
	}
	return id, err
}

// Sites returns every site that was not removed, by name.
func (s *Store) Sites(ctx context.Context) ([]*models.Site, error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT id, name, url, callback, allow_private_callback, enabled, share_labels, created_at, hold_above, reject_above
		FROM sites WHERE removed_at IS NULL ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read sites: %w", err)
	}
	defer rows.Close()
	var sites []*models.Site
	for rows.Next() {
		var site models.Site
		var created int64
		if err := rows.Scan(&site.ID, &site.Name, &site.URL, &site.Callback, &site.AllowPrivateCallback,
			&site.Enabled, &site.ShareLabels, &created, &site.Cutoffs.HoldAbove, &site.Cutoffs.RejectAbove); err != nil {
			return nil, fmt.Errorf("read sites: %w", err)
		}
		site.CreatedAt = fromMillis(created)
		sites = append(sites, &site)
	}
	return sites, rows.Err()
}

// Credentials returns the credentials of every site that was not removed.
func (s *Store) Credentials(ctx context.Context) ([]models.Credential, error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT site_id, kind, hash, coalesce(value, ''), coalesce(expires_at, 0) FROM site_credentials`)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	defer rows.Close()
	var creds []models.Credential
	for rows.Next() {
		var c models.Credential
		var expires int64
		if err := rows.Scan(&c.SiteID, &c.Kind, &c.Hash, &c.Value, &expires); err != nil {
			return nil, fmt.Errorf("read credentials: %w", err)
		}
		if expires != 0 {
			c.ExpiresAt = fromMillis(expires)
		}
		creds = append(creds, c)
	}
	return creds, rows.Err()
}

// EverHadSites tells whether any site was ever added.
func (s *Store) EverHadSites() bool {
	s.siteMu.RLock()
	defer s.siteMu.RUnlock()
	return len(s.names) > 0
}

func (s *Store) name(id int64) string {
	s.siteMu.RLock()
	defer s.siteMu.RUnlock()
	return s.names[id]
}

// removedSite tells whether a site was removed, before the present commit.
func (s *Store) removedSite(id int64) bool {
	s.siteMu.RLock()
	defer s.siteMu.RUnlock()
	return s.gone[id]
}

func (s *Store) loadNames(ctx context.Context) error {
	rows, err := s.readers.QueryContext(ctx, "SELECT id, name, removed_at IS NOT NULL FROM sites")
	if err != nil {
		return err
	}
	defer rows.Close()
	s.names, s.gone = map[int64]string{}, map[int64]bool{}
	for rows.Next() {
		var id int64
		var name string
		var gone bool
		if err := rows.Scan(&id, &name, &gone); err != nil {
			return err
		}
		s.names[id] = name
		if gone {
			s.gone[id] = true
		}
	}
	return rows.Err()
}
