package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/demo"
	"github.com/winnowd/winnow/models"
)

// readingPace is the pause between two comments on a terminal.
const readingPace = 350 * time.Millisecond

func (a *app) demoCommand() *cobra.Command {
	var once bool
	c := &cobra.Command{
		Use: "demo", Short: "Show what winnow does, with a small fictional blog",
		Long: "Show what winnow does: a throw-away daemon, with ports and a directory of its own, and a small\n" +
			"fictional blog that posts comments to it, receives the signed decisions and prints each with its\n" +
			"reasons. It leaves the daemon open to look at until Ctrl-C, then deletes everything.\n\n" +
			"Exit code 1 means that a decision did not arrive or is not what it must be.",
		Example: "  winnow demo\n  winnow demo --once",
		Args:    args(),
		RunE: func(c *cobra.Command, _ []string) error {
			for _, name := range []string{"config", "data-dir"} {
				if c.Flags().Changed(name) {
					return wrongUsage(c, fmt.Errorf("--%s makes no sense here: the demo has settings and a directory of its own", name))
				}
			}
			cfg, err := demoConfig(c)
			if err != nil {
				return err
			}
			return a.demo(c.Context(), cfg, once)
		},
	}
	c.Flags().BoolVar(&once, "once", false, "end when all comments are decided")
	return c
}

// demoConfig is the default configuration on free ports. Neither files nor variables
// are looked at; the log tells of trouble alone unless a flag asks for more.
func demoConfig(c *cobra.Command) (*configs.Config, error) {
	flags := map[string]string{"log.level": "warn"}
	for flag, key := range flagKeys() {
		if f := c.Flags().Lookup(flag); f != nil && f.Changed {
			flags[key] = f.Value.String()
		}
	}
	cfg, _, err := configs.Load(configs.Options{Flags: flags})
	if err != nil {
		return nil, wrongUsage(c, err)
	}
	cfg.Server.Listen, cfg.Server.MetricsListen = "127.0.0.1:0", "127.0.0.1:0"
	return cfg, nil
}

// errInterrupted is why the demo ends that somebody ends.
var errInterrupted = errors.New("interrupted before every comment was decided")

// demo runs daemon and blog, and leaves nothing behind.
func (a *app) demo(ctx context.Context, cfg *configs.Config, once bool) (err error) {
	log := a.logger(cfg)
	stopping, release := watchSignals(log)
	defer release()
	if cfg.DataDir, err = os.MkdirTemp("", "winnow-demo-"); err != nil {
		return fmt.Errorf("make a directory for the demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(cfg.DataDir)) }()

	var made models.Welcome
	d, err := daemon.New(daemon.Options{Config: cfg, Logger: log, Build: readBuild(), Welcome: func(w models.Welcome) { made = w }})
	if err != nil {
		return err
	}
	if err := d.Start(ctx); err != nil {
		return advised(err)
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(cfg.Shutdown.Timeout))
		defer cancel()
		err = errors.Join(err, d.Stop(stop))
	}()
	blog, err := demo.Open(ctx, "http://"+d.Addr(), made.Credentials, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, blog.Close()) }()

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-stopping:
			cancel(errInterrupted)
		case failure := <-d.Failed():
			cancel(failure)
		case <-ctx.Done():
		}
	}()
	if err := subscribe(ctx, cfg, made.Name, blog.Callback()); err != nil {
		return err
	}
	s := newStage(a, once, demoAddresses{
		Server: "http://" + d.Addr(), Metrics: "http://" + d.MetricsAddr() + "/metrics", Directory: cfg.DataDir,
	})
	s.moderate = made.LoginURL
	return s.play(ctx, blog)
}

// subscribe gives the demo's site its blog.
func subscribe(ctx context.Context, cfg *configs.Config, site, callback string) error {
	admin, closeAdmin, err := daemon.OpenAdmin(ctx, cfg)
	if err != nil {
		return err
	}
	home, private := demo.Home, true
	err = admin.SetSite(ctx, site, models.SiteChange{URL: &home, Callback: &callback, AllowPrivateCallback: &private})
	return errors.Join(err, closeAdmin())
}

// play teaches, posts every comment, and judges what came of it.
func (s *stage) play(ctx context.Context, blog *demo.Blog) error {
	lessons, err := demo.Lessons()
	if err != nil {
		return err
	}
	samples, err := demo.Samples()
	if err != nil {
		return err
	}
	if err := s.open(len(lessons)); err != nil {
		return err
	}
	if err := blog.Teach(ctx, lessons); err != nil {
		return cause(ctx, err)
	}
	for i := range samples {
		d, took, err := blog.Post(ctx, &samples[i].Comment)
		if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
			return cause(ctx, err)
		}
		if err := s.decided(&samples[i], d, took); err != nil {
			return err
		}
		s.pause(ctx)
	}
	if err := s.summary(); err != nil {
		return err
	}
	if !s.once {
		blog.Later(s.later)
		<-ctx.Done()
		if err := context.Cause(ctx); !errors.Is(err, errInterrupted) && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	return s.verdict()
}

// cause is why ctx ended, if it did, else err.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// pause lets people read.
func (s *stage) pause(ctx context.Context) {
	if s.term.columns == 0 {
		return
	}
	select {
	case <-time.After(readingPace):
	case <-ctx.Done():
	}
}

// verdict is an error if something is not what it must be.
func (s *stage) verdict() error {
	faults := slices.DeleteFunc(slices.Clone(s.result.Comments), func(c demoComment) bool { return c.Fault == "" })
	switch len(faults) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%s: %s", faults[0].ID, faults[0].Fault)
	}
	return fmt.Errorf("%d decisions are not what they must be, the first one that of %s: %s", len(faults), faults[0].ID, faults[0].Fault)
}
