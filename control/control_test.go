package control

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// record is an Admin that remembers what it was asked.
type record struct {
	entries []models.HistoryEntry
	calls   []string
	err     error
}

func (r *record) note(format string, args ...any) error {
	r.calls = append(r.calls, fmt.Sprintf(format, args...))
	return r.err
}

func (r *record) AddSite(_ context.Context, s models.Site) (models.Credentials, error) {
	return models.Credentials{Name: s.Name, Key: "wk_1"}, r.note("add %s %s %v", s.Name, s.URL, s.AllowPrivateCallback)
}

func (r *record) SetSite(_ context.Context, name string, c models.SiteChange) error {
	return r.note("set %s url=%v callback=%v private=%v enabled=%v", name, given(c.URL), given(c.Callback), given(c.AllowPrivateCallback), given(c.Enabled))
}

// given shows what a change says of a field.
func given[T any](v *T) string {
	if v == nil {
		return "-"
	}
	return fmt.Sprintf("<%v>", *v)
}

func (r *record) RotateCredential(_ context.Context, name string, kind models.CredentialKind, now bool) (string, error) {
	return "new", r.note("rotate %s %s %v", name, kind, now)
}

func (r *record) RemoveSite(_ context.Context, name string, purge bool) (int, error) {
	return 7, r.note("remove %s %v", name, purge)
}

func (r *record) Retry(_ context.Context, site, comment string) (int, error) {
	return 3, r.note("retry %s %s", site, comment)
}

