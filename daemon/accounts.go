package daemon

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/winnowd/winnow/accounts"
	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/models"
)

// firstAdmin is the address of the admin that a start on an empty directory makes.
const firstAdmin = "admin@localhost"

// startAccounts lets users sign in.
func (d *Daemon) startAccounts(context.Context) error {
	d.accounts = accounts.New(accounts.Options{
		Store: d.store, Idle: time.Duration(d.cfg.Moderation.SessionIdle), Longest: time.Duration(d.cfg.Moderation.SessionMax),
	})
	d.background("sessions", d.accounts.Run)
	return nil
}

// background runs something until the daemon stops.
func (d *Daemon) background(name string, run func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		run(ctx)
	}()
	d.stop.push(name, func(stop context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-stop.Done():
			return stop.Err()
		}
	})
}

// greet makes the first admin and tells what a first start has made.
func (d *Daemon) greet(ctx context.Context) {
	w := d.welcome
	if w == nil {
		return
	}
	d.welcome = nil
	link, err := d.accounts.AddUser(ctx, models.NewUser{Email: firstAdmin, Role: models.RoleAdmin}, models.System)
	if err != nil {
		d.log.Error("first start: no admin could be made, `winnow user add` makes one", "error", err)
	} else {
		w.Email, w.Role, w.LoginURL = firstAdmin, models.RoleAdmin, d.loginURL(link)
	}
	d.o.Welcome(*w)
}

// loginURL is where the secret of a link is redeemed.
func (d *Daemon) loginURL(secret string) string {
	at := d.cfg.Server.Listen
	if d.api != nil && d.api.Addr() != "" {
		at = d.api.Addr()
	}
	return loginURL(d.cfg, at, secret)
}

func loginURL(cfg *configs.Config, listen, secret string) string {
	base := strings.TrimRight(cfg.Server.PublicURL, "/")
	if base == "" {
		base = "http://" + reachable(listen)
	}
	return base + "/login?token=" + url.QueryEscape(secret)
}

// reachable is an address of this machine, where every address is listened on.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// AddUser implements control.Users.
func (a admin) AddUser(ctx context.Context, u models.NewUser) (string, error) {
	return a.linked(a.accounts.AddUser(ctx, u, a.by))
}

// SetPassword implements control.Users.
func (a admin) SetPassword(ctx context.Context, email, password string) (string, error) {
	if password != "" {
		return "", a.accounts.SetPassword(ctx, email, password, a.by)
	}
	return a.linked(a.accounts.Link(ctx, email))
}

// linked makes a URL of a link's secret, if there is one.
func (a admin) linked(secret string, err error) (string, error) {
	if err != nil || secret == "" {
		return "", err
	}
	return a.loginURL(secret), nil
}

// AddToken implements control.Users.
func (a admin) AddToken(ctx context.Context, email string) (string, error) {
	return a.accounts.Token(ctx, email, a.by)
}

// RevokeTokens implements control.Users.
func (a admin) RevokeTokens(ctx context.Context, email string) (int64, error) {
	return a.store.RevokeTokens(ctx, models.NormalEmail(email), a.by)
}

// RemoveUser implements control.Users.
func (a admin) RemoveUser(ctx context.Context, email string) error {
	return a.store.RemoveUser(ctx, models.NormalEmail(email), a.by)
}

// note enters what was done in the audit log.
func (a admin) note(ctx context.Context, kind, site string, detail map[string]any) error {
	err := a.store.Note(context.WithoutCancel(ctx), models.Act{Kind: kind, Actor: a.by, Site: site, Detail: detail})
	if err != nil {
		return errors.Join(errors.New("it is done, but does not stand in the audit log"), err)
	}
	return nil
}

// changed tells of a change what the audit log keeps.
func changed(c models.SiteChange) map[string]any {
	detail := map[string]any{}
	if c.URL != nil {
		detail["url"] = *c.URL
	}
	if c.Callback != nil {
		detail["callback"] = *c.Callback
	}
	if c.AllowPrivateCallback != nil {
		detail["allow_private_callback"] = *c.AllowPrivateCallback
	}
	if c.Enabled != nil {
		detail["enabled"] = *c.Enabled
	}
	if c.Cutoffs != nil {
		detail["hold_above"], detail["reject_above"] = "as configured", "as configured"
		if h := c.Cutoffs.HoldAbove; h != nil {
			detail["hold_above"] = *h
		}
		if r := c.Cutoffs.RejectAbove; r != nil {
			detail["reject_above"] = *r
		}
	}
	return detail
}

// SetUser changes what a user may do.
func (a admin) SetUser(ctx context.Context, email string, c models.UserChange) error {
	return a.store.SetUser(ctx, email, c, a.by)
}
