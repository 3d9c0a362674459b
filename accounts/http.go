package accounts

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// The names of the cookie. Browsers take the first only over HTTPS, for this host
// alone and all its paths.
const (
	secureCookie = "__Host-winnow"
	plainCookie  = "winnow"
)

// ErrPlain tells why nobody can sign in by an address.
var ErrPlain = errors.New("signing in is refused here because this connection is not encrypted: " +
	"put winnow behind HTTPS and set server.public_url to its https address, or use http://127.0.0.1 on the machine itself")

// Cookies makes and reads the cookie of a session. PublicURL is where people reach
// winnow, if that is not where it listens; empty if unsaid.
type Cookies struct{ PublicURL string }

// Secure tells whether people reach winnow by HTTPS.
func (c Cookies) Secure(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(strings.ToLower(c.PublicURL), "https://")
}

// Check returns ErrPlain if the cookie of a session would travel in the clear.
func (c Cookies) Check(r *http.Request) error {
	if c.Secure(r) || onLoopback(r) {
		return nil
	}
	return ErrPlain
}

// onLoopback tells whether a request reached winnow without leaving the machine.
func onLoopback(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	at, err := netip.ParseAddrPort(local.String())
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// Set hands the secret of a session to the browser.
func (c Cookies) Set(w http.ResponseWriter, r *http.Request, value string, life time.Duration) {
	http.SetCookie(w, c.cookie(r, value, int(life/time.Second)))
}

// Clear takes it away.
func (c Cookies) Clear(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, c.cookie(r, "", -1))
}

func (c Cookies) cookie(r *http.Request, value string, age int) *http.Cookie {
	name := plainCookie
	if c.Secure(r) {
		name = secureCookie
	}
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: c.Secure(r), SameSite: http.SameSiteLaxMode,
	}
}

// Read gives the secret that a browser sent; empty if none, or by a connection that it
// should not have travelled by.
func (c Cookies) Read(r *http.Request) string {
	if c.Check(r) != nil {
		return ""
	}
	name := plainCookie
	if c.Secure(r) {
		name = secureCookie
	}
	v, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return v.Value
}

// SameOrigin returns ErrCrossSite for a request that another site made a browser send.
// With unsafeOnly it lets requests through that change nothing, so that links from
// elsewhere work.
func (c Cookies) SameOrigin(r *http.Request, unsafeOnly bool) error {
	if unsafeOnly && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return nil
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return c.originMatches(r)
	}
	return ErrCrossSite
}

// ErrCrossSite tells that another site made a browser send a request.
var ErrCrossSite = errors.New("the request comes from another site")

// originMatches compares the Origin, where there is one, with the host that was asked
// and with that of the public address.
func (c Cookies) originMatches(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return nil
	}
	scheme, host, _ := strings.Cut(origin, "://")
	web := strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")
	if web && strings.EqualFold(host, r.Host) || strings.EqualFold(origin, strings.TrimRight(c.PublicURL, "/")) {
		return nil
	}
	return ErrCrossSite
}
