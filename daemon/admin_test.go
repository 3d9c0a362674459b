package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

func TestARemovedSiteIsRefusedEvenIfItsPurgeBreaksOff(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.AddSite(t.Context(), models.Site{Name: "blog"}); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	var acted []string
	a := admin{store: s, by: models.Operator, changed: func(ctx context.Context, forgotten bool) error {
		leave() // the command goes away once the site is removed
		acted = append(acted, fmt.Sprint(forgotten))
		return ctx.Err()
	}}
	if _, err := a.RemoveSite(ctx, "blog", true); !errors.Is(err, context.Canceled) {
		t.Errorf("a purge without its command: %v, want that it broke off", err)
	}
	if want := []string{"false", "true"}; !slices.Equal(acted, want) {
		t.Errorf("acted %v, want %v: on the removal before the purge, and on what was purged", acted, want)
	}
	if _, err := a.RemoveSite(t.Context(), "blog", true); err != nil {
		t.Errorf("asked for again: %v", err)
	}
	if _, err := a.RemoveSite(t.Context(), "nosuch", true); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("unknown site: %v", err)
	}
}

func TestACommandDoesNotWaitForeverForAnOwnerThatDoesNotAnswer(t *testing.T) {
	cfg := configs.Default()
	cfg.DataDir = t.TempDir()
	lock, err := control.Acquire(cfg.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Release() }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := OpenAdmin(ctx, cfg); !errors.Is(err, control.ErrHeld) || !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// Commands are run as root where the daemon is not: what they make must be its user's.
func TestWhatRootMakesBelongsToTheOwnerOfTheDirectory(t *testing.T) {
	cfg := testConfig(ownedDir(t))
	backup := filepath.Join(t.TempDir(), "backup")
	a, end, err := OpenAdmin(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.AddSite(t.Context(), models.Site{Name: "blog"})
	if err == nil {
		_, err = a.Backup(t.Context(), backup, false)
	}
	if err := errors.Join(err, end()); err != nil {
		t.Fatal(err)
	}
	ofOwner(t, cfg.DataDir, "winnow.db", "winnow.key", "winnow.lock")

	policy := filepath.Join(cfg.DataDir, "policy.yaml")
	if err := os.WriteFile(policy, []byte("rules: []\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Restore(t.Context(), cfg, backup)
	if err != nil {
		t.Fatal(err)
	}
	ofOwner(t, cfg.DataDir, "winnow.db", "winnow.key", "winnow.lock", filepath.Base(r.Aside))
	if info, err := os.Stat(policy); err != nil || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
		t.Errorf("a file that the operator wrote: %+v, %v", info, err)
	}
}

func TestWhatADaemonOfRootMakesBelongsToTheOwnerOfTheDirectory(t *testing.T) {
	cfg := testConfig(ownedDir(t))
	d := start(t, cfg, "")
	ofOwner(t, cfg.DataDir, "winnow.db", "winnow.db-wal", "winnow.key", "winnow.lock")
	d.post(t, "c-1", "A comment")
	d.feed(t, d.site(t, "default"), 1)
	if a, err := d.ask(t.Context(), http.MethodPost, "/v1/comments/c-1/label", map[string]any{"label": "ham"}); err != nil || a.code != http.StatusOK {
		t.Fatalf("label: %+v, %v", a, err)
	}
	d.end(t)
	ofOwner(t, cfg.DataDir, "winnow.db", "winnow.key", "winnow.lock", ModelFile)
}

// ownedDir is a directory of another user's, if this one may make it so.
func ownedDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 54321, 54321); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// ofOwner asserts that files belong to whom their directory belongs to.
func ofOwner(t *testing.T, dir string, names ...string) {
	t.Helper()
	owner, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, err := os.Lstat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := f.Sys().(*syscall.Stat_t), owner.Sys().(*syscall.Stat_t); got.Uid != want.Uid || got.Gid != want.Gid {
			t.Errorf("%s belongs to %d:%d, its directory to %d:%d", name, got.Uid, got.Gid, want.Uid, want.Gid)
		}
	}
}
