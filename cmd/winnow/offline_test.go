package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

func TestCommandsWithoutADaemon(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a dir?with%41 #odd & "+strings.Repeat("long", 30))
	creds := good[models.Credentials](t, dir, "site", "add", "blog", "--url", "https://blog.example")
	if creds.Name != "blog" || !strings.HasPrefix(creds.Key, "wk_") || !strings.HasPrefix(creds.Secret, "whsec_") || len(creds.AkismetKey) != 12 {
		t.Errorf("credentials: %+v", creds)
	}
	if s := good[models.Site](t, dir, "site", "show"); s.Name != "blog" || s.URL != "https://blog.example" || !s.Enabled || s.CreatedAt.IsZero() {
		t.Errorf("the only site is shown without its name: %+v", s)
	}
	if s := good[setSite](t, dir, "site", "set", "--callback", "http://127.0.0.1/x", "--allow-private-callback", "--disable"); s.Callback != "http://127.0.0.1/x" || !s.AllowPrivateCallback || s.Enabled || s.URL == "" {
		t.Errorf("set: %+v", s)
	}
	if s := good[models.Site](t, dir, "site", "set", "--callback=", "--allow-private-callback=false", "--enable"); s.Callback != "" || s.AllowPrivateCallback || !s.Enabled {
		t.Errorf("set back: %+v", s)
	}
	for _, c := range []struct {
		flags        string
		hold, reject any
	}{
		{"--hold-above 0.7", 0.7, nil}, {"--reject-above 0.99", 0.7, 0.99}, {"--hold-above default --reject-above 0", nil, 0.0},
		{"--hold-above=0.6 --reject-above=default", 0.6, nil}, {"--hold-above default", nil, nil},
	} {
		s := good[models.Site](t, dir, append([]string{"site", "set"}, strings.Fields(c.flags)...)...)
		for _, v := range []struct {
			got  *float64
			want any
		}{{s.Cutoffs.HoldAbove, c.hold}, {s.Cutoffs.RejectAbove, c.reject}} {
			if (v.got == nil) != (v.want == nil) || v.got != nil && *v.got != v.want {
				t.Errorf("%s: cut-offs %+v, want %v and %v", c.flags, s.Cutoffs, c.hold, c.reject)
			}
		}
	}
	bad(t, dir, 1, "invalid", "reject from 0.3: must be 0 (never), or at least the 0.5 from which comments are held", "site", "set", "--reject-above", "0.3")
	fresh := good[models.Credentials](t, dir, "site", "rotate", "--secret", "--akismet")
	if fresh.Key != "" || fresh.Secret == "" || fresh.Secret == creds.Secret || fresh.AkismetKey == creds.AkismetKey {
		t.Errorf("rotated: %+v", fresh)
	}
	good[models.Credentials](t, dir, "site", "add", "two")
	bad(t, dir, 2, "usage", "which site? Give a NAME: blog, two", "site", "show")
	if list := good[[]models.Site](t, dir, "site", "list"); len(list) != 2 || list[0].Name != "blog" {
		t.Errorf("list: %+v", list)
	}
	if list := good[[]store.Waiting](t, dir, "queue", "list", "--site", "two"); list == nil || len(list) != 0 {
		t.Errorf("an empty queue is %v, want []", list)
	}
	type removal struct {
		Name   string `json:"name"`
		Purged bool   `json:"purged"`
		Held   int    `json:"held"`
	}
	if r := good[removal](t, dir, "site", "remove", "two"); r != (removal{"two", false, 0}) {
		t.Errorf("remove: %+v", r)
	}
	for range 2 { // a purge may be asked for again
		if r := good[removal](t, dir, "site", "remove", "two", "--purge"); r != (removal{"two", true, 0}) {
			t.Errorf("purge: %+v", r)
		}
	}
	bad(t, dir, 1, "conflict", "names are never used again", "site", "add", "two")
	bad(t, dir, 1, "conflict", `there is a site "blog" already`, "site", "add", "blog")
}

