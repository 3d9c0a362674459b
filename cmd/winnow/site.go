package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
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
		hold, reject             cutoff
	)
	c := &cobra.Command{
		Use: "set [NAME]", Short: "Change a site",
		Long: "Change a site, or the only one there is. A running daemon acts on it at once; an empty URL takes\n" +
			"away the one there is. A callback is sent a signed test message, and the answer is shown. --enable\n" +
			"also starts deliveries again that stopped because the callback answered 410.\n\n" +
			"--hold-above and --reject-above are the scores from which the filter holds the site's comments, and\n" +
			"from which it rejects them (0: never), in place of classifier.hold_above and classifier.reject_above\n" +
			"of the configuration; `default` goes back to those.",
		Example: "  winnow site set blog --url https://blog.example\n  winnow site set blog --disable\n  winnow site set blog --hold-above 0.7 --reject-above 0.99",
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
			case change == models.SiteChange{} && !hold.set && !reject.set:
				return wrongUsage(c, errors.New("nothing to change: give --url, --callback, --allow-private-callback, --hold-above, --reject-above, --enable or --disable"))
			}
			if err := errors.Join(checkURL(c, "url", url), checkURL(c, "callback", callback), checkCutoffs(c, &hold, &reject)); err != nil {
				return err
			}
			site, err := a.site(c, args)
			if err != nil {
				return err
			}
			if hold.set || reject.set {
				change.Cutoffs = &models.SiteCutoffs{HoldAbove: hold.or(site.Cutoffs.HoldAbove), RejectAbove: reject.or(site.Cutoffs.RejectAbove)}
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
	c.Flags().Var(&hold, "hold-above", "`SCORE` over 0 and up to 1, from which comments are held, or default")
	c.Flags().Var(&reject, "reject-above", "`SCORE` up to 1, from which comments are rejected, 0 for never, or default")
	c.Flags().BoolVar(&enable, "enable", false, "accept comments and deliver decisions again")
	c.Flags().BoolVar(&disable, "disable", false, "accept no comments")
	return c
}

// cutoff is a flag: a score from 0 to 1, or default, which is nil.
type cutoff struct {
	value *float64
	set   bool
}

// String implements pflag.Value.
func (f *cutoff) String() string {
	switch {
	case f == nil || !f.set:
		return ""
	case f.value == nil:
		return "default"
	}
	return strconv.FormatFloat(*f.value, 'g', -1, 64)
}

// Set implements pflag.Value.
func (f *cutoff) Set(s string) error {
	f.set, f.value = true, nil
	if s == "default" {
		return nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return errors.New("must be a number from 0 to 1, or default")
	}
	f.value = &v
	return nil
}

// Type implements pflag.Value.
func (f *cutoff) Type() string { return "score" }

// checkCutoffs returns an error if the flags make no sense, whatever the site has.
func checkCutoffs(c *cobra.Command, hold, reject *cutoff) error {
	switch h, r := hold.value, reject.value; {
	case h != nil && *h == 0:
		return wrongUsage(c, errors.New("--hold-above 0: must be over 0 and at most 1, or default"))
	case h != nil && r != nil && *r != 0 && *r < *h:
		return wrongUsage(c, fmt.Errorf("--reject-above %v: must be 0 (never), or at least the %v of --hold-above", *r, *h))
	}
	return nil
}

// or is what the flag says, or else what there is.
func (f *cutoff) or(now *float64) *float64 {
	if f.set {
		return f.value
	}
	return now
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
	cfg, _, err := a.config(c)
	if err != nil {
		return err
	}
	shown := struct {
		*models.Site
		Stopped *store.StoppedLane `json:"stopped,omitempty"`
	}{Site: s}
	if err := a.read(c, func(ctx context.Context, r *store.Reader) error {
		stopped, err := r.StoppedLanes(ctx, s.Name)
		if len(stopped) > 0 {
			shown.Stopped = &stopped[0]
		}
		return err
	}); err != nil {
		return err
	}
	return a.print(shown, func(w io.Writer) error {
		if err := printTable(w,
			[]string{"name", s.Name}, []string{"url", s.URL}, []string{"callback", s.Callback},
			[]string{"private callback", yes(s.AllowPrivateCallback)}, []string{"enabled", yes(s.Enabled)},
			[]string{"shares labels", yes(s.ShareLabels)},
			[]string{"held from", ownOr(s.Cutoffs.HoldAbove, cfg.Classifier.HoldAbove)},
			[]string{"rejected from", ownOr(s.Cutoffs.RejectAbove, cfg.Classifier.RejectAbove)},
			[]string{"since", s.CreatedAt.Format("2006-01-02 15:04 MST")}); err != nil || shown.Stopped == nil {
			return err
		}
		return printStopped(w, *shown.Stopped)
	})
}

// ownOr shows a site's own cut-off, or that of the configuration.
func ownOr(own *float64, by float64) string {
	v, whose := by, ", as configured"
	if own != nil {
		v, whose = *own, ""
	}
	if v == 0 {
		return "never" + whose
	}
	return "score " + strconv.FormatFloat(v, 'g', -1, 64) + whose
}

func (a *app) siteRemove() *cobra.Command {
	var purge bool
	c := &cobra.Command{
		Use: "remove NAME", Short: "Disable a site for good, keeping its history",
		Long: "Disable a site for good. Its keys stop working at once, its comments and decisions are kept, and\n" +
			"its name is never used again. What is still held leaves the moderators' lists undecided; how many\n" +
			"comments those were is said. With --purge its comments, its decisions and what they taught the\n" +
			"filter are deleted too, which cannot be undone; a purge that was broken off goes on when it is\n" +
			"asked for again.",
		Example: "  winnow site remove old-blog\n  winnow site remove old-blog --purge",
		Args:    args("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			var held int
			if err := a.change(c, func(ctx context.Context, admin control.Admin) (err error) {
				held, err = admin.RemoveSite(ctx, args[0], purge)
				return err
			}); err != nil {
				return err
			}
			result := struct {
				Name   string `json:"name"`
				Purged bool   `json:"purged"`
				Held   int    `json:"held"`
			}{args[0], purge, held}
			return a.print(result, func(w io.Writer) error {
				what := "removed, its history kept"
				if purge {
					what = "removed, with everything stored for it"
				}
				switch {
				case purge || held == 0:
				case held == 1:
					what += "; 1 comment that was held stays undecided"
				default:
					what += fmt.Sprintf("; %d comments that were held stay undecided", held)
				}
				_, err := fmt.Fprintf(w, "Site %q %s.\n", args[0], what)
				return err
			})
		},
	}
	c.Flags().BoolVar(&purge, "purge", false, "delete everything stored for it, too")
	return c
}
