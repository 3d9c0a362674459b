package daemon

import (
	"context"
	"errors"
	"net/http"

	"github.com/winnowd/winnow/desk"
	"github.com/winnowd/winnow/intake"
	"github.com/winnowd/winnow/openapi"
	"github.com/winnowd/winnow/server"
	"github.com/winnowd/winnow/web"
)

// listen takes the addresses before anything is made: the keys of a first start would else
// be shown with an address that is another program's. Who calls meanwhile waits.
func (d *Daemon) listen(context.Context) error {
	d.ops = server.New(server.Options{Addr: d.cfg.Server.MetricsListen, Logger: d.log})
	d.api = server.New(server.Options{Addr: d.cfg.Server.Listen, Logger: d.log, Timeouts: d.o.Timeouts})
	d.stop.push("addresses", func(ctx context.Context) error {
		return errors.Join(d.ops.Shutdown(ctx), d.api.Shutdown(ctx)) // again, where they have served
	})
	return errors.Join(d.ops.Listen(), d.api.Listen())
}

// startHTTP begins to answer.
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
	d.run("metrics", d.ops, server.Metrics(d.reg))
	d.run("api", d.api, middleware.Wrap(router))
	return nil
}

// run serves until it is stopped.
func (d *Daemon) run(name string, s *server.Server, handler http.Handler) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Serve(handler); err != nil {
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
