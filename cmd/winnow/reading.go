package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

// read opens the database for a command that changes nothing.
func (a *app) read(c *cobra.Command, do func(context.Context, *store.Reader) error) (err error) {
	cfg, _, err := a.config(c)
	if err != nil {
		return err
	}
	r, err := store.OpenReader(c.Context(), cfg.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return do(c.Context(), r)
}

func (a *app) sites(c *cobra.Command) (sites []*models.Site, err error) {
	err = a.read(c, func(ctx context.Context, r *store.Reader) error {
		sites, err = r.Sites(ctx)
		return err
	})
	return sites, err
}

// oneSite is the site that a command is about: the one named, or the only one there is.
func (a *app) oneSite(c *cobra.Command, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	sites, err := a.sites(c)
	if err != nil {
		return "", err
	}
	if len(sites) != 1 {
		return "", wrongUsage(c, fmt.Errorf("which site? There are %d, give its NAME", len(sites)))
	}
	return sites[0].Name, nil
}

// checkURLs refuses addresses of sites and callbacks that could not work.
func checkURLs(c *cobra.Command, addresses ...string) error {
	for _, address := range addresses {
		if address == "" {
			continue
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return wrongUsage(c, fmt.Errorf("%q is not an http or https URL", address))
		}
	}
	return nil
}

func printCredentials(w io.Writer, creds models.Credentials) {
	for _, line := range [][2]string{
		{"API key", creds.Key}, {"webhook secret", creds.Secret}, {"Akismet key", creds.AkismetKey},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "  %-15s %s\n", line[0], line[1])
		}
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func dash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "-"
	}
	return s
}
