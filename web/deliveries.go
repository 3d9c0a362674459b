package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/winnowd/winnow/models"
)

const deliveriesPath = "/deliveries"

// deliveriesPage is what has not reached the sites.
type deliveriesPage struct {
	layout
	Set   url.Values
	Site  string
	State models.DeliveryState
	Sites []string
	List  []models.DeliveryRow
	// More is where what comes next is; empty at the end.
	More string
	// Dead tells that a site is chosen, of which some were given up.
	Dead bool
}

// States are those that a delivery can be in.
func (p *deliveriesPage) States() []models.DeliveryState { return models.DeliveryStates[:] }

// In is the address of the page for another state.
func (p *deliveriesPage) In(state models.DeliveryState) string {
	q := url.Values{"state": {string(state)}}
	if p.Site != "" {
		q.Set("site", p.Site)
	}
	return withQuery(deliveriesPath, q)
}

// Back is the address of the page from its beginning.
func (p *deliveriesPage) Back() string { return p.In(p.State) }

// Path is where a delivery's comment is.
func (p *deliveriesPage) Path(d models.DeliveryRow) string { return commentPath(d.Site, d.CommentID) }

// deliveries lists what has not reached the sites that the user sees.
func (h *Handler) deliveries(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	p := &deliveriesPage{
		layout: h.page(r, "deliveries", "deliveries.title"), Set: filterValues(q, "site", "state"), Sites: h.sitesOf(r.user),
		Site: q.Get("site"), State: models.DeliveryState(q.Get("state")),
	}
	if p.State == "" {
		p.State = models.DeliveryWaiting
	}
	if !slices.Contains(models.DeliveryStates[:], p.State) {
		return &badParam{"state", "must be waiting or dead"}
	}
	f := models.DeliveryFilter{
		Sites: models.SiteIDs(r.user.SeenOf(h.o.Sites.All(), p.Site)), State: p.State, After: q.Get("after"), Limit: logPage + 1,
	}
	if p.Site != "" && len(f.Sites) == 0 {
		return models.ErrNotFound
	}
	var err error
	if p.List, err = h.o.Outbox.PageDeliveries(r.Context(), f); err != nil {
		return err
	}
	if len(p.List) > logPage {
		p.List = p.List[:logPage]
		p.More = more(deliveriesPath, p.Set, p.List[logPage-1].Cursor)
	}
	p.Dead = p.Site != "" && p.State == models.DeliveryDead && len(p.List) > 0
	if q.Get("did") == "resend" {
		p.Bar = &bar{Text: h.templates.words.text("did.resend")}
		if n, err := strconv.Atoi(q.Get("n")); err == nil && n >= 0 {
			p.Bar.Text = h.templates.words.count("did.resend-dead", n)
		}
	}
	return h.show(w, r, http.StatusOK, "deliveries", p)
}

// sendAgain has a decision delivered again, or all that were given up at a site.
func (h *Handler) sendAgain(w http.ResponseWriter, r *request) error {
	name, id := r.PostFormValue("site"), r.PostFormValue("decision")
	site := h.o.Sites.ByName(name)
	if site == nil || !r.user.Sees(site.ID) {
		return models.ErrNotFound
	}
	sent := ""
	switch {
	case r.PostFormValue("all") == string(models.DeliveryDead):
		n, err := h.o.Deliveries.ResendDead(r.Context(), r.user, name)
		if err != nil {
			return err
		}
		sent = strconv.Itoa(n)
	case id == "":
		return &badParam{"decision", "names none"}
	default:
		if err := h.o.Deliveries.ResendDecision(r.Context(), r.user, name, id); err != nil {
			return err
		}
	}
	h.seeOther(w, r, backOr(r, deliveriesPath, "did", "resend", "n", sent))
	return nil
}
