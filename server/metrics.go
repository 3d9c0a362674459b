package server

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// other stands for the routes and methods that are not known.
const other = "other"

// buckets are the bounds of request times in seconds: from what accepting takes to
// what the longest poll takes.
var buckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}

type httpMetrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec

	// known has what requests were counted by so far, because looking it up by labels takes
	// long. It is replaced and never changed; the mutex is for who replaces it.
	known atomic.Pointer[map[outcome]series]
	mu    sync.Mutex
}

// outcome is what requests are told apart by.
type outcome struct {
	pattern, method string
	code            int
}

type series struct {
	requests prometheus.Counter
	seconds  prometheus.Observer
}

func newHTTPMetrics(reg prometheus.Registerer) (*httpMetrics, error) {
	m := &httpMetrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "winnow_http_requests_total",
			Help: "HTTP requests that were answered, by route, method and status.",
		}, []string{"route", "method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "winnow_http_request_seconds", Buckets: buckets,
			Help: "Time from a request's header to the end of its answer, by route.",
		}, []string{"route"}),
	}
	m.known.Store(&map[outcome]series{})
	for _, c := range []prometheus.Collector{m.requests, m.seconds} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of the HTTP server: %w", err)
		}
	}
	return m, nil
}

func (m *httpMetrics) init(pattern, method string, codes []int) {
	route := routeLabel(pattern)
	m.seconds.WithLabelValues(route)
	for _, code := range codes {
		m.requests.WithLabelValues(route, methodLabel(method), strconv.Itoa(code))
	}
}

func (m *httpMetrics) observe(r *http.Request, code int, took time.Duration) {
	of := outcome{r.Pattern, methodLabel(r.Method), code}
	s, ok := (*m.known.Load())[of]
	if !ok {
		s = m.learn(of)
	}
	s.requests.Inc()
	s.seconds.Observe(took.Seconds())
}

// learn adds an outcome to those known. There are few: routes and methods are ours, and
// so are statuses.
func (m *httpMetrics) learn(of outcome) series {
	route := routeLabel(of.pattern)
	s := series{m.requests.WithLabelValues(route, of.method, strconv.Itoa(of.code)), m.seconds.WithLabelValues(route)}
	m.mu.Lock()
	defer m.mu.Unlock()
	known := maps.Clone(*m.known.Load())
	known[of] = s
	m.known.Store(&known)
	return s
}

// routeLabel is a pattern without method and host.
func routeLabel(pattern string) string {
	if i := strings.IndexByte(pattern, '/'); i >= 0 {
		return pattern[i:]
	}
	return other
}

func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return other
}
