package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

// notFound is a models.ErrNotFound that says all there is to say.
type notFound string

func (e notFound) Error() string { return string(e) }
func (e notFound) Unwrap() error { return models.ErrNotFound }

// exists returns an error unless there is a database that this user may read.
func exists(cfg *configs.Config) error {
	path := filepath.Join(cfg.DataDir, store.FileName)
	// The file is not opened: closing it would take SQLite's locks on it away from a
	// daemon in the same process.
	err := unix.Access(path, unix.R_OK)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return notFound(fmt.Sprintf("there is no winnow in %s yet: `winnow serve` or `winnow site add` makes one, --data-dir names another directory", cfg.DataDir))
	}
	return &fs.PathError{Op: "open", Path: path, Err: err}
}

// read opens the database for a command that changes nothing.
func (a *app) read(c *cobra.Command, do func(context.Context, *store.Reader) error) (err error) {
	cfg, _, err := a.config(c)
	if err != nil {
		return err
	}
	if err := exists(cfg); err != nil {
		return advised(err)
	}
	r, err := store.OpenReader(c.Context(), cfg.DataDir)
	if err != nil {
		if errors.Is(unix.Access(cfg.DataDir, unix.W_OK), unix.EROFS) {
			return fmt.Errorf("%w: %s is on a read-only file system, where SQLite cannot work: copy the directory and name the copy by --data-dir", err, cfg.DataDir)
		}
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return do(c.Context(), r)
}

// change runs a change of a winnow that is there.
func (a *app) change(c *cobra.Command, do func(context.Context, control.Admin) error) error {
	cfg, _, err := a.config(c)
	if err != nil {
		return err
	}
	if err := exists(cfg); err != nil {
		return advised(err)
	}
	return a.admin(c, do)
}

// admin runs a change by way of the data directory's owner, in a new directory too.
func (a *app) admin(c *cobra.Command, do func(context.Context, control.Admin) error) (err error) {
	cfg, _, err := a.config(c)
	if err != nil {
		return err
	}
	admin, closeAdmin, err := daemon.OpenAdmin(c.Context(), cfg)
	if errors.Is(err, control.ErrHeld) {
		return err
	}
	if err != nil {
		return advised(err)
	}
	defer func() { err = errors.Join(err, closeAdmin()) }()
	return do(c.Context(), admin)
}

func (a *app) sites(c *cobra.Command) (sites []*models.Site, err error) {
	err = a.read(c, func(ctx context.Context, r *store.Reader) error {
		sites, err = r.Sites(ctx)
		return err
	})
	return sites, err
}

// site is the site that a command is about: the one named, or the only one there is.
func (a *app) site(c *cobra.Command, args []string) (*models.Site, error) {
	sites, err := a.sites(c)
	if err != nil {
		return nil, err
	}
	if len(args) > 0 {
		for _, s := range sites {
			if s.Name == args[0] {
				return s, nil
			}
		}
		return nil, fmt.Errorf("site %q: %w", args[0], models.ErrNotFound)
	}
	switch len(sites) {
	case 0:
		return nil, notFound("there is no site: `winnow site add NAME` makes one")
	case 1:
		return sites[0], nil
	}
	what := "a NAME"
	if c.Flags().Lookup("site") != nil {
		what = "--site NAME"
	}
	return nil, wrongUsage(c, fmt.Errorf("which site? Give %s: %s", what, someNames(sites)))
}

// someNames lists sites, the first ones if there are many.
func someNames(sites []*models.Site) string {
	const most = 10
	var names []string
	for _, s := range sites[:min(most, len(sites))] {
		names = append(names, s.Name)
	}
	if over := len(sites) - most; over > 0 {
		names = append(names, fmt.Sprintf("or %d others", over))
	}
	return strings.Join(names, ", ")
}

// checkURL refuses an address of a site or a callback that could not work.
func checkURL(c *cobra.Command, flag, address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return wrongUsage(c, fmt.Errorf("--%s %q: must be an http or https URL", flag, address))
	}
	return nil
}
