package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
)

func (a *app) sitePing() *cobra.Command {
	return &cobra.Command{
		Use: "ping [NAME]", Short: "Send a signed test message to a site's callback",
		Long: "Have the running daemon send a signed test message (type \"ping\") to the callback of a site, or of\n" +
			"the only one there is, and show what it answered. Fails unless the answer is 2xx.",
		Example: "  winnow site ping blog",
		Args:    args("[NAME]"),
		RunE: func(c *cobra.Command, args []string) error {
			site, err := a.site(c, args)
			if err != nil {
				return err
			}
			var answer models.PingAnswer
			if err := a.change(c, func(ctx context.Context, admin control.Admin) (err error) {
				answer, err = admin.Ping(ctx, site.Name)
				return err
			}); err != nil {
				return err
			}
			if !answer.Delivered {
				return errors.New(pingFault(answer))
			}
			return a.print(answer, func(w io.Writer) error {
				_, err := io.WriteString(w, describePing(answer))
				return err
			})
		},
	}
}

// try sends a callback that was set just now a test message. Whatever comes of it
// makes no failure of the command.
func try(ctx context.Context, admin control.Admin, site, callback string) models.PingAnswer {
	answer, err := admin.Ping(ctx, site)
	if err != nil {
		answer = models.PingAnswer{Callback: callback, Error: detail(err)}
	}
	return answer
}

// showChanged shows a site that was changed, and tries its callback if that was set.
func (a *app) showChanged(c *cobra.Command, name string, change models.SiteChange) error {
	if change.Callback == nil || *change.Callback == "" {
		return a.showSite(c, []string{name})
	}
	var answer models.PingAnswer
	if err := a.change(c, func(ctx context.Context, admin control.Admin) error {
		answer = try(ctx, admin, name, *change.Callback)
		return nil
	}); err != nil {
		return fmt.Errorf("the site was changed, but its callback could not be tried: %w", err)
	}
	if !a.json {
		if err := a.showSite(c, []string{name}); err != nil {
			return err
		}
		_, err := io.WriteString(a.stdout, "\n"+describePing(answer))
		return err
	}
	site, err := a.site(c, []string{name})
	if err != nil {
		return err
	}
	return a.printTo(a.stdout, struct {
		*models.Site
		Ping models.PingAnswer `json:"ping"`
	}{site, answer})
}

// describePing says in words what a callback answered to a test message.
func describePing(p models.PingAnswer) string {
	if p.Delivered {
		return fmt.Sprintf("Test message: answered %d in %.2f s, as it should be.\n", p.Status, p.Seconds)
	}
	return fmt.Sprintf("Test message: %s.\n`winnow site ping` sends another.\n", pingFault(p))
}

// pingFault says what was wrong with the answer to a test message.
func pingFault(p models.PingAnswer) string {
	if p.Status == 0 {
		return cell(p.Error)
	}
	text := cell(p.Error) + "; only 2xx counts as delivered"
	if body := strings.TrimSpace(p.Body); body != "" {
		text += "; it said: " + cell(body)
	}
	return text
}
