package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

const (
	// stopRetry is when a client that met a stopping daemon should try again.
	stopRetry = 5 * time.Second
	// factsBack is how many of the newest revisions are read to recall facts.
	factsBack = 100_000
)

// admin carries out what commands ask for, in the daemon or in the command's own
// process.
type admin struct {
	store *store.Store
	// changed makes the daemon act on a change of sites; forgotten tells that labels
	// are gone, too.
	changed func(ctx context.Context, forgotten bool) error
}

func (a admin) AddSite(ctx context.Context, site models.Site) (models.Credentials, error) {
	creds, err := a.store.AddSite(ctx, site)
	if err != nil {
		return models.Credentials{}, err
	}
	return creds, a.changed(ctx, false)
}

func (a admin) SetSite(ctx context.Context, name string, change models.SiteChange) error {
	if err := a.store.SetSite(ctx, name, change); err != nil {
		return err
	}
	return a.changed(ctx, false)
}

func (a admin) RotateCredential(ctx context.Context, name string, kind models.CredentialKind, atOnce bool) (string, error) {
	value, err := a.store.RotateCredential(ctx, name, kind, atOnce)
	if err != nil {
		return "", err
	}
	return value, a.changed(ctx, false)
}

func (a admin) RemoveSite(ctx context.Context, name string, purge bool) error {
	err := a.store.RemoveSite(ctx, name)
	if err != nil && (!purge || !errors.Is(err, models.ErrNotFound)) {
		return err
	}
	if purge {
		if err := a.store.PurgeSite(ctx, name); err != nil {
			return err
		}
	}
	return a.changed(ctx, purge)
}

func (a admin) Retry(ctx context.Context, site, commentID string) (int, error) {
	return a.store.Retry(ctx, site, commentID)
}

// OpenAdmin gives a command its way to change a data directory: through the daemon
// that serves it, or else by the same code in this process. close must be called.
func OpenAdmin(ctx context.Context, cfg *configs.Config) (a control.Admin, closeAdmin func() error, err error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, nil, err
	}
	lock, err := control.Acquire(cfg.DataDir)
	if errors.Is(err, control.ErrHeld) {
		c, err := control.Dial(cfg.DataDir)
		if err != nil {
			return nil, nil, err
		}
		return c, c.Close, nil
	}
	if err != nil {
		return nil, nil, err
	}
	s, err := store.Open(ctx, store.Options{Dir: cfg.DataDir, MaxSize: int64(cfg.Store.MaxSize)})
	if err != nil {
		return nil, nil, errors.Join(err, lock.Release())
	}
	nobody := func(context.Context, bool) error { return nil }
	return admin{s, nobody}, func() error { return errors.Join(s.Close(), lock.Release()) }, nil
}

// PolicyFile finds the policy that is in force by a configuration: its name and
// text.
func PolicyFile(cfg *configs.Config) (name string, text []byte, err error) {
	if cfg.Policy.File != "" {
		text, err = os.ReadFile(cfg.Policy.File)
		return cfg.Policy.File, text, err
	}
	name = filepath.Join(cfg.DataDir, "policy.yaml")
	text, err = os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return "configs/policy.yaml (built in)", configs.DefaultPolicy(), nil
	}
	return name, text, err
}
