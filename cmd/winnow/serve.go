package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
)

func (a *app) serveCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "serve", Short: "Run the daemon",
		Long: "Run the daemon. With no configuration and an empty data directory it works at once: it makes a\n" +
			"database, a site named default, and prints the site's keys on standard output, once, with a link\n" +
			"that signs an admin in. Lost keys are replaced by `winnow site rotate`, a lost link by\n" +
			"`winnow user passwd admin@localhost`.\n\n" +
			"SIGTERM or SIGINT stops it: it accepts no more, finishes what is under way, and ends. A second\n" +
			"signal ends it at once; nothing accepted is lost then either. SIGHUP reads the policy again, which\n" +
			"also happens by itself within 2 seconds of a change of its file.",
		Example: "  winnow serve\n  winnow serve --data-dir /var/lib/winnow --listen :8080",
		Args:    args(),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, _, err := a.config(c)
			if err != nil {
				return err
			}
			return a.serve(c.Context(), cfg)
		},
	}
	c.Flags().String("listen", "", "`ADDR` of the API (default 127.0.0.1:8080)")
	c.Flags().String("metrics-listen", "", "`ADDR` of /metrics (default 127.0.0.1:9614)")
	return c
}

// serve runs the daemon until a signal, a failure, or the end of ctx.
func (a *app) serve(ctx context.Context, cfg *configs.Config) error {
	log := a.logger(cfg)
	stopping, release := watchSignals(log)
	defer release()
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, unix.SIGHUP)
	defer signal.Stop(reload)

	build := readBuild()
	d, err := daemon.New(daemon.Options{Config: cfg, Logger: log, Welcome: a.welcome(cfg, log), Build: build})
	if err != nil {
		return err
	}
	if err := d.Start(ctx); err != nil {
		return advised(err)
	}
	log.Info("winnow is serving", "version", build.Version, "address", d.Addr(), "metrics", d.MetricsAddr(), "data", cfg.DataDir)

	var failure error
	for serving := true; serving; {
		serving = false
		select {
		case <-reload:
			_ = d.ReloadPolicy(ctx) // which logs it
			serving = true
		case <-stopping:
		case failure = <-d.Failed():
			log.Error("stopping after a failure", "error", failure)
		case <-ctx.Done():
		}
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(cfg.Shutdown.Timeout))
	defer cancel()
	if err := d.Stop(stop); err != nil {
		return errors.Join(failure, err)
	}
	if failure == nil {
		log.Info("stopped")
	}
	return failure
}

// watchSignals closes stopping at the first SIGTERM or SIGINT and ends the process
// at the second one, also while it is starting. It lets the process outlive a reader of
// its output that goes away. release undoes both.
func watchSignals(log *slog.Logger) (stopping <-chan struct{}, release func()) {
	signal.Ignore(unix.SIGPIPE)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT)
	first, released, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case s := <-signals:
			log.Info("stopping: finishing what is under way, a second signal ends it at once", "signal", s.String())
			close(first)
		case <-released:
			return
		}
		select {
		case <-signals:
			log.Warn("second signal: ended at once, what is queued is judged at the next start")
			os.Exit(1)
		case <-released:
		}
	}()
	return first, func() {
		signal.Stop(signals)
		signal.Reset(unix.SIGPIPE)
		close(released)
		<-done
	}
}

// welcome prints the first site's keys on standard output, never by the logger, which
// says what to do should nobody have seen them.
func (a *app) welcome(cfg *configs.Config, log *slog.Logger) func(models.Welcome) {
	return func(made models.Welcome) {
		title := fmt.Sprintf("A new winnow in %s, with a site named %q. Its keys are shown only now:", cfg.DataDir, made.Name)
		if err := a.printWelcome(title, made); err != nil {
			log.Error("first start", "error", err)
			return
		}
		log.Info("first start: the keys of a new site were printed on standard output, `winnow site rotate` makes others", "site", made.Name)
	}
}
