package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
	"github.com/winnowd/winnow/store"
)

func (a *app) policyCommand() *cobra.Command {
	return group("policy", "Check a policy file, and try it on what was decided", a.policyCheck(), a.policyTest())
}

func (a *app) policyCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE", Short: "Check a policy file: every error with its line and column",
		Example: "  winnow policy check winnow-data/policy.yaml",
		Args:    args("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := policy.Place{File: args[0]}.Load()
			if err != nil {
				return err
			}
			result := struct {
				File    string `json:"file"`
				Version string `json:"version"`
				Rules   int    `json:"rules"`
			}{args[0], set.Version(), len(set.Rules(""))}
			return a.print(result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s: good, %d rules, %s\n", result.File, result.Rules, result.Version)
				return err
			})
		},
	}
}

func (a *app) policyTest() *cobra.Command {
	var site, since string
	c := &cobra.Command{
		Use: "test FILE", Short: "Try a policy file on what was decided: what would have come out otherwise",
		Long: "Replay the stored decisions under a policy file, each with its score and with the facts as they were\n" +
			"then, and tell what would have been decided otherwise, by which rule, and what moderators had said of\n" +
			"those comments. It changes nothing, and works beside a running daemon.",
		Example: "  winnow policy test new.yaml\n  winnow policy test new.yaml --since 30d --site blog",
		Args:    args("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			b := daemon.Backtest{Site: site}
			if c.Flags().Changed("since") {
				d, err := configs.ParseDuration(since)
				if err != nil {
					return wrongUsage(c, fmt.Errorf("--since %q: %w", since, err))
				}
				b.Since = time.Now().Add(-time.Duration(d))
			}
			if err := a.checkSite(c, site); err != nil {
				return err
			}
			set, err := policy.Place{File: args[0]}.Load()
			if err != nil {
				return err
			}
			var result *models.BacktestResult
			if err := a.read(c, func(ctx context.Context, r *store.Reader) (err error) {
				result, err = daemon.BacktestFrom(ctx, r, set, b)
				return err
			}); err != nil {
				return err
			}
			return a.print(result, func(w io.Writer) error { return printBacktest(w, result) })
		},
	}
	c.Flags().StringVar(&since, "since", "", "only what was decided within this `TIME`, such as 30d (default everything)")
	c.Flags().StringVar(&site, "site", "", "only this site's, by `NAME`")
	return c
}

func printBacktest(w io.Writer, r *models.BacktestResult) error {
	fmt.Fprintf(w, "%d decisions replayed, %d would come out otherwise.\n", r.Replayed, r.Changed)
	var errs []error
	if len(r.By) > 0 {
		rows := [][]string{{"FROM", "TO", "RULE", "COMMENTS", "MODERATOR AGREES", "DISAGREES"}}
		for _, c := range r.By {
			rows = append(rows, []string{string(c.From), string(c.To), c.Rule, strconv.Itoa(c.Count), strconv.Itoa(c.Agrees), strconv.Itoa(c.Disagrees)})
		}
		fmt.Fprintln(w)
		errs = append(errs, printTable(w, rows...))
	}
	for _, u := range r.Unknown {
		fmt.Fprintf(w, "\nThe rule %s could not tell in %d comments: facts that it needs were not gathered then.\n", u.Rule, u.Count)
	}
	if len(r.Examples) > 0 {
		fmt.Fprintln(w, "\nExamples, the newest of each kind:")
	}
	for _, e := range r.Examples {
		said := "nobody looked at it"
		switch e.Moderator {
		case models.Ham:
			said = "a moderator approved it"
		case models.Spam:
			said = "a moderator called it spam"
		}
		fmt.Fprintf(w, "\n  %s %s, %s, score %.2f: %s -> %s by %s, %s\n", cell(e.Site), cell(e.CommentID), e.DecidedAt.Format("2006-01-02 15:04"), e.Score, e.From, e.To, cell(e.Rule), said)
		fmt.Fprintf(w, "    %s: %s\n    %s\n", cell(e.Author), cell(e.Excerpt), cell(e.Detail))
	}
	return errors.Join(errs...)
}
