package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/load"
	"github.com/winnowd/winnow/models"
)

// serveWinnow is a whole daemon with a model that has learnt a little, so that it
// has evidence to weigh.
func serveWinnow(t task) (h hello, stop func() error, err error) {
	cfg := configs.Default()
	cfg.DataDir = t.Dir
	cfg.Server.Listen, cfg.Server.MetricsListen = "127.0.0.1:0", "127.0.0.1:0"
	d, err := daemon.New(daemon.Options{
		Config: cfg, Logger: slog.New(slog.DiscardHandler), Welcome: func(w models.Welcome) { h.Key = w.Key },
	})
	if err != nil {
		return h, nil, err
	}
	ctx := context.Background()
	if err := d.Start(ctx); err != nil {
		return h, nil, err
	}
	h.Addr, h.Metrics = d.Addr(), d.MetricsAddr()
	stop = func() error {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		return d.Stop(ctx)
	}
	err = prepare(ctx, d, cfg, &h, t)
	return h, stop, err
}

// prepare makes a key where the first start, which told one, was another one's, teaches
// the model, and then gives the site its callback.
func prepare(ctx context.Context, d *daemon.Daemon, cfg *configs.Config, h *hello, t task) error {
	admin, err := control.Dial(ctx, cfg.DataDir)
	if err != nil {
		return err
	}
	if h.Key == "" {
		h.Key, err = admin.RotateCredential(ctx, "default", models.KeyCredential, true)
	}
	if err == nil && !t.Untaught {
		err = teach(ctx, d, *h)
	}
	if err == nil && t.Callback != "" {
		private := true
		err = admin.SetSite(ctx, "default", models.SiteChange{Callback: &t.Callback, AllowPrivateCallback: &private})
	}
	return errors.Join(err, admin.Close())
}

// teach posts some comments and labels them: those like a load's as honest, and as many
// of another kind as spam, so that most of a load is approved, as most of a blog is.
func teach(ctx context.Context, d *daemon.Daemon, h hello) error {
	const lessons = 50
	comments := load.OwnComments()
	spam := []models.Comment{{Content: "cheap replica watches, best casino bonus, order your pills without prescription at pills.example/now " +
		"and win, click here and earn from home, loans approved in minutes", Author: models.Author{Name: "Best Pills", Email: "x@pills.example"}}}
	for n := range 2 * lessons {
		label, from := models.Ham, comments
		if n%2 == 1 {
			label, from = models.Spam, spam
		}
		id := fmt.Sprint("t", n)
		if err := post(ctx, h, from, id, n); err != nil {
			return err
		}
		if _, err := d.Label(ctx, "default", id, label, models.OriginModerator); err != nil {
			return err
		}
	}
	return nil
}
