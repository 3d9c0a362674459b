package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/problem"
)

// Middleware is what every request passes: it sets the headers that all answers
// have, counts and times requests by route, turns a panic into a problem, and has
// clients learn why a long body was refused.
type Middleware struct {
	log     *slog.Logger
	metrics *httpMetrics
}

// NewMiddleware makes a middleware whose metrics go to reg. The error is the
// registerer's.
func NewMiddleware(reg prometheus.Registerer, logger *slog.Logger) (*Middleware, error) {
	m, err := newHTTPMetrics(reg)
	if err != nil {
		return nil, err
	}
	return &Middleware{log: logger, metrics: m}, nil
}

// InitRoute makes the metrics of a route appear, at 0, with the statuses that it is
// answered with. Method is upper case; a GET route is also a HEAD route.
func (m *Middleware) InitRoute(pattern, method string, codes ...int) {
	m.metrics.init(pattern, method, codes)
	if method == http.MethodGet {
		m.metrics.init(pattern, http.MethodHead, codes)
	}
}

// Wrap puts the middleware around a handler. The route of a request is what the
// handler sets Request.Pattern to, as http.ServeMux does; it must be a constant of
// the program, never a path as it came.
func (m *Middleware) Wrap(next http.Handler) http.Handler {
	return linger{bytes: lingerBytes, time: lingerTime, next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w}
		setCommon(w.Header(), r.URL.Path)
		// The pattern is known only afterwards; an aborted answer counts as well.
		defer func() { m.metrics.observe(r, rec.code(), time.Since(start)) }()
		defer m.recover(rec, r)
		next.ServeHTTP(rec, r)
	})}
}

var (
	noSniff = []string{"nosniff"}
	noStore = []string{"no-store"}
)

// setCommon sets the headers of every answer: what browsers may not guess, and that
// nothing under /v1 may be kept by caches.
func setCommon(header http.Header, path string) {
	header["X-Content-Type-Options"] = noSniff
	if path == "/v1" || strings.HasPrefix(path, "/v1/") {
		header["Cache-Control"] = noStore
	}
}

// recover answers a panic with a problem if nothing was answered yet, and otherwise
// aborts the answer, so that the client does not take a part of it for the whole.
func (m *Middleware) recover(rec *recorder, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	m.log.Error("panic while answering a request", "panic", fmt.Sprint(v),
		"method", methodLabel(r.Method), "route", routeLabel(r.Pattern), "stack", string(debug.Stack()))
	if rec.status != 0 {
		panic(http.ErrAbortHandler)
	}
	clear(rec.Header())
	setCommon(rec.Header(), r.URL.Path)
	problem.Write(rec, problem.New(problem.Internal, "").WithHeader("Connection", "close"))
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the first status that is not informational.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// code is the status that the client sees.
func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}
