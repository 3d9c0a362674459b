package daemon

import (
	"context"
	"strings"

	"github.com/winnowd/winnow/accounts"
	"github.com/winnowd/winnow/desk"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
)

// startModeration has verdicts join the feed, carries out jobs, and keeps the index of
// authors.
func (d *Daemon) startModeration(context.Context) error {
	d.background("moderation", d.moderation.Run)
	return nil
}

// searchable is the text in which a search finds a comment: what a reader sees, where
// its links lead, and who wrote it, where.
func searchable(c *models.Comment) string {
	text := markup.Read(c.Content, c.ContentType)
	var b strings.Builder
	for _, s := range []string{c.Author.Name, c.Author.Email, c.Author.URL, c.Post.Title, c.Post.URL, c.ID} {
		b.WriteString(s)
		b.WriteByte('\n')
	}
	for _, l := range text.Links {
		b.WriteString(l.URL)
		b.WriteByte('\n')
	}
	b.WriteString(text.Plain)
	return b.String()
}

// cookies are those of this winnow's sessions.
func (d *Daemon) cookies() accounts.Cookies {
	return accounts.Cookies{PublicURL: d.cfg.Server.PublicURL}
}

// desk makes the moderation API.
func (d *Daemon) desk() *desk.Handler {
	return desk.New(desk.Options{
		Service: d.moderation, Accounts: d.accounts, Browser: d.cookies(), Sites: d.sites, Board: d.board,
		Outbox: d.store, Deliveries: resender{d},
		Stopping: d.stopping, Logger: d.log.With("component", "desk"),
	})
}
