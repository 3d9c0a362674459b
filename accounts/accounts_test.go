package accounts_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/accounts"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bank is a service on a real store, with a clock that tests move.
type bank struct {
	*accounts.Service
	store *store.Store
	mu    sync.Mutex
	at    time.Time
}

func (b *bank) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at
}

func (b *bank) wait(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at = b.at.Add(d)
}

func open(t *testing.T) *bank {
	t.Helper()
	b := &bank{at: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Now: b.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b.store = s
	b.Service = accounts.New(accounts.Options{Store: s, Now: b.now, Idle: time.Hour, Longest: 5 * time.Hour})
	return b
}

const password = "correct horse"

func (b *bank) add(t *testing.T, email string) {
	t.Helper()
	if _, err := b.AddUser(t.Context(), models.NewUser{Email: email, Role: models.RoleModerator, Password: password}, models.Operator); err != nil {
		t.Fatal(err)
	}
}

func from(address string) accounts.Where { return accounts.Where{Address: address, Agent: "test"} }

func TestAPasswordBeginsASession(t *testing.T) {
	b := open(t)
	b.add(t, "Ann@Example.com ")
	cookie, u, err := b.SignIn(t.Context(), "ann@example.COM", password, from("192.0.2.1"))
	if err != nil || u.Email != "ann@example.com" {
		t.Fatalf("signed in as %+v, %v", u, err)
	}
	if u, err := b.Session(t.Context(), cookie); err != nil || u.Email != "ann@example.com" {
		t.Errorf("session of %+v, %v", u, err)
	}
	for _, wrong := range []string{"", "x", strings.Replace(cookie, cookie[:1], "!", 1), cookie + "a"} {
		if _, err := b.Session(t.Context(), wrong); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("cookie %q: %v", wrong, err)
		}
	}
	if err := b.SignOut(t.Context(), cookie); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Session(t.Context(), cookie); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("after signing out: %v", err)
	}
}

func TestASessionKeepsTheBeginningOfABrowsersName(t *testing.T) {
	b := open(t)
	b.add(t, "ann@example.com")
	for agent, want := range map[string]string{"a": "a", "a" + strings.Repeat("é", 150): "a" + strings.Repeat("é", 99), "x\xffy": "xy"} {
		_, u, err := b.SignIn(t.Context(), "ann@example.com", password, accounts.Where{Address: "192.0.2.1", Agent: agent})
		if err != nil {
			t.Fatal(err)
		}
		list, err := b.store.ListSessions(t.Context(), u.ID)
		if err != nil || !slices.ContainsFunc(list, func(s models.Session) bool { return s.Agent == want }) {
			t.Errorf("of %q: %+v, %v", agent, list, err)
		}
	}
}

func TestAWrongPasswordAndAnUnknownAddressLookAlike(t *testing.T) {
	b := open(t)
	b.add(t, "ann@example.com")
	if _, err := b.AddUser(t.Context(), models.NewUser{Email: "link@example.com", Role: models.RoleAdmin}, models.Operator); err != nil {
		t.Fatal(err)
	}
	for i, try := range [][2]string{{"ann@example.com", "wrong password"}, {"bob@example.com", password}, {"link@example.com", ""}, {"", ""}, {"ann@example.com", strings.Repeat("x", 5000)}} {
		if _, _, err := b.SignIn(t.Context(), try[0], try[1], from(fmt.Sprintf("192.0.2.%d", i))); !errors.Is(err, accounts.ErrDenied) {
			t.Errorf("%q: %v", try[0], err)
		}
	}
}

func TestSessionsExpire(t *testing.T) {
	b := open(t)
	b.add(t, "ann@example.com")
	begin := func() string {
		cookie, _, err := b.SignIn(t.Context(), "ann@example.com", password, from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		return cookie
	}
	unused := begin()
	b.wait(time.Hour + time.Second)
	if _, err := b.Session(t.Context(), unused); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("not used for an hour: %v", err)
	}
	used := begin()
	for range 5 {
		b.wait(59 * time.Minute)
		if _, err := b.Session(t.Context(), used); err != nil {
			t.Fatalf("in use: %v", err)
		}
	}
	b.wait(6 * time.Minute)
	if _, err := b.Session(t.Context(), used); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("five hours old: %v", err)
	}
}

