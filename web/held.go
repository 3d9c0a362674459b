package web

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/winnowd/winnow/models"
)

// pageSize is how many comments one page of a list has.
const pageSize = 30

// listPage is a list of comments: those that are held, or all.
type listPage struct {
	layout
	Listing listing
	Query   models.CommentQuery
	Cards   []*card
	// More is the address of what comes next; empty at the end.
	More string
	// Total counts all that are listed, -1 if that is not known; Look and Spam those of
	// the lanes.
	Total, Look, Spam int
	// Reached is how far was looked, if that ended for the time it took.
	Reached time.Time
	// Sites are those that the user may see, Rules those that there are.
	Sites []string
	Rules []string
	// Problem says what is wrong with the filter.
	Problem string
}

// Held tells that the list is that of what is held.
func (p *listPage) Held() bool { return p.Listing.path == heldPath }

// Orders are those that the list can have.
func (p *listPage) Orders() []models.Order {
	if p.Held() {
		return models.Orders[:]
	}
	return models.Orders[:2]
}

// Order is the one that the list has.
func (p *listPage) Order() models.Order { return cmp.Or(p.Query.Order, models.Newest) }

// Actions are the decisions that comments are listed by.
func (p *listPage) Actions() []models.Action { return models.Actions[:] }

// BulkPath is where all that match are decided.
func (p *listPage) BulkPath() string { return withQuery(heldPath+"/bulk", p.Listing.values) }

// held lists what is held.
func (h *Handler) held(w http.ResponseWriter, r *request) error {
	return h.list(w, r, heldPath, "held.title")
}

// comments lists comments by what was decided.
func (h *Handler) comments(w http.ResponseWriter, r *request) error {
	return h.list(w, r, commentsPath, "comments.title")
}

func (h *Handler) list(w http.ResponseWriter, r *request, path, title string) error {
	q := r.URL.Query()
	p := &listPage{layout: h.page(r, path[1:], title), Listing: readListing(path, q), Total: -1}
	p.Live, p.Sites, p.Rules = true, h.sitesOf(r.user), h.o.Rules()
	p.Bar = h.barOf(r, p.Listing.With())
	var err error
	p.Query, err = p.Listing.query()
	if err == nil {
		p.Query.After, p.Query.Limit = q.Get("after"), pageSize
		err = h.fill(r, p)
	}
	status := http.StatusOK
	if errors.Is(err, models.ErrInvalid) {
		p.Problem, status = h.told(err), http.StatusBadRequest
	} else if err != nil {
		return err
	}
	if r.part {
		return h.showPart(w, r, status, "cards", p)
	}
	return h.show(w, r, status, "list", p)
}

// fill reads what the page lists.
func (h *Handler) fill(r *request, p *listPage) error {
	p.Query.Lanes = !r.part && p.Held()
	found, err := h.o.Desk.List(r.Context(), r.user, p.Query)
	if err != nil {
		return err
	}
	back := p.Listing.With()
	for i := range found.Comments {
		l := &found.Comments[i]
		p.Cards = append(p.Cards, h.card(l.Revision, l.Decision, l.History, back, r.user))
	}
	p.Total, p.Look, p.Spam = found.Total, found.Look, found.Spam
	if found.More {
		p.More, p.Reached = p.Listing.With("after", found.Cursor), found.Reached
	}
	return nil
}

// sitesOf gives the names of the sites that a user may see.
func (h *Handler) sitesOf(u *models.User) []string {
	var names []string
	for _, s := range u.SeenOf(h.o.Sites.All(), "") {
		names = append(names, s.Name)
	}
	return names
}