func serve(t *testing.T, dir string, admin Admin) *Client {
	t.Helper()
	s, err := Serve(dir, admin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestRequestsReachTheOwner(t *testing.T) {
	r := &record{}
	c := serve(t, t.TempDir(), r)
	yes, no, nothing := true, false, ""
	creds, err := c.AddSite(t.Context(), models.Site{Name: "blog", URL: "https://b.example", AllowPrivateCallback: true})
	if err != nil || creds.Key != "wk_1" {
		t.Errorf("add: %+v, %v", creds, err)
	}
	if err := c.SetSite(t.Context(), "blog", models.SiteChange{Callback: &nothing, AllowPrivateCallback: &no, Enabled: &yes}); err != nil {
		t.Error(err)
	}
	if v, err := c.RotateCredential(t.Context(), "blog", models.KeyCredential, true); err != nil || v != "new" {
		t.Errorf("rotate: %q, %v", v, err)
	}
	if n, err := c.RemoveSite(t.Context(), "blog", true); err != nil || n != 7 {
		t.Errorf("remove: %d, %v", n, err)
	}
	if n, err := c.Retry(t.Context(), "blog", "c-1"); err != nil || n != 3 {
		t.Errorf("retry: %d, %v", n, err)
	}
	want := "add blog https://b.example true|set blog url=- callback=<> private=<false> enabled=<true>|rotate blog key true|remove blog true|retry blog c-1"
	if got := strings.Join(r.calls, "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestErrorsKeepTheirKind(t *testing.T) {
	r := &record{}
	c := serve(t, t.TempDir(), r)
	for _, kind := range []error{models.ErrNotFound, models.ErrConflict, models.ErrInvalid, models.ErrUnavailable} {
		r.err = fmt.Errorf("site %q: %w", "blog", kind)
		_, err := c.RemoveSite(t.Context(), "blog", false)
		if !errors.Is(err, kind) || err.Error() != r.err.Error() {
			t.Errorf("got %v, want %v", err, r.err)
		}
	}
	r.err = errors.New("disk on fire")
	if _, err := c.RemoveSite(t.Context(), "blog", false); err == nil || err.Error() != "disk on fire" {
		t.Errorf("got %v", err)
	}
}

func TestAnErrorOfSeveralKindsIsAlwaysOfTheSame(t *testing.T) {
	for range 50 {
		if f := toFailed(errors.Join(models.ErrUnavailable, models.ErrInvalid, models.ErrConflict)); f.Kind != "conflict" {
			t.Fatalf("it is %q", f.Kind)
		}
	}
}

// patient is an Admin that works on a request until the request ends, or longer.
type patient struct {
	record
	begun, letGo chan struct{}
	stubborn     bool
}

func (p *patient) Retry(ctx context.Context, _, _ string) (int, error) {
	close(p.begun)
	<-ctx.Done()
	if p.stubborn {
		<-p.letGo
	}
	return 0, ctx.Err()
}

// under has a command under way, and gives what it is answered.
func (p *patient) under(t *testing.T) (s *Server, answered <-chan error) {
	t.Helper()
	p.begun, p.letGo = make(chan struct{}), make(chan struct{})
	dir := t.TempDir()
	s, err := Serve(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	s.patience = time.Millisecond
	c, err := Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	asked := make(chan error, 1)
	go func() {
		_, err := c.Retry(context.Background(), "", "")
		asked <- err
	}()
	<-p.begun
	return s, asked
}

func TestClosingHasWhatTakesLongEnd(t *testing.T) {
	s, answered := new(patient).under(t)
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("Close returned %v", err)
	}
	if err := <-answered; !errors.Is(err, models.ErrUnavailable) || err.Error() != errStopping.Error() {
		t.Errorf("the command got %v", err)
	}
}

func TestClosingWaitsNoLongerThanItMay(t *testing.T) {
	p := &patient{stubborn: true}
	s, answered := p.under(t)
	defer close(p.letGo)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close returned %v", err)
	}
	if err := <-answered; err == nil {
		t.Error("the command got an answer")
	}
}

func TestALongPathStillHasASocket(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c := serve(t, dir, &record{})
	if _, err := c.Retry(t.Context(), "", ""); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "winnow.sock"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v", info.Mode(), err)
	}
}

func TestDialFailsAtOnceWhereNobodyServes(t *testing.T) {
	dir := t.TempDir()
	if _, err := Dial(t.Context(), dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want an error of the missing socket", err)
	}
}

func TestOneOwnerAtATime(t *testing.T) {
	dir := t.TempDir()
	lock, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Acquire(dir); !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("second owner: %v; want ErrHeld that names process %d", err, os.Getpid())
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Release()
}

func (r *record) AddUser(_ context.Context, u models.NewUser) (string, error) {
	return "http://x/login?token=1", r.note("user %s %s %v %s", u.Email, u.Role, u.Sites, u.Password)
}

func (r *record) SetPassword(_ context.Context, email, password string) (string, error) {
	return "http://x/login?token=2", r.note("passwd %s %s", email, password)
}

func (r *record) AddToken(_ context.Context, email string) (string, error) {
	return "wu_1", r.note("token %s", email)
}

func (r *record) RevokeTokens(_ context.Context, email string) (int64, error) {
	return 2, r.note("revoke %s", email)
}

func (r *record) RemoveUser(_ context.Context, email string) error {
	return r.note("remove user %s", email)
}

func TestRequestsAboutUsersReachTheOwner(t *testing.T) {
	r := &record{}
	c := serve(t, t.TempDir(), r)
	if url, err := c.AddUser(t.Context(), models.NewUser{Email: "a@b", Role: models.RoleModerator, Sites: []string{"blog"}, Password: "pw"}); err != nil || url != "http://x/login?token=1" {
		t.Errorf("add: %q, %v", url, err)
	}
	if url, err := c.SetPassword(t.Context(), "a@b", ""); err != nil || url != "http://x/login?token=2" {
		t.Errorf("passwd: %q, %v", url, err)
	}
	if token, err := c.AddToken(t.Context(), "a@b"); err != nil || token != "wu_1" {
		t.Errorf("token: %q, %v", token, err)
	}
	if n, err := c.RevokeTokens(t.Context(), "a@b"); err != nil || n != 2 {
		t.Errorf("revoke: %d, %v", n, err)
	}
	if err := c.RemoveUser(t.Context(), "a@b"); err != nil {
		t.Error(err)
	}
	want := "user a@b moderator [blog] pw|passwd a@b |token a@b|revoke a@b|remove user a@b"
	if got := strings.Join(r.calls, "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
