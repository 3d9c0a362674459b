package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/winnowd/winnow/models"
)

// route is a page, or something that a form does.
type route struct {
	method, pattern string
	codes           []int
	// open is for people who are not signed in, too; admin for admins alone.
	open, admin bool
	serve       func(*Handler, http.ResponseWriter, *request) error
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

func routes() []route {
	return []route{
		{method: get, pattern: "/assets/{name}", codes: []int{200, 404}, open: true, serve: (*Handler).asset},
		{method: get, pattern: "/login", codes: []int{200, 303, 403}, open: true, serve: (*Handler).login},
		{method: post, pattern: "/login", codes: []int{303, 401, 403, 429, 503}, open: true, serve: (*Handler).signIn},
		{method: post, pattern: "/logout", codes: []int{303}, serve: (*Handler).signOut},
		{method: get, pattern: "/account", codes: []int{200}, serve: (*Handler).account},
		{method: post, pattern: "/account/sign-out", codes: []int{303}, serve: (*Handler).signOutEverywhere},
		{method: get, pattern: "/", codes: []int{200, 400, 404}, serve: (*Handler).overview},
		{method: get, pattern: "/audit", codes: []int{200, 400, 404}, serve: (*Handler).audit},
		{method: get, pattern: "/deliveries", codes: []int{200, 400, 404}, serve: (*Handler).deliveries},
		{method: post, pattern: "/deliveries/resend", codes: []int{303, 400, 404, 409}, serve: (*Handler).sendAgain},
		{method: get, pattern: "/sites", codes: []int{200, 404}, admin: true, serve: (*Handler).sites},
		{method: post, pattern: "/sites", codes: []int{200, 400, 404, 409}, admin: true, serve: (*Handler).addSite},
		{method: post, pattern: "/sites/{site}/set", codes: []int{303, 400, 404}, admin: true, serve: (*Handler).setSite},
		{method: post, pattern: "/sites/{site}/cutoffs", codes: []int{303, 400, 404}, admin: true, serve: (*Handler).setCutoffs},
		{method: post, pattern: "/sites/{site}/remove", codes: []int{303, 400, 404, 409}, admin: true, serve: (*Handler).removeSite},
		{method: post, pattern: "/sites/{site}/rotate", codes: []int{200, 400, 404}, admin: true, serve: (*Handler).rotate},
		{method: post, pattern: "/sites/{site}/test", codes: []int{200, 404, 409}, admin: true, serve: (*Handler).ping},
		{method: get, pattern: "/users", codes: []int{200, 404}, admin: true, serve: (*Handler).users},
		{method: post, pattern: "/users", codes: []int{200, 400, 404, 409}, admin: true, serve: (*Handler).addUser},
		{method: post, pattern: "/users/{id}/set", codes: []int{303, 400, 404, 409}, admin: true, serve: (*Handler).setUser},
		{method: post, pattern: "/users/{id}/remove", codes: []int{303, 400, 404, 409}, admin: true, serve: (*Handler).removeUser},
		{method: post, pattern: "/users/{id}/link", codes: []int{200, 404}, admin: true, serve: (*Handler).linkUser},
		{method: post, pattern: "/users/{id}/token", codes: []int{200, 404}, admin: true, serve: (*Handler).addToken},
		{method: post, pattern: "/users/{id}/revoke", codes: []int{303, 404}, admin: true, serve: (*Handler).revokeTokens},
		{method: get, pattern: "/held", codes: []int{200, 400}, serve: (*Handler).held},
		{method: get, pattern: "/comments", codes: []int{200, 400}, serve: (*Handler).comments},
		{method: get, pattern: "/comments/{site}/{id}", codes: []int{200, 404}, serve: (*Handler).comment},
		{method: post, pattern: "/comments/{site}/{id}/decide", codes: []int{200, 303, 404, 409}, serve: (*Handler).decide},
		{method: get, pattern: "/comments/{site}/{id}/text", codes: []int{200, 404}, serve: (*Handler).text},
		{method: post, pattern: "/comments/{site}/{id}/resend", codes: []int{303, 404, 409}, serve: (*Handler).resend},
		{method: get, pattern: "/comments/{site}/{id}/rule", codes: []int{200, 404}, serve: (*Handler).rule},
		{method: post, pattern: "/comments/{site}/{id}/rule", codes: []int{303, 400, 404, 409, 503}, serve: (*Handler).tryRule},
		{method: get, pattern: "/trials/{id}", codes: []int{200, 404}, serve: (*Handler).trial},
		{method: post, pattern: "/trials/{id}/stop", codes: []int{303, 404}, serve: (*Handler).stopTrial},
		{method: post, pattern: "/trials/{id}/write", codes: []int{303, 404, 409}, admin: true, serve: (*Handler).writeRule},
		{method: get, pattern: "/held/bulk", codes: []int{200, 400}, serve: (*Handler).askBulk},
		{method: post, pattern: "/bulk", codes: []int{200, 303, 400, 404}, serve: (*Handler).bulk},
		{method: get, pattern: "/jobs/{id}", codes: []int{200, 404}, serve: (*Handler).job},
		{method: post, pattern: "/undo", codes: []int{200, 303, 404, 409}, serve: (*Handler).undo},
	}
}

// Route is one path and method that a Handler answers.
type Route struct {
	Pattern, Method string
	// Codes are the statuses that it is answered with.
	Codes []int
	// Open tells that one need not be signed in, Admin that only admins may.
	Open, Admin bool
}

// unknown is the pattern of paths that there are not.
const unknown = "/{unknown}"

// Routes lists what a Handler answers. HEAD is answered wherever GET is.
func Routes() []Route {
	list := []Route{{Pattern: unknown, Method: get, Codes: []int{303, 404}}}
	for _, rt := range routes() {
		codes := rt.codes
		if !rt.open {
			codes = append([]int{303, 403}, codes...)
		}
		list = append(list, Route{rt.pattern, rt.method, codes, rt.open, rt.admin})
	}
	return list
}

// request is one with who asks, and what its path names.
type request struct {
	*http.Request
	// user is nil if nobody is signed in, which only open routes see.
	user           *models.User
	site, id, name string
	// part tells that the page's script asks, for what has changed.
	part bool
}

// maxForm bounds a form, in bytes.
const maxForm = 512 << 10

// ServeHTTP answers a request for a page.
func (h *Handler) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	secure(w.Header())
	r := &request{Request: hr, part: hr.Header.Get("HX-Request") == "true"}
	rt, allowed := h.find(r)
	hr.Pattern = unknown
	if rt != nil {
		hr.Pattern = rt.pattern
	}
	err := h.o.Browser.SameOrigin(hr, true)
	if err != nil {
		h.refuse(w, r, http.StatusForbidden, "error.cross-site")
		return
	}
	if err := h.who(r); err != nil {
		h.failed(w, r, err)
		return
	}
	switch {
	case r.user == nil && (rt == nil || !rt.open):
		h.toLogin(w, r)
		return
	case rt == nil && len(allowed) > 0:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		h.refuse(w, r, http.StatusMethodNotAllowed, "error.method")
		return
	case rt == nil, rt.admin && r.user.Role != models.RoleAdmin:
		h.failed(w, r, models.ErrNotFound)
		return
	}
	if r.Method == http.MethodPost {
		hr.Body = http.MaxBytesReader(w, hr.Body, maxForm)
		if err := hr.ParseForm(); err != nil {
			h.refuse(w, r, http.StatusBadRequest, "error.form")
			return
		}
	}
	if err := rt.serve(h, w, r); err != nil {
		h.failed(w, r, err)
	}
}

