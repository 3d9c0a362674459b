package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/winnowd/winnow/accounts"
	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/moderation"
	"github.com/winnowd/winnow/policy"
	"github.com/winnowd/winnow/store"
)

const (
	// stopRetry is when a client that met a stopping daemon should try again.
	stopRetry = 5 * time.Second
	// factsBack is how many of the newest revisions are read to recall facts.
	factsBack = 100_000
	// factsSpan is how far below the newest seq they are looked for.
	factsSpan = 5_000_000
	// factsKept is how long what an author did before counts.
	factsKept = 365 * 24 * time.Hour
)

// admin carries out what commands ask for, in the daemon or in the command's own
// process.
type admin struct {
	store    *store.Store
	accounts *accounts.Service
	// loginURL is where the secret of a link is redeemed.
	loginURL func(secret string) string
	// by is in whose name.
	by models.Actor
	// cutoffs are those of the configuration.
	cutoffs models.Cutoffs
	// changed makes the daemon act on a change of sites; forgotten tells that labels
	// are gone, too.
	changed func(ctx context.Context, forgotten bool) error
}

// act makes the daemon act on what is stored, even for a command that has left.
func (a admin) act(ctx context.Context, forgotten bool) error {
	if err := a.changed(context.WithoutCancel(ctx), forgotten); err != nil {
		return fmt.Errorf("the change is stored, but the daemon acts on it only after a restart: %w", err)
	}
	return nil
}

func (a admin) AddSite(ctx context.Context, site models.Site) (models.Credentials, error) {
	creds, err := a.store.AddSite(ctx, site)
	if err != nil {
		return models.Credentials{}, err
	}
	return creds, errors.Join(a.note(ctx, "site.add", site.Name, nil), a.act(ctx, false))
}

func (a admin) SetSite(ctx context.Context, name string, change models.SiteChange) error {
	if change.Cutoffs != nil {
		if err := change.Cutoffs.CheckOver(a.cutoffs); err != nil {
			return fmt.Errorf("set site: %w", err)
		}
	}
	if err := a.store.SetSite(ctx, name, change); err != nil {
		return err
	}
	return errors.Join(a.note(ctx, "site.set", name, changed(change)), a.act(ctx, false))
}

func (a admin) RotateCredential(ctx context.Context, name string, kind models.CredentialKind, atOnce bool) (string, error) {
	value, err := a.store.RotateCredential(ctx, name, kind, atOnce)
	if err != nil {
		return "", err
	}
	return value, errors.Join(a.note(ctx, "site.rotate", name, map[string]any{"what": string(kind), "at_once": atOnce}), a.act(ctx, false))
}

// RemoveSite refuses the site's comments before it deletes any, and returns how many were
// held. A purge that broke off goes on when it is asked for again.
func (a admin) RemoveSite(ctx context.Context, name string, purge bool) (held int, err error) {
	held, err = a.store.RemoveSite(ctx, name)
	if purge && errors.Is(err, models.ErrNotFound) {
		err = nil // removed before, or unknown: PurgeSite tells
	} else if err == nil {
		err = errors.Join(a.note(ctx, "site.remove", name, map[string]any{"purge": purge, "held": held}), a.act(ctx, false))
	}
	if err != nil || !purge {
		return held, err
	}
	err = a.store.PurgeSite(ctx, name)
	if errors.Is(err, models.ErrNotFound) {
		return held, err
	}
	return held, errors.Join(err, a.act(ctx, true)) // what a broken purge deleted is gone, too
}

func (a admin) Retry(ctx context.Context, site, commentID string) (int, error) {
	n, err := a.store.Retry(ctx, site, commentID)
	if n == 0 {
		return n, err
	}
	return n, errors.Join(err, a.note(ctx, "queue.retry", site, map[string]any{"comment": commentID, "count": n}))
}

// patience is how long another process may hold a data directory without answering
// commands: a daemon that starts or stops, or another command.
const patience = 10 * time.Second

// OpenAdmin gives a command its way to change a data directory: through the daemon
// that serves it, or else by the same code in this process. close must be called.
// The error wraps models.ErrUnavailable if another process has the directory and
// does not answer.
func OpenAdmin(ctx context.Context, cfg *configs.Config) (a control.Admin, closeAdmin func() error, err error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("create data directory: %w", err)
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		lock, err := control.Acquire(cfg.DataDir)
		if err == nil {
			return ownAdmin(ctx, cfg, lock)
		}
		if !errors.Is(err, control.ErrHeld) {
			return nil, nil, err
		}
		c, unreached := control.Dial(waiting, cfg.DataDir)
		if unreached == nil {
			return c, c.Close, nil
		}
		if errors.Is(unreached, os.ErrPermission) {
			return nil, nil, unreached
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-waiting.Done():
			return nil, nil, fmt.Errorf("%w and answers no commands, try again in a moment: %w", err, models.ErrUnavailable)
		}
	}
}

// ownAdmin is the way of the process that has the lock.
func ownAdmin(ctx context.Context, cfg *configs.Config, lock *control.Lock) (control.Admin, func() error, error) {
	if err := store.FinishRestore(cfg.DataDir); err != nil {
		return nil, nil, errors.Join(err, lock.Release())
	}
	s, err := store.Open(ctx, store.Options{Dir: cfg.DataDir, MaxSize: int64(cfg.Store.MaxSize)})
	if err != nil {
		return nil, nil, errors.Join(err, lock.Release())
	}
	learner := moderation.NewLearner(s, unborn{})
	keeper := modelKeeper(cfg, learner, unborn{}, s, slog.New(slog.DiscardHandler))
	service, err := moderationAlone(s, cfg, learner)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close(), lock.Release())
	}
	act := func(_ context.Context, forgotten bool) error {
		if forgotten {
			return keeper.Forget() // the next start builds its own
		}
		return nil
	}
	address := func(secret string) string { return loginURL(cfg, cfg.Server.Listen, secret) }
	own := admin{s, accounts.New(accounts.Options{Store: s}), address, models.Operator, cutoffs(cfg), act}
	return owner{archive: archive{own, cfg, service}}, func() error { return errors.Join(s.Close(), entrust(cfg), lock.Release()) }, nil
}

// PolicyPlace tells where the policy is by a configuration: the file that it names,
// else policy.yaml in the data directory, else the default.
func PolicyPlace(cfg *configs.Config) policy.Place {
	if cfg.Policy.File != "" {
		return policy.Place{File: cfg.Policy.File}
	}
	return policy.Place{
		File:    filepath.Join(cfg.DataDir, "policy.yaml"),
		Default: configs.DefaultPolicy(), DefaultName: "configs/policy.yaml (built in)",
	}
}
