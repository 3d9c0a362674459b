package main

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
)

// serveWinnow is a whole daemon with a model that has learnt a little, so that it
// has evidence to weigh.
func serveWinnow(dir string) (h hello, stop func() error, err error) {
	cfg := configs.Default()
	cfg.DataDir = dir
	cfg.Server.Listen, cfg.Server.MetricsListen = "127.0.0.1:0", "127.0.0.1:0"
	d, err := daemon.New(daemon.Options{
		Config: cfg, Logger: slog.New(slog.DiscardHandler), Welcome: func(c models.Welcome) { h.Key = c.Key },
	})
	if err != nil {
		return h, nil, err
	}
	if err := d.Start(context.Background()); err != nil {
		return h, nil, err
	}
	h.Addr, h.Metrics = d.Addr(), d.MetricsAddr()
	stop = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		return d.Stop(ctx)
	}
	return h, stop, teach(d, h)
}

// teach posts some comments and labels them, half of them spam.
func teach(d *daemon.Daemon, h hello) error {
	l := &load{addr: h.Addr, key: h.Key, texts: texts(), prefix: "t"}
	out, err := l.run(1, 100*time.Millisecond)
	if err != nil {
		return err
	}
	for n := range min(out.accepted, 100) {
		id := "t" + strconv.Itoa(n+1)
		if _, err := d.Label(context.Background(), "default", id, models.Labels[n%2], models.OriginModerator); err != nil {
			return err
		}
	}
	return nil
}
