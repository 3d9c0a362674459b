package control

import (
	"context"
	"net/http"

	"github.com/winnowd/winnow/models"
)

// Deliveries is what commands may ask of the owner of a data directory about
// deliveries.
type Deliveries interface {
	// ResendDelivery has the decision with an id delivered again, or, if id is empty,
	// every dead delivery of a site, of all sites if that is empty too. It returns how
	// many.
	ResendDelivery(ctx context.Context, site, id string) (int, error)
	// Ping sends a site's callback a signed test message and returns what it answered.
	// The error wraps models.ErrUnavailable if no daemon serves the directory.
	Ping(ctx context.Context, site string) (models.PingAnswer, error)
}

type resend struct{ Site, ID string }

func routeDeliveries(mux *http.ServeMux, d Deliveries) {
	route(mux, "/deliveries/resend", func(ctx context.Context, r resend) (int, error) {
		return d.ResendDelivery(ctx, r.Site, r.ID)
	})
	route(mux, "/site/ping", func(ctx context.Context, site string) (models.PingAnswer, error) {
		return d.Ping(ctx, site)
	})
}

// ResendDelivery implements Deliveries.
func (c *Client) ResendDelivery(ctx context.Context, site, id string) (int, error) {
	return call[int](ctx, c, "/deliveries/resend", resend{site, id})
}

// Ping implements Deliveries.
func (c *Client) Ping(ctx context.Context, site string) (models.PingAnswer, error) {
	return call[models.PingAnswer](ctx, c, "/site/ping", site)
}
