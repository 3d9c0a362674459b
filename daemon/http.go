package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/winnowd/winnow/desk"
	"github.com/winnowd/winnow/intake"
	"github.com/winnowd/winnow/openapi"
	"github.com/winnowd/winnow/server"
	"github.com/winnowd/winnow/web"
)

// startHTTP listens on both addresses before it serves on either.
func (d *Daemon) startHTTP(context.Context) error {
	middleware, err := server.NewMiddleware(d.reg, d.log.With("component", "http"))
	if err != nil {
		return err
	}
	for _, r := range intake.Routes() {
		middleware.InitRoute(r.Pattern, r.Method, r.Codes...)
	}
	for _, r := range desk.Routes() {
		middleware.InitRoute(r.Pattern, r.Method, r.Codes...)
	}
	for _, r := range web.Routes() {
		middleware.InitRoute(r.Pattern, r.Method, r.Codes...)
	}
	for _, r := range server.Routes() {
		middleware.InitRoute(r.Pattern, r.Method, r.Codes...)
	}
	description, err := openapi.Document()
	if err != nil {
		return err
	}
	pages, err := d.pages()
	if err != nil {
		return err
	}
	router := server.NewRouter(
		server.Mount{Prefix: "/", Handler: pages},
		server.Mount{Prefix: "/v1/", Handler: d.intake},
		server.Mount{Prefix: "/v1/moderation/", Handler: d.desk()},
		server.Mount{Prefix: "/healthz", Handler: server.Health()},
		server.Mount{Prefix: "/readyz", Handler: server.Ready(d.ready)},
		server.Mount{Prefix: "/openapi.json", Handler: server.Document(description)},
	)
	d.ops = server.New(server.Options{Addr: d.cfg.Server.MetricsListen, Logger: d.log, Handler: server.Metrics(d.reg)})
	d.api = server.New(server.Options{Addr: d.cfg.Server.Listen, Logger: d.log, Handler: middleware.Wrap(router), Timeouts: d.o.Timeouts})
	if err := errors.Join(d.ops.Listen(), d.api.Listen()); err != nil {
		return errors.Join(err, d.ops.Shutdown(context.Background()), d.api.Shutdown(context.Background()))
	}
	d.run("metrics", d.ops)
	d.run("api", d.api)
	return nil
}

// tryAddresses tells of an address that cannot be had before anything is made: the keys
// of a first start would else be shown with an address that is another program's.
func (d *Daemon) tryAddresses(ctx context.Context) error {
	var errs []error
	var had []net.Listener
	for _, addr := range []string{d.cfg.Server.MetricsListen, d.cfg.Server.Listen} {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
		if err != nil {
			errs = append(errs, fmt.Errorf("listen on %s: %w", addr, err))
			continue
		}
		had = append(had, l)
	}
	for _, l := range had {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// run serves until it is stopped.
func (d *Daemon) run(name string, s *server.Server) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Serve(); err != nil {
			d.fail(err)
		}
	}()
	d.stop.push(name, func(ctx context.Context) error {
		err := s.Shutdown(ctx)
		<-done
		return err
	})
}

// Addr is the address of the API, once started.
func (d *Daemon) Addr() string { return d.api.Addr() }

// MetricsAddr is the address of /metrics, once started.
func (d *Daemon) MetricsAddr() string { return d.ops.Addr() }
