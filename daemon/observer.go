package daemon

import (
	"context"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
)

// observer passes on what was committed. It runs on the store's writer and blocks
// nowhere.
type observer struct{ d *Daemon }

func (o *observer) Accepted(revs []*models.Revision) {
	for _, r := range revs {
		o.d.facts.Add(r)
	}
	o.d.queue.Offer(revs...)
}

func (o *observer) Settled(siteID, seq int64)     { o.d.queue.Settled(siteID, seq) }
func (o *observer) Requeued(rev *models.Revision) { o.d.queue.Requeue(rev) }

func (o *observer) Removed(siteID int64, commentID string) {
	o.d.facts.Forget(siteID, commentID)
	if site := o.d.sites.ByID(siteID); site != nil {
		o.d.board.Removed(siteID, site.Name, commentID)
	}
}

func (o *observer) Decided(ds []*models.Decision) {
	for _, d := range ds {
		o.d.facts.Decided(d.RevisionSeq, models.Standing{Action: d.Action, ByPerson: d.Source == models.FromModerator})
	}
	o.d.decisions.Observe(ds)
	o.d.events.Publish(ds)
	o.d.board.Decided(ds)
}

func (o *observer) Ruled(d *models.Decision) { o.d.board.Decided([]*models.Decision{d}) }

// Labels are folded by whoever stored them, and sites reloaded by whoever changed
// them, before they answer.
func (o *observer) Labelled()     {}
func (o *observer) SitesChanged() {}

// siteAdded makes a site's metrics known.
func (d *Daemon) siteAdded(s *models.Site) {
	d.decisions.InitSite(s.Name)
	d.intake.InitSite(s.Name)
	d.publisher.InitSite(s.Name)
	d.initRules(d.policy.Current(), s.Name)
}

// policyChanged makes the metrics of a policy's rules known.
func (d *Daemon) policyChanged(set *policy.Set) {
	for _, s := range d.sites.All() {
		d.initRules(set, s.Name)
	}
}

func (d *Daemon) initRules(set *policy.Set, site string) {
	for _, rule := range set.Rules(site) {
		if rule.Mode == policy.Shadow {
			d.decisions.InitShadow(rule.Name, rule.Action)
		} else {
			d.decisions.InitRule(rule.Name, rule.Action)
		}
	}
}

// gate says whether a comment may be accepted.
type gate struct{ d *Daemon }

func (g gate) Admit(site *models.Site) error {
	if err := g.d.serving(); err != nil {
		return err
	}
	return g.d.queue.Admit(site)
}

// siteDesk passes on what a site's administration asks for. Moderation starts later than
// the door is made, and before anybody can knock.
type siteDesk struct{ d *Daemon }

func (k siteDesk) Label(ctx context.Context, l models.Labelling) (*models.Decision, error) {
	return k.d.moderation.Label(ctx, l)
}

func (k siteDesk) Remove(ctx context.Context, siteID int64, commentID string) error {
	return k.d.moderation.Remove(ctx, siteID, commentID)
}

func (k siteDesk) Erase(ctx context.Context, siteID int64, commentID string, by models.Actor) error {
	return k.d.moderation.Erase(ctx, siteID, commentID, by)
}

// ready is gate for no site in particular.
func (d *Daemon) ready() error {
	if err := d.serving(); err != nil {
		return err
	}
	return d.queue.Ready()
}

func (d *Daemon) serving() error {
	select {
	case <-d.stopping:
		return &models.Refusal{Kind: models.ErrUnavailable, Reason: "stopping", Detail: "winnow is stopping", RetryAfter: stopRetry}
	default:
		return d.store.Ready()
	}
}

// factsPage is how many revisions are read at once to recall facts.
const factsPage = 500

// recall brings model and facts back to where they were.
func (d *Daemon) recall(ctx context.Context) error {
	if err := d.keeper.Load(ctx); err != nil {
		return err
	}
	newest, left := d.store.Position().Seq+1, factsBack
	for before := newest; left > 0 && before > max(0, newest-factsSpan); {
		revs, next, err := d.store.Recent(ctx, before, factsPage)
		if err != nil {
			return err
		}
		for _, r := range revs {
			d.facts.AddDecided(r)
		}
		before, left = next, left-len(revs)
	}
	ham, spam := d.model.Documents()
	d.log.Info("judging", "model", d.model.Version(), "ham", ham, "spam", spam, "queued", d.queue.Depth())
	return nil
}

// refusalReasons are the reasons for which store and queue refuse, for the metrics.
func refusalReasons() []string {
	return []string{"stopping", "disk-full", "store", "store-failed", "queue-age", "queue-depth", "site-share"}
}
