package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/winnowd/winnow/models"
)

const usersPath = "/users"

// usersPage is what admins see of the users.
type usersPage struct {
	layout
	Users []*models.User
	Sites []string
	// Link or Token was just made for For, to be shown this once.
	For, Link, Token string
}

// Roles are those that there are.
func (p *usersPage) Roles() []models.Role { return models.Roles[:] }

// UserPath is where a user is changed.
func (p *usersPage) UserPath(email string) string { return usersPath + "/" + url.PathEscape(email) }

// Limits are the two ways to see sites, as words of a form.
func (p *usersPage) Limits() []string { return []string{seesAll, seesSome} }

// Sees tells that a user sees sites in one of the two ways.
func (p *usersPage) Sees(u *models.User, limit string) bool { return u.Limited == (limit == seesSome) }

// Has tells that a user is limited to some sites and a site is one of them.
func (p *usersPage) Has(u *models.User, site string) bool { return slices.Contains(u.Sites, site) }

func (h *Handler) showUsers(w http.ResponseWriter, r *request, p *usersPage) (err error) {
	p.layout, p.Sites = h.page(r, "users", "users.title"), h.sitesOf(r.user)
	if p.Users, err = h.o.Users.Users(r.Context()); err != nil {
		return err
	}
	switch key := r.URL.Query().Get("did"); key {
	case "set", "remove", "revoke":
		p.Bar = &bar{Text: h.templates.words.text("did.user-" + key)}
	}
	return h.show(w, r, http.StatusOK, "users", p)
}

// users lists the users.
func (h *Handler) users(w http.ResponseWriter, r *request) error {
	return h.showUsers(w, r, &usersPage{})
}

// The ways to see sites.
const (
	seesAll  = "all"
	seesSome = "some"
)

// seen reads which sites a user is to see. The way must be said: an empty list of sites
// could mean either.
func (h *Handler) seen(r *request) (models.Seen, error) {
	sees := models.Seen{Sites: append([]string{}, r.PostForm["site"]...)}
	switch r.PostFormValue("sees") {
	case seesAll:
		if sees.All = len(sees.Sites) == 0; !sees.All {
			return sees, &badParam{"site", "error.all-and-some"}
		}
	case seesSome:
	default:
		return sees, &badParam{"sees", "error.all-or-some"}
	}
	return sees, nil
}

// addUser adds a user and shows the link by which the user signs in, this once.
func (h *Handler) addUser(w http.ResponseWriter, r *request) error {
	sees, err := h.seen(r)
	if err != nil {
		return err
	}
	if !sees.All && len(sees.Sites) == 0 {
		return &badParam{"site", "error.no-site"}
	}
	u := models.NewUser{
		Email: models.NormalEmail(r.PostFormValue("email")), Role: models.Role(r.PostFormValue("role")), Sites: sees.Sites,
	}
	if err := u.Check(); err != nil {
		return err
	}
	link, err := h.o.Admin(r.user.Actor()).AddUser(r.Context(), u)
	if err != nil {
		return err
	}
	return h.showUsers(w, r, &usersPage{For: u.Email, Link: link})
}

// setUser changes what a user may do. One that is limited to no site sees nothing.
func (h *Handler) setUser(w http.ResponseWriter, r *request) error {
	sees, err := h.seen(r)
	if err != nil {
		return err
	}
	role := models.Role(r.PostFormValue("role"))
	if err := models.CheckRole(role, !sees.All); err != nil {
		return err
	}
	c := models.UserChange{Role: &role, Sees: &sees}
	if err := h.o.Admin(r.user.Actor()).SetUser(r.Context(), models.NormalEmail(r.id), c); err != nil {
		return err
	}
	h.seeOther(w, r, usersPath+"?did=set")
	return nil
}

// removeUser removes a user, if the form says so twice.
func (h *Handler) removeUser(w http.ResponseWriter, r *request) error {
	if r.PostFormValue("sure") == "" {
		return &badParam{"sure", "error.not-sure"}
	}
	if err := h.o.Admin(r.user.Actor()).RemoveUser(r.Context(), r.id); err != nil {
		return err
	}
	h.seeOther(w, r, usersPath+"?did=remove")
	return nil
}

// linkUser makes another link for one use and shows it, this once.
func (h *Handler) linkUser(w http.ResponseWriter, r *request) error {
	link, err := h.o.Admin(r.user.Actor()).SetPassword(r.Context(), models.NormalEmail(r.id), "")
	if err != nil {
		return err
	}
	return h.showUsers(w, r, &usersPage{For: r.id, Link: link})
}

// addToken makes an API token and shows it, this once.
func (h *Handler) addToken(w http.ResponseWriter, r *request) error {
	token, err := h.o.Admin(r.user.Actor()).AddToken(r.Context(), models.NormalEmail(r.id))
	if err != nil {
		return err
	}
	return h.showUsers(w, r, &usersPage{For: r.id, Token: token})
}

// revokeTokens has no token of a user work any more.
func (h *Handler) revokeTokens(w http.ResponseWriter, r *request) error {
	if _, err := h.o.Admin(r.user.Actor()).RevokeTokens(r.Context(), r.id); err != nil {
		return err
	}
	h.seeOther(w, r, usersPath+"?did=revoke")
	return nil
}
