// Package desk is the moderation API, /v1/moderation: what programs, and the moderator
// page's script, do in a moderator's name.
//
// Who asks is told by a user's API token (Authorization: Bearer wu_...) or by the cookie
// of a session. It is looked at before anything else: without it every path is answered
// 401, those that exist and those that do not alike, and with the key of a site 403. A
// request that another site made a browser send is answered 403. A moderator who is
// limited to sites is answered about others as if they were not there.
package desk

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// Accounts tells who asks.
type Accounts interface {
	// ByToken and Session return models.ErrNotFound if there is no such user.
	ByToken(ctx context.Context, token string) (*models.User, error)
	Session(ctx context.Context, cookie string) (*models.User, error)
}

// Browser reads what browsers send.
type Browser interface {
	// Read gives the cookie of a session, empty for none.
	Read(r *http.Request) string
	// SameOrigin returns an error for a request that another site made a browser send.
	SameOrigin(r *http.Request, unsafeOnly bool) error
}

// Sites finds sites.
type Sites interface {
	ByName(name string) *models.Site
	All() []*models.Site
	ByKey(key string) (*models.Site, bool)
}

// Options are what a Handler is made of; all are needed.
type Options struct {
	Service  Service
	Accounts Accounts
	Browser  Browser
	Sites    Sites
	Board    Board
	Outbox   Outbox
	// Deliveries act in the name of a user.
	Deliveries Deliveries
	// Stopping is closed when the daemon stops: event streams end.
	Stopping <-chan struct{}
	Logger   *slog.Logger
}

// Handler answers requests below /v1/moderation. It may be used by any number of
// goroutines.
type Handler struct{ o Options }

// New makes a handler.
func New(o Options) *Handler { return &Handler{o} }

// base is what the paths begin with.
const base = "/v1/moderation"

// endpoint answers one method of one path.
type endpoint struct {
	method, pattern string
	codes           []int
	serve           func(h *Handler, w http.ResponseWriter, r *request) *problem.Problem
}

func endpoints() []endpoint {
	return []endpoint{
		{http.MethodGet, base + "/me", []int{200, 401, 403, 500, 503}, (*Handler).me},
		{http.MethodGet, base + "/held", []int{200, 400, 401, 403, 404, 500, 503}, (*Handler).held},
		{http.MethodGet, base + "/comments", []int{200, 400, 401, 403, 404, 500, 503}, (*Handler).comments},
		{http.MethodGet, base + "/comments/{site}/{id}", []int{200, 401, 403, 404, 500, 503}, (*Handler).comment},
		{http.MethodPost, base + "/comments/{site}/{id}/decision", []int{200, 400, 401, 403, 404, 409, 413, 415, 422, 500, 503}, (*Handler).decide},
		{http.MethodPost, base + "/comments/{site}/{id}/look", []int{200, 400, 401, 403, 404, 413, 415, 422, 500, 503}, (*Handler).look},
		{http.MethodPost, base + "/undo", []int{200, 202, 400, 401, 403, 404, 409, 413, 415, 422, 500, 503}, (*Handler).undo},
		{http.MethodPost, base + "/bulk", []int{202, 400, 401, 403, 404, 413, 415, 422, 500, 503}, (*Handler).bulk},
		{http.MethodGet, base + "/jobs/{id}", []int{200, 401, 403, 404, 500, 503}, (*Handler).job},
		{http.MethodGet, base + "/overview", []int{200, 400, 401, 403, 404, 500, 503}, (*Handler).overview},
		{http.MethodGet, base + "/audit", []int{200, 400, 401, 403, 404, 500, 503}, (*Handler).audit},
		{http.MethodGet, base + "/deliveries", []int{200, 400, 401, 403, 404, 500, 503}, (*Handler).deliveries},
		{http.MethodPost, base + "/deliveries/resend", []int{200, 400, 401, 403, 404, 409, 413, 415, 422, 500, 503}, (*Handler).resend},
		{http.MethodGet, base + "/events", []int{200, 401, 403, 500, 503}, (*Handler).events},
	}
}