func TestVersion(t *testing.T) {
	v := good[map[string]string](t, t.TempDir(), "version")
	if v["version"] != version || v["commit"] == "" || !strings.HasPrefix(v["goversion"], "go") || len(v) != 3 {
		t.Errorf("got %v", v)
	}
	if a, b := winnowEnv(t, nil, "--version"), winnowEnv(t, nil, "version"); a != b || a.code != 0 {
		t.Errorf("--version: %+v, version: %+v", a, b)
	}
}

func TestCommandsOnADirectoryWithoutAWinnow(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	for _, line := range []string{
		"site list", "site show", "site show x", "site set --disable", "site set x --disable", "site rotate --key", "site remove x",
		"site remove x --purge", "queue list", "queue list --site x", "queue retry", "queue retry --site x",
	} {
		bad(t, dir, 1, "not-found", "there is no winnow in "+dir, strings.Fields(line)...)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("commands that fail made the directory: %v", err)
	}
}

func TestWhatIsNotThereIsAnError(t *testing.T) {
	dir := t.TempDir()
	good[models.Credentials](t, dir, "site", "add", "blog")
	for _, line := range []string{
		"site show nosuch", "site set nosuch --disable", "site rotate nosuch --key", "site remove nosuch",
		"site remove nosuch --purge", "queue list --site nosuch", "queue retry --site nosuch", "queue retry --comment nosuch",
		"policy check nosuch.yaml", "config check --config nosuch.yaml", "site list --config nosuch.yaml",
	} {
		bad(t, dir, 1, "not-found", "nosuch", strings.Fields(line)...)
	}
}

func TestCommandsAtTheSameTimeTakeTurns(t *testing.T) {
	dir := t.TempDir()
	names := []string{"a", "b", "c", "d", "e", "f"}
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() {
			if o := winnow(t, dir, "site", "add", name); o.code != 0 {
				t.Errorf("site add %s: %s", name, o.err)
			}
		})
	}
	wg.Wait()
	var got []string
	for _, s := range good[[]models.Site](t, dir, "site", "list") {
		got = append(got, s.Name)
	}
	if !slices.Equal(got, names) {
		t.Errorf("got %v", got)
	}
}

func TestASecondOwnerIsRefused(t *testing.T) {
	dir := t.TempDir()
	lock, err := control.Acquire(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Release() }()
	bad(t, dir, 1, "conflict", "stop that one, or choose another directory", "serve")
}

func TestADatabaseThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct {
		spoil   func(t *testing.T, path string)
		message string
	}{
		"damaged": {func(t *testing.T, path string) { write(t, path, strings.Repeat("x", 8192)) }, "is damaged"},
		"newer": {func(t *testing.T, path string) {
			db, err := sql.Open("sqlite3", path)
			if err == nil {
				_, err = db.ExecContext(t.Context(), "PRAGMA user_version = 99")
			}
			if err = errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
		}, "install that version"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			good[models.Credentials](t, dir, "site", "add", "blog")
			c.spoil(t, filepath.Join(dir, store.FileName))
			for _, line := range []string{"site list", "site add x", "queue list"} {
				bad(t, dir, 1, "internal", c.message, strings.Fields(line)...)
			}
		})
	}
}

func TestAFileInPlaceOfTheDataDirectory(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "file"), "")
	for _, line := range []string{"site list", "site add x", "serve"} {
		bad(t, path, 1, "internal", "must be a directory", strings.Fields(line)...)
	}
}

func TestSomebodyElsesDirectory(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := t.TempDir()
	good[models.Credentials](t, dir, "site", "add", "blog")
	if err := os.Chmod(dir, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	for _, line := range []string{"site list", "site add x"} {
		bad(t, dir, 1, "forbidden", "look at the permissions of", strings.Fields(line)...)
	}
}
