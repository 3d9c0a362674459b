package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

func (a *app) deliveriesCommand() *cobra.Command {
	return group("deliveries", "See deliveries of decisions that failed, and send them again", a.deliveriesList(), a.deliveriesResend())
}

func (a *app) deliveriesList() *cobra.Command {
	var (
		site, state string
		limit       int
	)
	c := &cobra.Command{
		Use: "list", Short: "List deliveries that failed, and sites whose callback wants no more",
		Long: "List deliveries that wait for another attempt, or for an older one of their comment (waiting), and\n" +
			"those that failed for good (dead), in order of their decisions. Deliveries that succeeded are not\n" +
			"listed. A callback that answered 410 gets no more until `winnow site set --enable`.",
		Example: "  winnow deliveries list --state dead",
		Args:    args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 {
				return wrongUsage(c, fmt.Errorf("--limit %d: must be at least 1", limit))
			}
			if state != "" && !slices.Contains(models.DeliveryStates[:], models.DeliveryState(state)) {
				return wrongUsage(c, fmt.Errorf("--state %q: must be waiting or dead", state))
			}
			if err := a.checkSite(c, site); err != nil {
				return err
			}
			var result struct {
				Deliveries []models.DeliveryRow `json:"deliveries"`
				Stopped    []store.StoppedLane  `json:"stopped"`
			}
			if err := a.read(c, func(ctx context.Context, r *store.Reader) (err error) {
				if result.Deliveries, err = r.ListDeliveries(ctx, site, models.DeliveryState(state), limit); err != nil {
					return err
				}
				result.Stopped, err = r.StoppedLanes(ctx, site)
				return err
			}); err != nil {
				return err
			}
			return a.print(result, func(w io.Writer) error {
				for _, s := range result.Stopped {
					if err := printStopped(w, s); err != nil {
						return err
					}
				}
				return printDeliveries(w, result.Deliveries)
			})
		},
	}
	c.Flags().StringVar(&site, "site", "", "only this site's, by `NAME`")
	c.Flags().StringVar(&state, "state", "", "only those in this `STATE`: waiting or dead")
	c.Flags().IntVar(&limit, "limit", 100, "list at most `N` of each state")
	return c
}

// printStopped tells that a callback wants no more, and what starts it again.
func printStopped(w io.Writer, s store.StoppedLane) error {
	_, err := fmt.Fprintf(w, "Site %q wants no deliveries since %s (%s): `winnow site set %s --enable` starts them again.\n",
		s.Site, s.Since.Format(time.RFC3339), s.Reason, s.Site)
	return err
}

func printDeliveries(w io.Writer, list []models.DeliveryRow) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "No failed deliveries.")
		return err
	}
	rows := [][]string{{"STATE", "SITE", "COMMENT", "DECISION", "ACTION", "ATTEMPTS", "DUE", "LAST ERROR"}}
	for _, v := range list {
		due := ""
		if !v.DueAt.IsZero() {
			due = v.DueAt.Format(time.RFC3339)
		}
		rows = append(rows, []string{string(v.State), v.Site, v.CommentID, v.ID, string(v.Action), strconv.Itoa(v.Attempts), due, v.LastError})
	}
	return printTable(w, rows...)
}

func (a *app) deliveriesResend() *cobra.Command {
	var (
		site, id string
		all      string
	)
	c := &cobra.Command{
		Use: "resend --id DECISION|--all dead", Short: "Deliver a decision again, or all deliveries that failed for good",
		Long: "Deliver a decision again, whether it was delivered or not, or put back all deliveries that failed\n" +
			"for good. A running daemon begins at once.",
		Example: "  winnow deliveries resend --all dead\n  winnow deliveries resend --id wn_01M85DDCVZVDTYX70000000003",
		Args:    args(),
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case (id == "") == (all == ""):
				return wrongUsage(c, errors.New("say what to send again: --id DECISION or --all dead"))
			case all != "" && all != string(models.DeliveryDead):
				return wrongUsage(c, fmt.Errorf("--all %q: must be dead", all))
			}
			if err := a.checkSite(c, site); err != nil {
				return err
			}
			var n int
			if err := a.change(c, func(ctx context.Context, admin control.Admin) (err error) {
				n, err = admin.ResendDelivery(ctx, site, id)
				return err
			}); err != nil {
				return err
			}
			result := struct {
				Resent int `json:"resent"`
			}{n}
			return a.print(result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%d to be delivered again.\n", n)
				return err
			})
		},
	}
	c.Flags().StringVar(&site, "site", "", "only this site's, by `NAME`")
	c.Flags().StringVar(&id, "id", "", "the decision with this `ID`")
	c.Flags().StringVar(&all, "all", "", "all in this `STATE`: dead")
	return c
}
