package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
)

func (a *app) siteCommand() *cobra.Command {
	return group("site", "Add, change, list and remove sites",
		a.siteAdd(), a.siteSet(), a.siteList(), a.siteShow(), a.sitePing(), a.siteRotate(), a.siteRemove())
}

func (a *app) siteAdd() *cobra.Command {
	var site models.Site
	c := &cobra.Command{
		Use: "add NAME", Short: "Add a site and print its keys, once",
		Long: "Add a site, which is one blog, and print its keys, once. A NAME is 1 to 40 characters of a-z, 0-9\n" +
			"and -, not starting with -; that of a removed site is not used again. A running daemon accepts\n" +
			"the site's comments at once, and sends a signed test message to the callback, if there is one; the\n" +
			"answer is shown.",
		Example: "  winnow site add blog --url https://blog.example",
		Args:    args("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			site.Name = args[0]
			if err := models.CheckSiteName(site.Name); err != nil {
				return wrongUsage(c, err)
			}
			if err := errors.Join(checkURL(c, "url", site.URL), checkURL(c, "callback", site.Callback)); err != nil {
				return err
			}
			return a.admin(c, func(ctx context.Context, admin control.Admin) error {
				creds, err := admin.AddSite(ctx, site)
				if err != nil {
					return err
				}
				return a.showAdded(ctx, admin, site, creds)
			})
		},
	}
	c.Flags().StringVar(&site.URL, "url", "", "the blog's own `URL`; links to it are not counted")
	c.Flags().StringVar(&site.Callback, "callback", "", "`URL` to deliver decisions to")
	c.Flags().BoolVar(&site.AllowPrivateCallback, "allow-private-callback", false, "let the callback lie on a private network")
	return c
}

// showAdded prints a new site's keys, and what its callback answered, if it has one. In
// text the keys come first, since the answer may take its time.
func (a *app) showAdded(ctx context.Context, admin control.Admin, site models.Site, creds models.Credentials) error {
	keys, title := fresh{Credentials: creds}, fmt.Sprintf("Site %q. Its keys are shown only now:", creds.Name)
	if site.Callback == "" {
		return a.printFresh(title, keys)
	}
	if a.json {
		answer := try(ctx, admin, site.Name, site.Callback)
		keys.Ping = &answer
		return a.printFresh(title, keys)
	}
	if err := a.printFresh(title, keys); err != nil {
		return err
	}
	_, err := io.WriteString(a.stdout, describePing(try(ctx, admin, site.Name, site.Callback)))
	return err
}

func (a *app) siteSet() *cobra.Command {
	var (
		url, callback            string
		private, enable, disable bool
	)
	c := &cobra.Command{
		Use: "set [NAME]", Short: "Change a site",
		Long: "Change a site, or the only one there is. A running daemon acts on it at once; an empty URL takes\n" +
			"away the one there is. A callback is sent a signed test message, and the answer is shown. --enable\n" +
			"also starts deliveries again that stopped because the callback answered 410.",
		Example: "  winnow site set blog --url https://blog.example\n  winnow site set blog --disable",
		Args:    args("[NAME]"),
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
			if err := errors.Join(checkURL(c, "url", url), checkURL(c, "callback", callback)); err != nil {
				return err
			}
			site, err := a.site(c, args)
			if err != nil {
				return err
			}
			if err := a.change(c, func(ctx context.Context, admin control.Admin) error {
				return admin.SetSite(ctx, site.Name, change)
			}); err != nil {
				return err
			}
			return a.showChanged(c, site.Name, change)
		},
	}
	c.Flags().StringVar(&url, "url", "", "the blog's own `URL`; links to it are not counted")
	c.Flags().StringVar(&callback, "callback", "", "`URL` to deliver decisions to")
	c.Flags().BoolVar(&private, "allow-private-callback", false, "let the callback lie on a private network")
	c.Flags().BoolVar(&enable, "enable", false, "accept comments and deliver decisions again")
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
				if len(sites) == 0 {
					_, err := fmt.Fprintln(w, "No sites.")
					return err
				}
				rows := [][]string{{"NAME", "ENABLED", "URL", "CALLBACK", "SINCE"}}
				for _, s := range sites {
					rows = append(rows, []string{s.Name, yes(s.Enabled), s.URL, s.Callback, s.CreatedAt.Format("2006-01-02")})
				}
				return printTable(w, rows...)
			})
		},
	}
}

func (a *app) siteShow() *cobra.Command {
	return &cobra.Command{
		Use: "show [NAME]", Short: "Show a site",
		Long: "Show a site, or the only one there is. Its keys are not shown: `winnow site rotate` makes new ones.",
		Args: args("[NAME]"),
		RunE: a.showSite,
	}
}

func (a *app) showSite(c *cobra.Command, args []string) error {
	s, err := a.site(c, args)
	if err != nil {
		return err
	}
	return a.print(s, func(w io.Writer) error {
		return printTable(w,
			[]string{"name", s.Name}, []string{"url", s.URL}, []string{"callback", s.Callback},
			[]string{"private callback", yes(s.AllowPrivateCallback)}, []string{"enabled", yes(s.Enabled)},
			[]string{"shares labels", yes(s.ShareLabels)}, []string{"since", s.CreatedAt.Format("2006-01-02 15:04 MST")})
	})
}

func (a *app) siteRemove() *cobra.Command {
	var purge bool
	c := &cobra.Command{
		Use: "remove NAME", Short: "Disable a site for good, keeping its history",
		Long: "Disable a site for good. Its keys stop working at once, its comments and decisions are kept, and\n" +
			"its name is never used again. With --purge its comments, its decisions and what they taught the\n" +
			"filter are deleted too, which cannot be undone; a purge that was broken off goes on when it is\n" +
			"asked for again.",
		Example: "  winnow site remove old-blog\n  winnow site remove old-blog --purge",
		Args:    args("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := a.change(c, func(ctx context.Context, admin control.Admin) error {
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
