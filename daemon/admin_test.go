package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
