package main

import (
	"context"
	"errors"
	"fmt"
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
			"database, a site named default, and prints the site's keys, once.",
		Args: args(),
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

// serve runs the daemon until a signal or a failure. A second signal ends the
// process at once.
func (a *app) serve(ctx context.Context, cfg *configs.Config) error {
	log := a.logger(cfg)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT)
	defer signal.Stop(signals)

	build := readBuild()
	d, err := daemon.New(daemon.Options{Config: cfg, Logger: log, Welcome: a.welcome(cfg), Build: build})
	if err != nil {
		return err
	}
	if err := d.Start(ctx); err != nil {
		return err
	}
	log.Info("winnow is serving", "version", build.Version, "address", d.Addr(), "metrics", d.MetricsAddr(), "data", cfg.DataDir)

	var failure error
	select {
	case s := <-signals:
		log.Info("stopping: finishing what is under way, a second signal ends it at once", "signal", s.String())
	case failure = <-d.Failed():
		log.Error("stopping after a failure", "error", failure)
	case <-ctx.Done():
	}
	go func() {
		<-signals
		log.Warn("second signal: ended at once, what is queued is judged at the next start")
		os.Exit(1)
	}()
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

// welcome prints the first site's keys, on standard output and never by the logger.
func (a *app) welcome(cfg *configs.Config) func(models.Credentials) {
	return func(creds models.Credentials) {
		if a.json {
			_ = a.printTo(a.stdout, creds) // nothing can be done if standard output is gone
			return
		}
		fmt.Fprintf(a.stdout, "A new winnow in %s, with a site named %q. Its keys are shown only now:\n", cfg.DataDir, creds.Name)
		printCredentials(a.stdout, creds)
	}
}