func TestSignedOutByWhatEndsAccess(t *testing.T) {
	for what, end := range map[string]func(*bank) error{
		"another password": func(b *bank) error {
			return b.SetPassword(t.Context(), "ann@example.com", "another one", models.Operator)
		},
		"removed":    func(b *bank) error { return b.store.RemoveUser(t.Context(), "ann@example.com", models.Operator) },
		"everywhere": func(b *bank) error { return b.store.EndSessions(t.Context(), "ann@example.com", models.Operator) },
	} {
		b := open(t)
		b.add(t, "ann@example.com")
		cookie, _, err := b.SignIn(t.Context(), "ann@example.com", password, from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		link, err := b.Link(t.Context(), "ann@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if err := end(b); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if _, err := b.Session(t.Context(), cookie); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s: the session goes on: %v", what, err)
		}
		if _, _, err := b.RedeemLink(t.Context(), link, from("192.0.2.1")); !errors.Is(err, accounts.ErrLink) {
			t.Errorf("%s: the link is still good: %v", what, err)
		}
	}
}

func TestALinkSignsInOnce(t *testing.T) {
	b := open(t)
	link, err := b.AddUser(t.Context(), models.NewUser{Email: "ann@example.com", Role: models.RoleAdmin}, models.Operator)
	if err != nil || link == "" {
		t.Fatalf("link %q, %v", link, err)
	}
	cookie, u, err := b.RedeemLink(t.Context(), link, from("192.0.2.1"))
	if err != nil || u.Role != models.RoleAdmin || cookie == "" {
		t.Fatalf("redeemed: %+v, %v", u, err)
	}
	if _, _, err := b.RedeemLink(t.Context(), link, from("192.0.2.1")); !errors.Is(err, accounts.ErrLink) {
		t.Errorf("again: %v", err)
	}
	first, _ := b.Link(t.Context(), "ann@example.com")
	second, _ := b.Link(t.Context(), "ann@example.com")
	if _, _, err := b.RedeemLink(t.Context(), first, from("192.0.2.1")); !errors.Is(err, accounts.ErrLink) {
		t.Errorf("replaced: %v", err)
	}
	b.wait(accounts.LinkLife)
	if _, _, err := b.RedeemLink(t.Context(), second, from("192.0.2.1")); !errors.Is(err, accounts.ErrLink) {
		t.Errorf("a day old: %v", err)
	}
}

func TestAttemptsAreLimitedByAccountAndAddress(t *testing.T) {
	b := open(t)
	b.add(t, "ann@example.com")
	var refusal *models.Refusal
	for i := range 10 {
		if _, _, err := b.SignIn(t.Context(), "ann@example.com", "wrong password", from(fmt.Sprintf("192.0.2.%d", i))); !errors.Is(err, accounts.ErrDenied) {
			t.Fatalf("attempt %d: %v", i, err)
		}
	}
	_, _, err := b.SignIn(t.Context(), "ann@example.com", password, from("198.51.100.1"))
	if !errors.As(err, &refusal) || !errors.Is(err, models.ErrOverShare) || refusal.RetryAfter <= 0 {
		t.Fatalf("from another address, after ten: %v", err)
	}
	b.wait(15 * time.Minute)
	if _, _, err := b.SignIn(t.Context(), "ann@example.com", password, from("198.51.100.1")); err != nil {
		t.Fatalf("a quarter of an hour later: %v", err)
	}
	for i := range 30 {
		_, _, _ = b.RedeemLink(t.Context(), fmt.Sprint("guess", i), from("2001:db8::1"))
	}
	for address, refused := range map[string]bool{"2001:db8::ffff": true, "2001:db8:0:1::1": false} {
		if _, _, err := b.SignIn(t.Context(), "ann@example.com", password, from(address)); errors.Is(err, models.ErrOverShare) != refused {
			t.Errorf("from %s, after thirty from its network: %v", address, err)
		}
	}
}