// Route is one path and method that a Handler answers.
type Route struct {
	Pattern, Method string
	// Codes are the statuses that it is answered with.
	Codes []int
}

// Routes lists what a Handler answers. HEAD is answered wherever GET is.
func Routes() []Route {
	var list []Route
	for _, e := range endpoints() {
		list = append(list, Route{e.pattern, e.method, e.codes})
	}
	return list
}

// request is one that is known to come from a user.
type request struct {
	*http.Request
	user *models.User
	// site and id are those of the path.
	site, id string
}

// ServeHTTP answers a request for a path below /v1/moderation.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Pattern = base + "/"
	user, p := h.authenticate(r)
	if p == nil {
		p = h.route(w, &request{Request: r, user: user})
	}
	if p != nil {
		problem.Write(w, p)
	}
}

func (h *Handler) route(w http.ResponseWriter, r *request) *problem.Problem {
	path := strings.Split(r.URL.EscapedPath(), "/")
	var allowed []string
	for _, e := range endpoints() {
		if !r.matches(strings.Split(e.pattern, "/"), path) {
			continue
		}
		r.Pattern = e.pattern
		if r.Method == e.method || r.Method == http.MethodHead && e.method == http.MethodGet {
			return e.serve(h, w, r)
		}
		allowed = append(allowed, e.method)
		if e.method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	if len(allowed) > 0 {
		allow := strings.Join(allowed, ", ")
		return problem.New(problem.MethodNotAllowed, "the methods allowed here: "+allow).WithHeader("Allow", allow)
	}
	return problem.New(problem.NotFound, "there is nothing at this path")
}

// matches compares a path, as it was escaped, with a pattern, and takes what it names.
func (r *request) matches(pattern, path []string) bool {
	if len(pattern) != len(path) {
		return false
	}
	r.site, r.id = "", ""
	for i, part := range pattern {
		value, err := url.PathUnescape(path[i])
		switch {
		case err != nil:
			return false
		case part == "{site}":
			r.site = value
		case part == "{id}":
			r.id = value
		case part != path[i]:
			return false
		}
		if value == "" && strings.HasPrefix(part, "{") {
			return false
		}
	}
	return true
}

const challenge = `Bearer realm="winnow moderation"`

// authenticate finds who asks.
func (h *Handler) authenticate(r *http.Request) (*models.User, *problem.Problem) {
	if err := h.o.Browser.SameOrigin(r, false); err != nil {
		return nil, problem.New(problem.Forbidden, err.Error())
	}
	var user *models.User
	var err error
	if values := r.Header["Authorization"]; len(values) > 0 {
		scheme, token, ok := strings.Cut(values[0], " ")
		token = strings.Trim(token, " ")
		if len(values) != 1 || !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
			return nil, unauthorized("the Authorization header must be one, of the form: Bearer wu_...", challenge)
		}
		if _, ok := h.o.Sites.ByKey(token); ok {
			return nil, problem.New(problem.Forbidden, "a site's key does not moderate: use the API token of a user, wu_...")
		}
		user, err = h.o.Accounts.ByToken(r.Context(), token)
		if errors.Is(err, models.ErrNotFound) {
			return nil, unauthorized("the token is not one of a user, or not any more", challenge+`, error="invalid_token"`)
		}
	} else {
		cookie := h.o.Browser.Read(r)
		if cookie == "" {
			return nil, unauthorized("sign in, or send a user's API token as Authorization: Bearer wu_...", challenge)
		}
		user, err = h.o.Accounts.Session(r.Context(), cookie)
		if errors.Is(err, models.ErrNotFound) {
			return nil, unauthorized("the session is over: sign in again", challenge)
		}
	}
	if err != nil {
		return nil, h.failed(r, "find out who asks", err)
	}
	return user, nil
}

func unauthorized(detail, challenge string) *problem.Problem {
	return problem.New(problem.Unauthorized, detail).WithHeader("WWW-Authenticate", challenge)
}
