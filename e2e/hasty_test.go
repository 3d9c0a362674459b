package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
)

// hasty is the variable of the environment that makes the test's own binary a daemon
// that delivers as winnow does, but loses patience sooner.
const hasty = "WINNOW_E2E_HASTY"

// hastyTimeout bounds a call of a callback.
const hastyTimeout = 2 * time.Second

// hastySchedule has waits that grow like the real ones, much shorter, and many more of
// them, so that nothing dies of a receiver that is mostly ill.
func hastySchedule() []time.Duration {
	waits := make([]time.Duration, 200)
	for i := range waits {
		waits[i] = min(10*time.Millisecond<<min(i, 10), 300*time.Millisecond)
	}
	return waits
}

// launchHasty is launch for a hasty daemon.
func launchHasty(t *testing.T, dir string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return launch(t, self, dir, "env", hasty+"=1")
}

// serveHastily is `winnow serve` with the flags that launch gives; it returns the exit
// code.
func serveHastily(args []string) int {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	cfg := configs.Default()
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	flags.StringVar(&cfg.DataDir, "data-dir", "", "")
	flags.StringVar(&cfg.Server.Listen, "listen", "", "")
	flags.StringVar(&cfg.Server.MetricsListen, "metrics-listen", "", "")
	flags.String("log-format", "", "")
	flags.Bool("json", false, "")
	_ = flags.Parse(args[1:]) // it exits
	if err := serveUntilTold(cfg, log); err != nil {
		log.Error("failed", "error", err)
		return 1
	}
	return 0
}

func serveUntilTold(cfg *configs.Config, log *slog.Logger) error {
	told, release := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer release()
	d, err := daemon.New(daemon.Options{
		Config: cfg, Logger: log, RetrySchedule: hastySchedule(), CallTimeout: hastyTimeout,
		Welcome: func(made models.Welcome) { _ = json.NewEncoder(os.Stdout).Encode(made) }, // the test misses it
	})
	if err != nil {
		return err
	}
	if err := d.Start(told); err != nil {
		return err
	}
	log.Info("winnow is serving", "address", d.Addr())
	var failure error
	select {
	case failure = <-d.Failed():
	case <-told.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := d.Stop(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return failure
}