// who finds the user of the session.
func (h *Handler) who(r *request) error {
	cookie := h.o.Browser.Read(r.Request)
	if cookie == "" {
		return nil
	}
	u, err := h.o.Accounts.Session(r.Context(), cookie)
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	r.user = u
	return err
}

// find finds the route of a request, or the methods that its path allows.
func (h *Handler) find(r *request) (found *route, allowed []string) {
	path := strings.Split(r.URL.EscapedPath(), "/")
	for i := range h.routes {
		rt := &h.routes[i]
		if !r.matches(strings.Split(rt.pattern, "/"), path) {
			continue
		}
		if r.Method == rt.method || r.Method == http.MethodHead && rt.method == get {
			return rt, nil
		}
		allowed = append(allowed, rt.method)
		if rt.method == get {
			allowed = append(allowed, http.MethodHead)
		}
	}
	return nil, allowed
}

// matches compares a path, as it was escaped, with a pattern, and takes what it names.
func (r *request) matches(pattern, path []string) bool {
	if len(pattern) != len(path) {
		return false
	}
	r.site, r.id, r.name = "", "", ""
	for i, part := range pattern {
		if !strings.HasPrefix(part, "{") {
			if part != path[i] {
				return false
			}
			continue
		}
		value, err := url.PathUnescape(path[i])
		if err != nil || value == "" {
			return false
		}
		switch part {
		case "{site}":
			r.site = value
		case "{id}":
			r.id = value
		default:
			r.name = value
		}
	}
	return true
}

// secure sets the headers of every page.
func secure(header http.Header) {
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	header.Set("Referrer-Policy", "same-origin") // less would make the Origin of forms null
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	header.Set("Cache-Control", "no-store")
}

// toLogin sends a browser to the sign-in page, and from there back to where it is.
func (h *Handler) toLogin(w http.ResponseWriter, r *request) {
	to := "/login"
	if at := local(r.shown(), "/"); at != "/" {
		to += "?next=" + url.QueryEscape(at)
	}
	h.seeOther(w, r, to)
}

// shown is the page that the browser asks for or, where it asks for a part of one or sends
// a form, that it shows.
func (r *request) shown() string {
	var at string
	switch {
	case r.part:
		at = r.Header.Get("HX-Current-URL")
	case r.Method == get || r.Method == http.MethodHead:
		return r.URL.RequestURI()
	default:
		at = r.Referer()
	}
	u, err := url.Parse(at)
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

// seeOther goes on with another page. The script is told by a header, because a redirect
// would be followed out of its sight.
func (h *Handler) seeOther(w http.ResponseWriter, r *request, to string) {
	if r.part {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusOK)
		return
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// local gives a path of ours that a form or a link names, or another one: never one that
// leads elsewhere.
func local(to, otherwise string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") ||
		strings.ContainsAny(to, "\\\r\n\t") {
		return otherwise
	}
	return to
}
