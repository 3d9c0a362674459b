package main

import (
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestUsersBesideADaemonAndWithoutOne(t *testing.T) {
	dir := t.TempDir()
	d := serve(t, dir)
	if d.first.LoginURL == "" || !strings.HasPrefix(d.first.LoginURL, d.base+"/login?token=") || d.first.Role != models.RoleAdmin {
		t.Errorf("first start: %+v", d.first)
	}
	walk := func(email string) {
		t.Helper()
		added := good[struct {
			Email    string `json:"email"`
			Role     string `json:"role"`
			LoginURL string `json:"login_url"`
		}](t, dir, "user", "add", email, "--site", "default")
		if added.Email != email || added.Role != "moderator" || !strings.Contains(added.LoginURL, "/login?token=") {
			t.Errorf("added %+v", added)
		}
		token := good[struct {
			Email string `json:"email"`
			Token string `json:"token"`
		}](t, dir, "user", "token", email)
		if !strings.HasPrefix(token.Token, "wu_") {
			t.Errorf("token %+v", token)
		}
		users := good[[]models.User](t, dir, "user", "list")
		if len(users) != 2 || users[1].Email != email || len(users[1].Sites) != 1 {
			t.Errorf("users %+v", users)
		}
		if link := good[struct {
			Email    string `json:"email"`
			LoginURL string `json:"login_url"`
		}](t, dir, "user", "passwd", email); link.LoginURL == added.LoginURL {
			t.Error("the same link again")
		}
		if n := good[struct {
			Email   string `json:"email"`
			Revoked int    `json:"revoked"`
		}](t, dir, "user", "token", email, "--revoke"); n.Revoked != 1 {
			t.Errorf("revoked %+v", n)
		}
		good[struct {
			Email string `json:"email"`
		}](t, dir, "user", "remove", email)
		if users := good[[]models.User](t, dir, "user", "list"); len(users) != 1 {
			t.Errorf("after removal: %+v", users)
		}
	}
	walk("zoe@example.com")
	if o := d.stop(); o.code != 0 {
		t.Fatalf("stop: %+v", o)
	}
	walk("zoe@example.com")
}
