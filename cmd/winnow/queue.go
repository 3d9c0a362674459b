package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

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
		Long: "List comments whose judgement failed for good (dead; they are held) and comments that wait to be\n" +
			"judged (queued), the oldest first.",
		Args: args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 {
				return wrongUsage(c, fmt.Errorf("--limit %d: must be at least 1", limit))
			}
			if err := a.checkSite(c, site); err != nil {
				return err
			}
			var list []store.Waiting
			if err := a.read(c, func(ctx context.Context, r *store.Reader) (err error) {
				list, err = r.ListWaiting(ctx, site, limit)
				return err
			}); err != nil {
				return err
			}
			return a.print(list, func(w io.Writer) error { return printWaiting(w, list) })
		},
	}
	c.Flags().StringVar(&site, "site", "", "only this site's, by `NAME`")
	c.Flags().IntVar(&limit, "limit", 100, "list at most `N` of each state")
	return c
}

func printWaiting(w io.Writer, list []store.Waiting) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "Nothing waits.")
		return err
	}
	rows := [][]string{{"STATE", "SITE", "COMMENT", "REVISION", "RECEIVED", "FAILURES", "LAST ERROR"}}
	for _, v := range list {
		cause, _, _ := strings.Cut(v.LastError, "\n")
		rows = append(rows, []string{v.State, v.Site, v.CommentID, strconv.Itoa(v.Revision), v.ReceivedAt, strconv.Itoa(v.Attempts), cause})
	}
	return printTable(w, rows...)
}

// checkSite returns an error if a site is named and not there.
func (a *app) checkSite(c *cobra.Command, name string) error {
	if name == "" && !c.Flags().Changed("site") {
		return nil
	}
	_, err := a.site(c, []string{name})
	return err
}

func (a *app) queueRetry() *cobra.Command {
	var site, comment string
	c := &cobra.Command{
		Use: "retry", Short: "Judge comments again whose judgement failed for good",
		Long: "Put comments back into the queue whose judgement failed for good: all, or those of a site, or one.\n" +
			"`winnow queue list` shows them with the error.",
		Example: "  winnow queue retry\n  winnow queue retry --site blog --comment c-1042",
		Args:    args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := a.checkSite(c, site); err != nil {
				return err
			}
			var n int
			if err := a.change(c, func(ctx context.Context, admin control.Admin) (err error) {
				n, err = admin.Retry(ctx, site, comment)
				return err
			}); err != nil {
				return err
			}
			if n == 0 && comment != "" {
				return notFound(fmt.Sprintf("there is no comment %q whose judgement failed for good", comment))
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
