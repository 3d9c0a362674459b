package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/winnowd/winnow/accounts"
	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
	"github.com/winnowd/winnow/web"
)

// pages makes the moderator page.
func (d *Daemon) pages() (*web.Handler, error) {
	return web.New(web.Options{
		Accounts: doorman{d.accounts, d.proxies()}, Browser: d.cookies(), Desk: d.moderation, Sites: d.sites, Model: d.model, Cutoffs: cutoffs(d.cfg), Users: d.store, Outbox: d.store, Admin: d.office, Board: d.board,
		Deliveries: resender{d}, Trials: d.trials, Sessions: d.store, Rules: d.ruleNames, Read: markup.Read,
		SessionLife: time.Duration(d.cfg.Moderation.SessionMax), Logger: d.log.With("component", "web"),
	})
}

// cutoffs are those of a configuration.
func cutoffs(cfg *configs.Config) models.Cutoffs {
	c := cfg.Classifier
	return models.Cutoffs{HoldAbove: c.HoldAbove, SpamAbove: c.SpamAbove, RejectAbove: c.RejectAbove}
}

// doorman lets people in by what a request says of where it comes from.
type doorman struct {
	*accounts.Service
	proxies accounts.Proxies
}

// proxies are those that say where requests came from.
func (d *Daemon) proxies() accounts.Proxies {
	list, err := configs.Prefixes(d.cfg.Server.TrustedProxies)
	if err != nil { // which loading the configuration refuses
		d.log.Error("no proxy is trusted", "error", err)
	}
	return list
}

func (m doorman) SignIn(r *http.Request, email, password string) (string, *models.User, error) {
	return denied(m.Service.SignIn(r.Context(), email, password, m.whence(r)))
}

func (m doorman) RedeemLink(r *http.Request, link string) (string, *models.User, error) {
	return denied(m.Service.RedeemLink(r.Context(), link, m.whence(r)))
}

func (m doorman) whence(r *http.Request) accounts.Where {
	return accounts.Where{Address: m.proxies.ClientAddress(r), Agent: r.UserAgent()}
}

// denied gives what the page knows an error for.
func denied(cookie string, u *models.User, err error) (string, *models.User, error) {
	if errors.Is(err, accounts.ErrDenied) || errors.Is(err, accounts.ErrLink) {
		err = fmt.Errorf("%w: %w", err, models.ErrNotFound)
	}
	return cookie, u, err
}

// office carries out what an admin asks for.
func (d *Daemon) office(by models.Actor) web.Admin {
	return owner{archive{d.admin(by), d.cfg, d.moderation}, d}
}

// resender has decisions delivered again in a user's name.
type resender struct{ d *Daemon }

func (s resender) ResendDecision(ctx context.Context, u *models.User, site, id string) error {
	_, err := s.as(u).ResendDelivery(ctx, site, id)
	return err
}

func (s resender) ResendDead(ctx context.Context, u *models.User, site string) (int, error) {
	if site == "" { // which the owner takes for all
		return 0, fmt.Errorf("no site is named: %w", models.ErrInvalid)
	}
	return s.as(u).ResendDelivery(ctx, site, "")
}

func (s resender) as(u *models.User) owner {
	return owner{archive{s.d.admin(u.Actor()), s.d.cfg, s.d.moderation}, s.d}
}

// ruleNames lists what reasons may be called: the rules that are in force at some site,
// the classifier, and people.
func (d *Daemon) ruleNames() []string {
	names := map[string]bool{"classifier": true, "internal-error": true, "moderator": true}
	set := d.policy.Current()
	for _, s := range d.sites.All() {
		for _, rule := range set.Rules(s.Name) {
			if rule.Mode == policy.On {
				names[rule.Name] = true
			}
		}
	}
	list := make([]string, 0, len(names))
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
