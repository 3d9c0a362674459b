package trials

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// book is a policy whose replays do what a test wants.
type book struct {
	replay Replay
	refuse error
	write  func(models.Draft, models.Actor) (bool, error)
}

func (b *book) Draft(a models.Addition) (models.Draft, Replay, error) {
	return models.Draft{Addition: a, Name: string(a.Kind), Version: "with " + a.Value}, b.replay, b.refuse
}

func (b *book) Write(_ context.Context, d models.Draft, by models.Actor) (bool, error) {
	return b.write(d, by)
}

func (b *book) InForce(d models.Draft) bool { return d.Value == "in force" }

type sites map[string]*models.Site

func (s sites) ByName(name string) *models.Site { return s[name] }

var (
	admin    = &models.User{ID: 1, Email: "admin@example.com", Role: models.RoleAdmin}
	all      = &models.User{ID: 2, Email: "all@example.com", Role: models.RoleModerator}
	limited  = &models.User{ID: 3, Email: "blog@example.com", Role: models.RoleModerator, Limited: true, SiteIDs: []int64{7}}
	stranger = &models.User{ID: 4, Email: "shop@example.com", Role: models.RoleModerator, Limited: true, SiteIDs: []int64{8}}
)

// service makes one that is closed with the test. In a bubble of synctest it must be closed
// before the bubble ends.
func service(b *book) *Service {
	return New(Options{Policy: b, Sites: sites{"blog": {ID: 7, Name: "blog"}, "shop": {ID: 8, Name: "shop"}}, Logger: slog.New(slog.DiscardHandler)})
}

// at once replays three decisions.
func atOnce(_ context.Context, _ time.Time, progress func(int)) (*models.BacktestResult, error) {
	progress(2)
	return &models.BacktestResult{Replayed: 3}, nil
}

// forever replays until it is stopped.
func forever(ctx context.Context, _ time.Time, progress func(int)) (*models.BacktestResult, error) {
	progress(5)
	progress(4) // of another goroutine, later
	<-ctx.Done()
	return nil, ctx.Err()
}

func begin(t *testing.T, s *Service, u *models.User, value string) models.Trial {
	t.Helper()
	trial, err := s.Begin(u, models.Addition{Kind: models.BlockPhrase, Value: value, Site: "blog"})
	if err != nil {
		t.Fatal(err)
	}
	return trial
}

func TestATrialShowsItsResultToThoseWhoMaySeeIt(t *testing.T) {
	s := service(&book{replay: atOnce})
	defer s.Close()
	begun := begin(t, s, limited, "  in \n force ")
	if begun.Draft.Value != "in force" {
		t.Errorf("tries %q", begun.Draft.Value)
	}
	for _, u := range []*models.User{limited, admin} {
		got, err := s.Trial(t.Context(), u, begun.ID)
		if err != nil || got.State != models.TrialDone || got.Result.Replayed != 3 || got.Replayed != 3 || !got.InForce || got.By != limited.Actor() {
			t.Errorf("%s: %+v, %v", u.Email, got, err)
		}
	}
	for _, u := range []*models.User{all, stranger} {
		if _, err := s.Trial(t.Context(), u, begun.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s: %v", u.Email, err)
		}
		if err := s.Stop(u, begun.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s stops it: %v", u.Email, err)
		}
	}
	moved := *limited
	moved.SiteIDs = []int64{8}
	if _, err := s.Trial(t.Context(), &moved, begun.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("who may not see the site any more: %v", err)
	}
}