// Whoever gets in has not failed: typing errors before do not count on, and any number of
// people may sign in from one address.
func TestWhatSucceedsIsNoFailedAttempt(t *testing.T) {
	b := open(t)
	b.add(t, "ann@example.com")
	for n := range 9 {
		if _, _, err := b.SignIn(t.Context(), "ann@example.com", "wrong", from(fmt.Sprintf("192.0.2.%d", n))); !errors.Is(err, accounts.ErrDenied) {
			t.Fatalf("wrong password, %d: %v", n, err)
		}
	}
	for n := range 2 {
		if _, _, err := b.SignIn(t.Context(), "ann@example.com", password, from("198.51.100.1")); err != nil {
			t.Errorf("right password, %d: %v", n, err)
		}
	}
	for n := range 40 {
		link, err := b.Link(t.Context(), "ann@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.RedeemLink(t.Context(), link, from("198.51.100.2")); err != nil {
			t.Fatalf("link %d: %v", n, err)
		}
	}
}

func TestTokens(t *testing.T) {
	b := open(t)
	b.add(t, "ann@example.com")
	token, err := b.Token(t.Context(), "ann@example.com", models.Operator)
	if err != nil || !strings.HasPrefix(token, "wu_") {
		t.Fatalf("token %q, %v", token, err)
	}
	if u, err := b.ByToken(t.Context(), token); err != nil || u.Email != "ann@example.com" {
		t.Errorf("user %+v, %v", u, err)
	}
	if _, err := b.store.RevokeTokens(t.Context(), "ann@example.com", models.Operator); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ByToken(t.Context(), token); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("revoked: %v", err)
	}
}

