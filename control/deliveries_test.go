package control

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func (r *record) ResendDelivery(_ context.Context, site, id string) (int, error) {
	return 2, r.note("resend %s %s", site, id)
}

func (r *record) Ping(_ context.Context, site string) (models.PingAnswer, error) {
	return models.PingAnswer{Callback: "https://b.example/hook", Status: 500, Body: "no", Error: "answered 500"}, r.note("ping %s", site)
}

func TestRequestsAboutDeliveriesReachTheOwner(t *testing.T) {
	r := &record{}
	c := serve(t, t.TempDir(), r)
	if n, err := c.ResendDelivery(t.Context(), "blog", "wn_1"); err != nil || n != 2 {
		t.Errorf("resend: %d, %v", n, err)
	}
	want := models.PingAnswer{Callback: "https://b.example/hook", Status: 500, Body: "no", Error: "answered 500"}
	if a, err := c.Ping(t.Context(), "blog"); err != nil || a != want {
		t.Errorf("ping: %+v, %v", a, err)
	}
	if got := strings.Join(r.calls, "|"); got != "resend blog wn_1|ping blog" {
		t.Errorf("got %s", got)
	}
	r.err = models.ErrUnavailable
	if _, err := c.Ping(t.Context(), "blog"); !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}
