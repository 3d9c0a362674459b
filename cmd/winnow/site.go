package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
)

func (a *app) siteCommand() *cobra.Command {
	return group("site", "Add, change, list and remove sites",
		a.siteAdd(), a.siteSet(), a.siteList(), a.siteShow(), a.siteRotate(), a.siteRemove())
}

// admin runs a change by way of the data directory's owner.
func (a *app) admin(c *cobra.Command, do func(context.Context, control.Admin) error) (err error) {
	cfg, _, err := a.config(c)
	if err != nil {
		return err
	}
	admin, closeAdmin, err := daemon.OpenAdmin(c.Context(), cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAdmin()) }()
	return do(c.Context(), admin)
}

func (a *app) siteAdd() *cobra.Command {
	var site models.Site
	c := &cobra.Command{
		Use: "add NAME", Short: "Add a site and print its keys, once",
		Args: args("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			site.Name = args[0]
			if err := models.CheckSiteName(site.Name); err != nil {
				return wrongUsage(c, err)
			}
			if err := checkURLs(c, site.URL, site.Callback); err != nil {
				return err
			}
			return a.admin(c, func(ctx context.Context, admin control.Admin) error {
				creds, err := admin.AddSite(ctx, site)
				if err != nil {
					return err
				}
				return a.print(creds, func(w io.Writer) error {
					fmt.Fprintf(w, "Site %q. Its keys are shown only now:\n", creds.Name)
					printCredentials(w, creds)
					return nil
				})
			})
		},
	}
	c.Flags().StringVar(&site.URL, "url", "", "the blog's own `URL`; links to it are not counted")
	c.Flags().StringVar(&site.Callback, "callback", "", "`URL` to deliver decisions to")
	c.Flags().BoolVar(&site.AllowPrivateCallback, "allow-private-callback", false, "let the callback lie on a private network")
	return c
}

func (a *app) siteSet() *cobra.Command {
	var (
		url, callback            string
		private, enable, disable bool
	)
	c := &cobra.Command{
		Use: "set [NAME]", Short: "Change a site",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			var change models.SiteChange
			set := c.Flags().Changed
			if set("url") {
				change.URL = &url
			}
			if set("callback") {
				change.Callback = &callback
			}
			if set("allow-private-callback") {
				change.AllowPrivateCallback = &private
			}
			switch {
			case enable && disable:
				return wrongUsage(c, errors.New("--enable and --disable contradict each other"))
			case enable || disable:
				change.Enabled = &enable
			case change == models.SiteChange{}:
				return wrongUsage(c, errors.New("nothing to change: give --url, --callback, --allow-private-callback, --enable or --disable"))
			}
			if err := checkURLs(c, url, callback); err != nil {
				return err
			}
			name, err := a.oneSite(c, args)
			if err != nil {
				return err
			}
			if err := a.admin(c, func(ctx context.Context, admin control.Admin) error {
				return admin.SetSite(ctx, name, change)
			}); err != nil {
				return err
			}
			return a.showSite(c, name)
		},
	}
	c.Flags().StringVar(&url, "url", "", "the blog's own `URL`")
	c.Flags().StringVar(&callback, "callback", "", "`URL` to deliver decisions to")
	c.Flags().BoolVar(&private, "allow-private-callback", false, "let the callback lie on a private network")
	c.Flags().BoolVar(&enable, "enable", false, "accept comments again")
	c.Flags().BoolVar(&disable, "disable", false, "accept no comments")
	return c
}

func (a *app) siteList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the sites",
		Args: args(),
		RunE: func(c *cobra.Command, _ []string) error {
			sites, err := a.sites(c)
			if err != nil {
				return err
			}
			return a.print(sites, func(w io.Writer) error {
				t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
				fmt.Fprintln(t, "NAME\tENABLED\tURL\tCALLBACK\tSINCE")
				for _, s := range sites {
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", s.Name, yes(s.Enabled), dash(s.URL), dash(s.Callback), s.CreatedAt.Format("2006-01-02"))
				}
				return t.Flush()
			})
		},
	}
}

func (a *app) siteShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [NAME]", Short: "Show a site",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			name, err := a.oneSite(c, args)
			if err != nil {
				return err
			}
			return a.showSite(c, name)
		},
	}
}

func (a *app) showSite(c *cobra.Command, name string) error {
	sites, err := a.sites(c)
	if err != nil {
		return err
	}
	for _, s := range sites {
		if s.Name == name {
			return a.print(s, func(w io.Writer) error {
				t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
				fmt.Fprintf(t, "name\t%s\nurl\t%s\ncallback\t%s\nprivate callback\t%s\nenabled\t%s\nshares labels\t%s\nsince\t%s\n",
					s.Name, dash(s.URL), dash(s.Callback), yes(s.AllowPrivateCallback), yes(s.Enabled), yes(s.ShareLabels),
					s.CreatedAt.Format("2006-01-02 15:04 MST"))
				return t.Flush()
			})
		}
	}
	return fmt.Errorf("site %q: %w", name, models.ErrNotFound)
}

func (a *app) siteRotate() *cobra.Command {
	var key, secret, akismet, now bool
	c := &cobra.Command{
		Use: "rotate [NAME] --key|--secret|--akismet", Short: "Make a new key or secret; the old one works for 24 hours",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			kinds := map[models.CredentialKind]bool{
				models.KeyCredential: key, models.SecretCredential: secret, models.AkismetCredential: akismet,
			}
			if !key && !secret && !akismet {
				return wrongUsage(c, errors.New("say what to rotate: --key, --secret or --akismet"))
			}
			name, err := a.oneSite(c, args)
			if err != nil {
				return err
			}
			creds := models.Credentials{Name: name}
			if err := a.admin(c, func(ctx context.Context, admin control.Admin) error {
				for kind, wanted := range kinds {
					if !wanted {
						continue
					}
					value, err := admin.RotateCredential(ctx, name, kind, now)
					if err != nil {
						return err
					}
					switch kind {
					case models.KeyCredential:
						creds.Key = value
					case models.SecretCredential:
						creds.Secret = value
					default:
						creds.AkismetKey = value
					}
				}
				return nil
			}); err != nil {
				return err
			}
			return a.print(creds, func(w io.Writer) error {
				printCredentials(w, creds)
				return nil
			})
		},
	}
	c.Flags().BoolVar(&key, "key", false, "the Bearer key of the API")
	c.Flags().BoolVar(&secret, "secret", false, "the secret that signs webhooks")
	c.Flags().BoolVar(&akismet, "akismet", false, "the Akismet key")
	c.Flags().BoolVar(&now, "now", false, "the old one stops working at once")
	return c
}

func (a *app) siteRemove() *cobra.Command {
	var purge bool
	c := &cobra.Command{
		Use: "remove NAME", Short: "Disable a site for good, keeping its history; its name is never used again",
		Args: args("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.admin(c, func(ctx context.Context, admin control.Admin) error {
				return admin.RemoveSite(ctx, args[0], purge)
			}); err != nil {
				return err
			}
			result := struct {
				Name   string `json:"name"`
				Purged bool   `json:"purged"`
			}{args[0], purge}
			return a.print(result, func(w io.Writer) error {
				what := "removed, its history kept"
				if purge {
					what = "removed, with everything stored for it"
				}
				_, err := fmt.Fprintf(w, "Site %q %s.\n", args[0], what)
				return err
			})
		},
	}
	c.Flags().BoolVar(&purge, "purge", false, "delete everything stored for it, too")
	return c
}
