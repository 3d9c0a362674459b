package daemon

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// stream opens the stream of events and gives what is sent, line by line; the channel is
// closed at its end.
func (i *instance) stream(t *testing.T, header, value string) <-chan string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+i.Addr()+"/v1/moderation/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(header, value)
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("events: %d", res.StatusCode)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		defer res.Body.Close()
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// until waits for a line that contains a text.
func until(t *testing.T, lines <-chan string, text string) {
	t.Helper()
	for end := time.After(limit); ; {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("the stream ended before %q", text)
			}
			if strings.Contains(line, text) {
				return
			}
		case <-end:
			t.Fatalf("no %q", text)
		}
	}
}

func TestAStreamOfEventsEndsSoonAfterItsUserMayNotSeeItAnyMore(t *testing.T) {
	ctx := context.Background()
	for name, lose := range map[string]func(i *instance, ann *visitor) error{
		"removed": func(i *instance, _ *visitor) error {
			return i.admin(models.Operator).RemoveUser(ctx, "ann@example.com")
		},
		"other sites":  func(i *instance, _ *visitor) error { return i.limitTo(ctx, "ann@example.com", "other") },
		"another role": func(i *instance, _ *visitor) error { return i.promote(ctx, "ann@example.com") },
		"signed out":   func(i *instance, ann *visitor) error { return i.accounts.SignOut(ctx, ann.cookie) },
		"new password": func(i *instance, _ *visitor) error {
			return i.accounts.SetPassword(ctx, "ann@example.com", "another horse", models.Operator)
		},
		"token, revoked": func(i *instance, _ *visitor) error {
			_, err := i.admin(models.Operator).RevokeTokens(ctx, "ann@example.com")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := twoSites(t)
			ann := i.visitor(t, "ann@example.com", models.RoleModerator, "default")
			header, value := "Cookie", "winnow="+ann.cookie
			if strings.HasPrefix(name, "token") {
				token, err := i.accounts.Token(ctx, "ann@example.com", models.Operator)
				if err != nil {
					t.Fatal(err)
				}
				header, value = "Authorization", "Bearer "+token
			}
			lines := i.stream(t, header, value)
			until(t, lines, "retry:")
			i.post(t, "before", linked)
			until(t, lines, `"before"`)
			if err := lose(i, ann); err != nil {
				t.Fatal(err)
			}
			n := 0
			eventually(t, "the stream ends", func() bool {
				n++
				i.post(t, fmt.Sprint("after-", n), linked)
				for {
					select {
					case _, open := <-lines:
						if !open {
							return true
						}
					default:
						return false
					}
				}
			})
		})
	}
}

func TestWhoMayNotSeeASiteAnyMoreUndoesNothingThere(t *testing.T) {
	i := twoSites(t)
	ann := i.visitor(t, "ann@example.com", models.RoleModerator, "default")
	_, _, to := ann.ask("POST", "/comments/default/secret/decide", url.Values{"verdict": {"spam"}, "sequence": {"1"}})
	_, act, _ := strings.Cut(to, "done=")
	if act == "" {
		t.Fatalf("decided, and sent to %q", to)
	}
	act, _, _ = strings.Cut(act, "&")
	if err := i.limitTo(t.Context(), "ann@example.com", "other"); err != nil {
		t.Fatal(err)
	}
	for _, form := range []url.Values{{}, {"action": {act}}} {
		if status, body, _ := ann.ask("POST", "/undo", form); status != http.StatusNotFound {
			t.Errorf("undo %v: %d %s", form, status, body)
		}
	}
	if got := i.decisions(t, "secret"); got != 2 {
		t.Errorf("the comment has %d decisions, want 2", got)
	}
}

// decisions counts those of a comment of the first site.
func (i *instance) decisions(t *testing.T, id string) int {
	t.Helper()
	page, err := i.store.Page(t.Context(), i.site(t, "default"), id)
	if err != nil {
		t.Fatal(err)
	}
	return len(page.Decisions)
}

// limitTo lets a user see one site only, promote makes an admin of a user.
func (i *instance) limitTo(ctx context.Context, email, site string) error {
	return i.admin(models.Operator).SetUser(ctx, email, models.UserChange{Sees: &models.Seen{Sites: []string{site}}})
}

func (i *instance) promote(ctx context.Context, email string) error {
	role := models.RoleAdmin
	return i.admin(models.Operator).SetUser(ctx, email, models.UserChange{Role: &role, Sees: &models.Seen{All: true}})
}