func TestUsersWithoutSenseAreRefused(t *testing.T) {
	b := open(t)
	for what, u := range map[string]models.NewUser{
		"no address":     {Email: "ann", Role: models.RoleAdmin},
		"unknown role":   {Email: "ann@example.com", Role: "owner"},
		"limited admin":  {Email: "ann@example.com", Role: models.RoleAdmin, Sites: []string{"blog"}},
		"short password": {Email: "ann@example.com", Role: models.RoleAdmin, Password: "1234567"},
		"long password":  {Email: "ann@example.com", Role: models.RoleAdmin, Password: strings.Repeat("x", 1025)},
	} {
		if _, err := b.AddUser(t.Context(), u, models.Operator); !errors.Is(err, models.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := b.AddUser(t.Context(), models.NewUser{Email: "a@b", Role: models.RoleModerator, Sites: []string{"nowhere"}}, models.Operator); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("unknown site: %v", err)
	}
	b.add(t, "ann@example.com")
	if _, err := b.AddUser(t.Context(), models.NewUser{Email: "ANN@example.com", Role: models.RoleAdmin}, models.Operator); !errors.Is(err, models.ErrConflict) {
		t.Errorf("twice: %v", err)
	}
	admin := models.RoleAdmin
	moderator := models.RoleModerator
	if err := b.store.SetUser(t.Context(), "ann@example.com", models.UserChange{Role: &admin}, models.Operator); err != nil {
		t.Fatal(err)
	}
	if err := b.store.SetUser(t.Context(), "ann@example.com", models.UserChange{Role: &moderator}, models.Operator); !errors.Is(err, models.ErrConflict) {
		t.Errorf("no admin left: %v", err)
	}
}

func TestAUserOfARemovedSiteSeesNothing(t *testing.T) {
	b := open(t)
	if _, err := b.store.AddSite(t.Context(), models.Site{Name: "blog"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.AddUser(t.Context(), models.NewUser{Email: "a@b", Role: models.RoleModerator, Sites: []string{"blog"}, Password: password}, models.Operator); err != nil {
		t.Fatal(err)
	}
	u, _, err := b.store.UserByEmail(t.Context(), "a@b")
	if err != nil || len(u.SiteIDs) != 1 || !u.Sees(u.SiteIDs[0]) || u.Sees(u.SiteIDs[0]+1) {
		t.Fatalf("user %+v, %v", u, err)
	}
	id := u.SiteIDs[0]
	if _, err := b.store.RemoveSite(t.Context(), "blog"); err != nil {
		t.Fatal(err)
	}
	if u, _, err = b.store.UserByEmail(t.Context(), "a@b"); err != nil || u.Sees(id) || u.Sees(id+1) {
		t.Errorf("user %+v, %v", u, err)
	}
}

func TestAFloodOfSignInsWaitsItsTurn(t *testing.T) {
	b := open(t)
	b.add(t, "ann@example.com")
	ctx, cancel := context.WithCancel(t.Context())
	var flood sync.WaitGroup
	for i := range 16 {
		flood.Go(func() {
			_, _, _ = b.SignIn(ctx, fmt.Sprintf("u%d@example.com", i), "wrong password", from(fmt.Sprintf("192.0.2.%d", i)))
		})
	}
	if _, _, err := b.SignIn(t.Context(), "ann@example.com", password, from("198.51.100.1")); err != nil && !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("among others: %v", err)
	}
	cancel()
	flood.Wait()
}

func TestCookiesTravelEncryptedOrNotAtAll(t *testing.T) {
	read := func(base string, c accounts.Cookies) (set *http.Cookie, back string) {
		t.Helper()
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.Set(w, r, "secret", time.Hour)
			back = c.Read(r)
		})
		srv := httptest.NewServer(h)
		defer srv.Close()
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		req.Header.Set("Cookie", base+"=stolen")
		res, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.Cookies()[0], back
	}
	plain, back := read("winnow", accounts.Cookies{})
	if plain.Name != "winnow" || plain.Secure || !plain.HttpOnly || plain.SameSite != http.SameSiteLaxMode || back != "stolen" {
		t.Errorf("on loopback: %v, read %q", plain, back)
	}
	https := accounts.Cookies{PublicURL: "https://w.example"}
	if secure, back := read("__Host-winnow", https); secure.Name != "__Host-winnow" || !secure.Secure || back != "stolen" {
		t.Errorf("behind https: %v, read %q", secure, back)
	}
	if _, back := read("winnow", https); back != "" {
		t.Errorf("the plain cookie was taken behind https: %q", back)
	}
	elsewhere := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://192.0.2.1/", nil)
	elsewhere.AddCookie(&http.Cookie{Name: "winnow", Value: "stolen"})
	if err := (accounts.Cookies{}).Check(elsewhere); !errors.Is(err, accounts.ErrPlain) {
		t.Errorf("in the clear: %v", err)
	}
	if back := (accounts.Cookies{}).Read(elsewhere); back != "" {
		t.Errorf("in the clear: read %q", back)
	}
}

func TestRequestsOfOtherSitesAreTold(t *testing.T) {
	c := accounts.Cookies{PublicURL: "https://w.example/"}
	for _, tt := range []struct {
		method, fetch, origin string
		refused, lenient      bool
	}{
		{"POST", "", "", false, false},
		{"POST", "same-origin", "http://inside:8080", false, false},
		{"POST", "same-origin", "https://w.example", false, false},
		{"POST", "none", "", false, false},
		{"POST", "cross-site", "", true, true},
		{"POST", "same-site", "", true, true},
		{"POST", "", "https://evil.example", true, true},
		{"POST", "", "null", true, true},
		{"POST", "", "//://inside:8080", true, true},
		{"POST", "same-origin", "https://evil.example", true, true},
		{"GET", "cross-site", "", true, false},
		{"HEAD", "", "https://evil.example", true, false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), tt.method, "http://inside:8080/", nil)
		if tt.fetch != "" {
			r.Header.Set("Sec-Fetch-Site", tt.fetch)
		}
		if tt.origin != "" {
			r.Header.Set("Origin", tt.origin)
		}
		if got := c.SameOrigin(r, false) != nil; got != tt.refused {
			t.Errorf("%+v: refused %v", tt, got)
		}
		if got := c.SameOrigin(r, true) != nil; got != tt.lenient {
			t.Errorf("%+v: refused among pages %v", tt, got)
		}
	}
}
