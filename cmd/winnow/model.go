package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
)

func (a *app) modelCommand() *cobra.Command {
	return group("model", "See what the classifier knows, rebuild it, start it over", a.modelInfo(), a.modelTrain(), a.modelReset())
}

func (a *app) modelInfo() *cobra.Command {
	var site string
	var top int
	c := &cobra.Command{
		Use: "info", Short: "Show what the classifier has learnt",
		Long: "Show how many labels there are of each site, how far a site's own evidence has come to lead, and the\n" +
			"features that speak most strongly for spam and for ham.",
		Example: "  winnow model info\n  winnow model info --site blog --top 30",
		Args:    args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if top < 0 || top > 1000 {
				return wrongUsage(c, fmt.Errorf("--top %d: must be 0 to 1000", top))
			}
			if err := a.checkSite(c, site); err != nil {
				return err
			}
			var info models.ModelInfo
			if err := a.change(c, func(ctx context.Context, admin control.Admin) (err error) {
				info, err = admin.ModelInfo(ctx, site, top)
				return err
			}); err != nil {
				return err
			}
			return a.print(info, func(w io.Writer) error { return printModel(w, &info) })
		},
	}
	c.Flags().StringVar(&site, "site", "", "only this site's, by `NAME`")
	c.Flags().IntVar(&top, "top", 10, "list the `N` strongest features each way")
	return c
}

func printModel(w io.Writer, info *models.ModelInfo) error {
	if err := printTable(w,
		[]string{"labels learnt", fmt.Sprintf("%d ham, %d spam", info.Ham, info.Spam)},
		[]string{"features", strconv.Itoa(info.Features)},
		[]string{"version", info.Version},
	); err != nil {
		return err
	}
	rows := [][]string{{"SITE", "HAM", "SPAM", "SHARED", "WARMTH"}}
	for _, s := range info.Sites {
		rows = append(rows, []string{s.Site, strconv.Itoa(s.Ham), strconv.Itoa(s.Spam), yes(s.Shared), warmth(s.Warmth)})
	}
	fmt.Fprintln(w)
	if err := printTable(w, rows...); err != nil {
		return err
	}
	return printStrongest(w, info)
}

// warmth says how far a site has come.
func warmth(of models.Warmth) string {
	if of.Warm() {
		return "its own evidence leads"
	}
	return fmt.Sprintf("%d of about %d labels before its own evidence leads", of.Labels, of.Needed)
}

func printStrongest(w io.Writer, info *models.ModelInfo) error {
	n := max(len(info.StrongestSpam), len(info.StrongestHam))
	if n == 0 {
		return nil
	}
	rows := [][]string{{"SPEAKS FOR SPAM", "WEIGHT", "SPEAKS FOR HAM", "WEIGHT"}}
	for i := range n {
		row := make([]string, 0, 4)
		for _, list := range [][]models.Evidence{info.StrongestSpam, info.StrongestHam} {
			if i < len(list) {
				row = append(row, list[i].Token, fmt.Sprintf("%+.2f", list[i].Weight))
			} else {
				row = append(row, "", "")
			}
		}
		rows = append(rows, row)
	}
	fmt.Fprintln(w)
	return printTable(w, rows...)
}

func (a *app) modelTrain() *cobra.Command {
	return &cobra.Command{
		Use: "train", Short: "Build the model anew from the labels",
		Long: "Build the model anew from all labels, beside the one in use, which a running daemon then changes for it.\n" +
			"The daemon does so by itself at every start; without a daemon, this shows that the labels can be learnt.",
		Args: args(),
		RunE: func(c *cobra.Command, _ []string) error {
			var result struct {
				Ham     int     `json:"ham"`
				Spam    int     `json:"spam"`
				Version string  `json:"version"`
				Seconds float64 `json:"seconds"`
			}
			if err := a.change(c, func(ctx context.Context, admin control.Admin) error {
				start := time.Now()
				info, err := admin.TrainModel(ctx)
				result.Seconds = time.Since(start).Seconds()
				result.Ham, result.Spam, result.Version = info.Ham, info.Spam, info.Version
				return err
			}); err != nil {
				return err
			}
			return a.print(result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "Built from %d ham and %d spam in %.1f s, version %s.\n", result.Ham, result.Spam, result.Seconds, result.Version)
				return err
			})
		},
	}
}

func (a *app) modelReset() *cobra.Command {
	var site string
	var all bool
	c := &cobra.Command{
		Use: "reset", Short: "Have the labels given so far count no more",
		Long: "Have the labels given so far count no more: of a site (--site, or the only one there is), or of all sites\n" +
			"(--all). They are kept in the database and in exports, with the time of the reset. Decisions stand as they\n" +
			"are. Afterwards the classifier is as new, and learns from the labels that follow.",
		Example: "  winnow model reset --site blog",
		Args:    args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if all && c.Flags().Changed("site") {
				return wrongUsage(c, fmt.Errorf("--site and --all exclude each other"))
			}
			if !all {
				of, err := a.flaggedSite(c, site)
				if err != nil {
					return err
				}
				site = of.Name
			}
			var result struct {
				Reset int `json:"reset"`
			}
			if err := a.change(c, func(ctx context.Context, admin control.Admin) (err error) {
				result.Reset, err = admin.ResetModel(ctx, site)
				return err
			}); err != nil {
				return err
			}
			return a.print(result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%d labels count no more.\n", result.Reset)
				return err
			})
		},
	}
	c.Flags().StringVar(&site, "site", "", "only this site's, by `NAME`")
	c.Flags().BoolVar(&all, "all", false, "of all sites")
	return c
}

// flaggedSite is the site that a flag names, or the only one there is.
func (a *app) flaggedSite(c *cobra.Command, name string) (*models.Site, error) {
	if c.Flags().Changed("site") {
		return a.site(c, []string{name})
	}
	return a.site(c, nil)
}
