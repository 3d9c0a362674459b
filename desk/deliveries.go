package desk

import (
	"context"
	"net/http"
	"slices"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// Outbox lists what has not reached the sites. Errors wrap models.ErrInvalid.
type Outbox interface {
	PageDeliveries(ctx context.Context, f models.DeliveryFilter) ([]models.DeliveryRow, error)
}

// Deliveries sends decisions to their sites again. Errors wrap models.ErrNotFound,
// ErrInvalid, and ErrConflict if the site has no callback.
type Deliveries interface {
	ResendDecision(ctx context.Context, u *models.User, site, id string) error
	// ResendDead sends every decision again that was given up at a site, and returns how
	// many those are.
	ResendDead(ctx context.Context, u *models.User, site string) (int, error)
}

// deliveries lists what has not reached the sites.
func (h *Handler) deliveries(w http.ResponseWriter, r *request) *problem.Problem {
	v, p := parse(r.URL.RawQuery, "site", "state", "after", "limit")
	if p != nil {
		return p
	}
	limit, p := v.number("limit", 50, 1, 200)
	if p != nil {
		return p
	}
	f := models.DeliveryFilter{
		Sites: models.SiteIDs(r.user.SeenOf(h.o.Sites.All(), v.Get("site"))), State: models.DeliveryState(v.Get("state")), After: v.Get("after"), Limit: limit + 1,
	}
	if f.State == "" {
		f.State = models.DeliveryWaiting
	}
	if !slices.Contains(models.DeliveryStates[:], f.State) {
		return badParam("state", "must be waiting or dead")
	}
	if v.Get("site") != "" && len(f.Sites) == 0 {
		return h.failed(r.Request, "list deliveries", models.ErrNotFound)
	}
	rows, err := h.o.Outbox.PageDeliveries(r.Context(), f)
	if err != nil {
		return h.failed(r.Request, "list deliveries", err)
	}
	answer := struct {
		Deliveries []models.DeliveryRow `json:"deliveries"`
		Cursor     string               `json:"cursor"`
		More       bool                 `json:"more"`
	}{Deliveries: rows, Cursor: f.After}
	if answer.More = len(rows) > limit; answer.More {
		answer.Deliveries = rows[:limit]
	}
	if n := len(answer.Deliveries); n > 0 {
		answer.Cursor = answer.Deliveries[n-1].Cursor
	}
	return h.answer(w, r, http.StatusOK, &answer)
}

// resend has one decision delivered again, or all that were given up.
func (h *Handler) resend(w http.ResponseWriter, r *request) *problem.Problem {
	var body struct {
		Site string  `json:"site"`
		ID   *string `json:"id"`
		All  *string `json:"all"`
	}
	if p := read(w, r, &body); p != nil {
		return p
	}
	switch {
	case body.Site == "":
		return wrongField("/site", "must name a site, and is missing")
	case (body.ID == nil) == (body.All == nil):
		return wrongField("", `must have either "id" or "all"`)
	case body.All != nil && *body.All != string(models.DeliveryDead):
		return wrongField("/all", `must be "dead"`)
	case body.ID != nil && *body.ID == "":
		return wrongField("/id", "must be the id of a decision")
	case len(r.user.SeenOf(h.o.Sites.All(), body.Site)) == 0:
		return h.failed(r.Request, "send again", models.ErrNotFound)
	}
	var err error
	n := 1
	if body.ID != nil {
		err = h.o.Deliveries.ResendDecision(r.Context(), r.user, body.Site, *body.ID)
	} else {
		n, err = h.o.Deliveries.ResendDead(r.Context(), r.user, body.Site)
	}
	if err != nil {
		return h.failed(r.Request, "send again", err)
	}
	return h.answer(w, r, http.StatusOK, map[string]int{"resent": n})
}
