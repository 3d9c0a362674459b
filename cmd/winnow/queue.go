package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/store"
)

func (a *app) queueCommand() *cobra.Command {
	return group("queue", "See what waits to be judged or failed, and put it back", a.queueList(), a.queueRetry())
}

func (a *app) queueList() *cobra.Command {
	var site string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List comments whose judgement failed for good and comments that wait",
		Args: args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 {
				return wrongUsage(c, fmt.Errorf("--limit %d: must be at least 1", limit))
			}
			var list []store.Waiting
			if err := a.read(c, func(ctx context.Context, r *store.Reader) (err error) {
				list, err = r.ListWaiting(ctx, site, limit)
				return err
			}); err != nil {
				return err
			}
			return a.print(list, func(w io.Writer) error {
				if len(list) == 0 {
					_, err := fmt.Fprintln(w, "Nothing waits.")
					return err
				}
				t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
				fmt.Fprintln(t, "STATE\tSITE\tCOMMENT\tREVISION\tRECEIVED\tFAILURES\tLAST ERROR")
				for _, v := range list {
					fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\t%d\t%s\n", v.State, v.Site, v.CommentID, v.Revision, v.ReceivedAt, v.Attempts, dash(firstLine(v.LastError)))
				}
				return t.Flush()
			})
		},
	}
	c.Flags().StringVar(&site, "site", "", "only this site's, by `NAME`")
	c.Flags().IntVar(&limit, "limit", 100, "list at most `N` of each state")
	return c
}

func (a *app) queueRetry() *cobra.Command {
	var site, comment string
	c := &cobra.Command{
		Use: "retry", Short: "Judge comments again whose judgement failed for good",
		Args: args(),
		RunE: func(c *cobra.Command, _ []string) error {
			var n int
			if err := a.admin(c, func(ctx context.Context, admin control.Admin) (err error) {
				n, err = admin.Retry(ctx, site, comment)
				return err
			}); err != nil {
				return err
			}
			result := struct {
				Retried int `json:"retried"`
			}{n}
			return a.print(result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%d put back into the queue.\n", n)
				return err
			})
		},
	}
	c.Flags().StringVar(&site, "site", "", "only this site's, by `NAME`")
	c.Flags().StringVar(&comment, "comment", "", "only the comment with this `ID`")
	return c
}

func firstLine(s string) string {
	for i, r := range s {
		if r == '\n' {
			return s[:i]
		}
	}
	return s
}
