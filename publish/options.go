package publish

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/models"
)

// Feed is where decisions are read.
type Feed interface {
	// Outgoing returns a site's decisions above a place of its feed, in order, at most
	// limit, and whether there are more.
	Outgoing(ctx context.Context, siteID, after int64, limit int) (list []models.Outgoing, more bool, err error)
	// Decision returns one decision; models.ErrNotFound if it is there no more.
	Decision(ctx context.Context, seq int64) (*models.Decision, error)
	// Ahead counts a site's decisions above a place of its feed, up to limit.
	Ahead(ctx context.Context, siteID, place int64, limit int) (int, error)
}

// Store is where the progress of lanes is kept.
type Store interface {
	// Lane returns a site's lane; models.ErrNotFound if it has none.
	Lane(ctx context.Context, siteID int64) (models.Lane, error)
	// WaitingDeliveries returns a site's waiting deliveries above a seq, in order of seq.
	WaitingDeliveries(ctx context.Context, siteID, after int64, limit int) ([]models.Delivery, error)
	// RecordDeliveries stores progress durably, all of it or nothing.
	RecordDeliveries(ctx context.Context, p models.LaneProgress) error
	// DeadDeliveries counts what failed for good.
	DeadDeliveries(ctx context.Context) (int, error)
}

// Sites knows the sites as they are now.
type Sites interface {
	// All returns every site, disabled ones too.
	All() []*models.Site
	// Secrets returns a site's webhook secrets that are valid now, "whsec_...".
	Secrets(siteID int64) []string
}

// Events tells of new decisions.
type Events interface {
	// Follow gives a signal after a site's feed has grown, until stop is called.
	Follow(siteID int64) (grown <-chan struct{}, stop func())
}

// Options are what a Publisher needs. Feed, Store, Sites and Events are required.
type Options struct {
	Feed       Feed
	Store      Store
	Sites      Sites
	Events     Events
	Registerer prometheus.Registerer
	// SiteLabel gives the value of the metrics' label "site" for a site's name.
	SiteLabel func(site string) string
	Logger    *slog.Logger

	// Schedule is the waits between the attempts of one delivery, Schedule() if nil.
	Schedule []time.Duration
	// Timeout bounds a call, 15 s if 0.
	Timeout time.Duration
	// Random gives numbers from 0 up to 1 to spread the waits, math/rand/v2 if nil.
	Random func() float64
	// Resolver looks up the callbacks' names, the system's if nil.
	Resolver *net.Resolver
}

const (
	// maxCalls is how many calls a lane makes at once.
	maxCalls = 8
	// callTimeout bounds a call, from the connection to the end of the answer.
	callTimeout = 15 * time.Second
)

func (o *Options) complete() error {
	if o.Feed == nil || o.Store == nil || o.Sites == nil || o.Events == nil {
		return errors.New("publish: feed, store, sites and events are needed")
	}
	if o.SiteLabel == nil {
		o.SiteLabel = func(site string) string { return site }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Schedule == nil {
		o.Schedule = Schedule()
	}
	o.Schedule = slices.Clone(o.Schedule)
	if o.Timeout == 0 {
		o.Timeout = callTimeout
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	return nil
}
