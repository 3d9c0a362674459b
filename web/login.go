package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/winnowd/winnow/models"
)

// loginPage signs in, by password or by a link for one use.
type loginPage struct {
	layout
	// Link is the secret of the link that was followed; empty for none.
	Link string
	// Next is the page to go on with.
	Next, Email string
	// Alert says what went wrong; Refused that nobody can sign in here at all.
	Alert   string
	Refused bool
}

func (h *Handler) loginPage(r *request) *loginPage {
	p := &loginPage{layout: h.page(r, "", "login.title"), Next: local(r.FormValue("next"), "/"), Link: r.FormValue("token")}
	p.User = nil
	if err := h.o.Browser.Check(r.Request); err != nil {
		p.Alert, p.Refused = err.Error(), true
	}
	return p
}

// login shows the form. A link is not used up by looking at it, because programs that
// look after mail and chat follow links.
func (h *Handler) login(w http.ResponseWriter, r *request) error {
	p := h.loginPage(r)
	if r.user != nil && p.Link == "" {
		h.seeOther(w, r, p.Next)
		return nil
	}
	if p.Refused {
		return h.show(w, r, http.StatusForbidden, "login", p)
	}
	return h.show(w, r, http.StatusOK, "login", p)
}

// signIn begins a session.
func (h *Handler) signIn(w http.ResponseWriter, r *request) error {
	p := h.loginPage(r)
	if p.Refused {
		return h.show(w, r, http.StatusForbidden, "login", p)
	}
	p.Email = r.PostFormValue("email")
	var cookie string
	var err error
	wrong := "login.wrong"
	if p.Link != "" {
		wrong = "login.link-over"
		cookie, _, err = h.o.Accounts.RedeemLink(r.Request, p.Link)
	} else {
		cookie, _, err = h.o.Accounts.SignIn(r.Request, p.Email, r.PostFormValue("password"))
	}
	var refusal *models.Refusal
	status := http.StatusUnauthorized
	switch {
	case err == nil:
		h.o.Browser.Set(w, r.Request, cookie, h.o.SessionLife)
		h.seeOther(w, r, p.Next)
		return nil
	case errors.As(err, &refusal):
		status = http.StatusServiceUnavailable
		if errors.Is(err, models.ErrOverShare) {
			status = http.StatusTooManyRequests
		}
		wait := max(time.Second, refusal.RetryAfter)
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)))
		p.Alert = h.templates.words.text("login.later", int(wait/time.Minute)+1)
	case errors.Is(err, models.ErrNotFound):
		p.Alert, p.Link = h.templates.words.text(wrong), ""
	default:
		return err
	}
	return h.show(w, r, status, "login", p)
}

// signOut ends the session.
func (h *Handler) signOut(w http.ResponseWriter, r *request) error {
	if err := h.o.Accounts.SignOut(r.Context(), h.o.Browser.Read(r.Request)); err != nil {
		return err
	}
	h.o.Browser.Clear(w, r.Request)
	h.seeOther(w, r, "/login")
	return nil
}

// accountPage is what users see of themselves.
type accountPage struct {
	layout
	Sessions []models.Session
}

func (h *Handler) account(w http.ResponseWriter, r *request) error {
	p := &accountPage{layout: h.page(r, "account", "account.title")}
	var err error
	if p.Sessions, err = h.o.Sessions.ListSessions(r.Context(), r.user.ID); err != nil {
		return err
	}
	return h.show(w, r, http.StatusOK, "account", p)
}

// signOutEverywhere ends all sessions of the user, this one too.
func (h *Handler) signOutEverywhere(w http.ResponseWriter, r *request) error {
	if err := h.o.Sessions.EndSessions(r.Context(), r.user.Email, r.user.Actor()); err != nil {
		return err
	}
	h.o.Browser.Clear(w, r.Request)
	h.seeOther(w, r, "/login")
	return nil
}

// withQuery is a path with a query, if there is one.
func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
