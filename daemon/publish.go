package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/publish"
)

// newPublisher makes what delivers decisions, before the sites are known.
func (d *Daemon) newPublisher(label func(string) string) (err error) {
	d.publisher, err = publish.New(publish.Options{
		Feed: d.store, Store: d.store, Sites: d.sites, Events: d.events,
		Registerer: d.reg, SiteLabel: label, Logger: d.log.With("component", "publish"),
		Schedule: d.o.RetrySchedule, Timeout: d.o.CallTimeout,
	})
	return err
}

// startPublish delivers what is left from before, and from then on what is decided. It
// goes down after the judge, so that calls for the last decisions are begun, and
// before the store, which notes what came of them.
func (d *Daemon) startPublish(context.Context) error {
	d.publisher.Reload()
	d.stop.push("publish", d.publisher.Stop)
	return nil
}

// reloadSites acts on a change of sites.
func (d *Daemon) reloadSites(ctx context.Context) error {
	if err := d.sites.Reload(ctx); err != nil {
		return err
	}
	d.publisher.Reload()
	return nil
}

// owner is archive with what concerns deliveries and the model.
type owner struct {
	archive
	// d is nil in a command's own process, where nothing is delivered or judged.
	d *Daemon
}

// ResendDelivery has one decision delivered again, or every dead one of a site (of all
// sites if it is empty) if id is empty.
func (o owner) ResendDelivery(ctx context.Context, site, id string) (int, error) {
	if id != "" {
		siteID, err := o.store.ResendDecision(ctx, site, id)
		if err != nil {
			return 0, err
		}
		o.wake(siteID)
		return 1, o.note(ctx, "deliveries.resend", site, map[string]any{"decision": id})
	}
	n, siteIDs, err := o.store.ResendDead(ctx, site)
	o.wake(siteIDs...)
	if n == 0 {
		return n, err
	}
	return n, errors.Join(err, o.note(ctx, "deliveries.resend", site, map[string]any{"count": n}))
}

func (o owner) wake(siteIDs ...int64) {
	if o.d != nil {
		o.d.publisher.Wake(siteIDs...)
	}
}

// Ping sends a site's callback a signed test message.
func (o owner) Ping(ctx context.Context, name string) (models.PingAnswer, error) {
	if o.d == nil {
		return models.PingAnswer{}, fmt.Errorf("no test message was sent, because no daemon serves this directory (start `winnow serve`): %w", models.ErrUnavailable)
	}
	site := o.d.sites.ByName(name)
	if site == nil {
		return models.PingAnswer{}, fmt.Errorf("site %q: %w", name, models.ErrNotFound)
	}
	return o.d.publisher.Ping(ctx, site)
}
