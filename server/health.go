package server

import (
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// The patterns that Request.Pattern is set to.
const (
	healthPattern   = "/healthz"
	readyPattern    = "/readyz"
	documentPattern = "/openapi.json"
	metricsPattern  = "/metrics"
)

// retryReady is when asking again makes sense after an error that does not say.
const retryReady = 5 * time.Second

// Route is one path and method that this package answers.
type Route struct {
	// Pattern is what Request.Pattern is set to.
	Pattern string
	Method  string
	// Codes are the statuses that it is answered with.
	Codes []int
}

// Routes lists what Health, Ready and Document answer. HEAD is answered wherever GET is.
func Routes() []Route {
	return []Route{
		{healthPattern, http.MethodGet, []int{200}},
		{readyPattern, http.MethodGet, []int{200, 503}},
		{documentPattern, http.MethodGet, []int{200, 304}},
	}
}

// Health answers 200 as long as the process lives.
func Health() http.Handler {
	return reading(healthPattern, func(w http.ResponseWriter, _ *http.Request) { ok(w) })
}

// Ready answers 200 if ready returns nil: a comment posted now would be accepted.
// An error that wraps a *models.Refusal is answered with its detail; another only
// says that winnow is not ready. ready may be called concurrently.
func Ready(ready func() error) http.Handler {
	return reading(readyPattern, func(w http.ResponseWriter, _ *http.Request) {
		err := ready()
		if err == nil {
			ok(w)
			return
		}
		var refusal *models.Refusal
		if !errors.As(err, &refusal) {
			refusal = &models.Refusal{Detail: "winnow is not ready", RetryAfter: retryReady}
		}
		p := problem.New(problem.Unavailable, refusal.Detail).RetryAfter(refusal.RetryAfter)
		if refusal.Reason != "" {
			_ = p.With("reason", refusal.Reason)
		}
		problem.Write(w, p)
	})
}

// Metrics answers with a registry's metrics.
func Metrics(registry *prometheus.Registry) http.Handler {
	return reading(metricsPattern, promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}).ServeHTTP)
}

// reading lets GET and HEAD through and names the route.
func reading(pattern string, serve http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Pattern = pattern
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			problem.Write(w, problem.New(problem.MethodNotAllowed, "the methods allowed here: GET, HEAD").
				WithHeader("Allow", "GET, HEAD"))
			return
		}
		serve(w, r)
	})
}

func ok(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n")) // the client has gone: nobody is left to tell
}