func TestRulesAreTriedWhereTheUserSeesEverything(t *testing.T) {
	s := service(&book{replay: atOnce})
	defer s.Close()
	for _, c := range []struct {
		u    *models.User
		site string
		want error
	}{{admin, "", nil}, {all, "", nil}, {all, "shop", nil}, {limited, "blog", nil}, {limited, "shop", models.ErrNotFound}, {limited, "", models.ErrNotFound}, {admin, "nowhere", models.ErrNotFound}} {
		_, err := s.Begin(c.u, models.Addition{Kind: models.BlockHost, Value: "x.example", Site: c.site})
		if !errors.Is(err, c.want) {
			t.Errorf("%s at %q: %v", c.u.Email, c.site, err)
		}
	}
	refused := service(&book{refuse: models.ErrInvalid})
	defer refused.Close()
	if _, err := refused.Begin(admin, models.Addition{}); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestOneTrialRunsAtATimeAndEachUserHasOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service(&book{replay: forever})
		defer s.Close()
		first := begin(t, s, admin, "a")
		synctest.Wait()
		second := begin(t, s, limited, "b")
		synctest.Wait()
		state := func(id string) models.Trial {
			got, err := s.Trial(t.Context(), admin, id)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if a, b := state(first.ID), state(second.ID); a.State != models.TrialRunning || a.Replayed != 5 || b.State != models.TrialWaiting {
			t.Errorf("%+v\n%+v", a, b)
		}
		third := begin(t, s, admin, "c")
		synctest.Wait()
		if a := state(first.ID); a.State != models.TrialStopped {
			t.Errorf("the first goes on: %+v", a)
		}
		if err := s.Stop(limited, second.ID); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if b, c := state(second.ID), state(third.ID); b.State != models.TrialStopped || c.State != models.TrialRunning {
			t.Errorf("%+v\n%+v", b, c)
		}
	})
}

func TestTrialsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := service(&book{replay: atOnce})
		defer s.Close()
		old := begin(t, s, admin, "a")
		synctest.Wait()
		time.Sleep(kept + time.Second)
		if _, err := s.Trial(t.Context(), admin, old.ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("after an hour: %v", err)
		}
		for i := range maxKept + 50 {
			begin(t, s, admin, fmt.Sprint(i))
			synctest.Wait()
		}
		if len(s.trials) != maxKept {
			t.Errorf("%d are kept", len(s.trials))
		}
	})
}

func TestTooManyTrialsAreRefused(t *testing.T) {
	s := service(&book{replay: forever})
	defer s.Close()
	for i := range maxWaiting {
		begin(t, s, &models.User{ID: int64(100 + i)}, "a")
	}
	if _, err := s.Begin(admin, models.Addition{Site: "blog"}); !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	s.Close()
	if _, err := s.Begin(admin, models.Addition{Site: "blog"}); !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("after the end: %v", err)
	}
}

func TestARuleIsWrittenOnceByAdminsAsItWasTried(t *testing.T) {
	broken := errors.New("no room")
	var wrote []string
	var fault error
	b := &book{replay: atOnce, write: func(d models.Draft, by models.Actor) (bool, error) {
		wrote = append(wrote, d.Value+" by "+by.Name)
		return fault == nil || errors.Is(fault, broken), fault
	}}
	s := service(b)
	defer s.Close()
	trial := begin(t, s, limited, "a")
	if _, err := s.Trial(t.Context(), limited, trial.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(t.Context(), limited, trial.ID, trial.Draft.Version); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a moderator: %v", err)
	}
	if _, err := s.Write(t.Context(), admin, trial.ID, "another"); !errors.Is(err, models.ErrConflict) {
		t.Errorf("another version: %v", err)
	}
	fault = models.ErrConflict
	if got, err := s.Write(t.Context(), admin, trial.ID, trial.Draft.Version); !errors.Is(err, fault) || !got.Written.IsZero() {
		t.Errorf("refused: %+v %v", got, err)
	}
	fault = broken
	if got, err := s.Write(t.Context(), admin, trial.ID, trial.Draft.Version); !errors.Is(err, broken) || got.Written.IsZero() {
		t.Errorf("written, and something failed: %+v %v", got, err)
	}
	if _, err := s.Write(t.Context(), admin, trial.ID, trial.Draft.Version); !errors.Is(err, models.ErrConflict) || !strings.Contains(err.Error(), "already") {
		t.Errorf("again: %v", err)
	}
	if got := strings.Join(wrote, ", "); got != "a by admin@example.com, a by admin@example.com" {
		t.Errorf("wrote %s", got)
	}
	b.replay = func(context.Context, time.Time, func(int)) (*models.BacktestResult, error) { return nil, broken }
	failed := begin(t, s, admin, "b")
	if got, err := s.Trial(t.Context(), admin, failed.ID); err != nil || got.State != models.TrialFailed {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := s.Write(t.Context(), admin, failed.ID, failed.Draft.Version); !errors.Is(err, models.ErrConflict) {
		t.Errorf("not tried to the end: %v", err)
	}
}
