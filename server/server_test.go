package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/winnowd/winnow/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// logBuffer is a log that may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type running struct {
	*Server
	url      string
	registry *prometheus.Registry
	log      *logBuffer
	*Middleware
}

// start serves the mounts behind the middleware.
func start(t *testing.T, mounts ...Mount) *running {
	t.Helper()
	log := new(logBuffer)
	logger := slog.New(slog.NewTextHandler(log, nil))
	registry := prometheus.NewRegistry()
	m, err := NewMiddleware(registry, logger)
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{Addr: "127.0.0.1:0", Logger: logger})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(m.Wrap(NewRouter(mounts...))) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(s.Shutdown(ctx), <-served); err != nil {
			t.Error(err)
		}
	})
	return &running{Server: s, url: "http://" + s.Addr(), registry: registry, log: log, Middleware: m}
}

func do(t *testing.T, method, url string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func checkProblem(t *testing.T, res *http.Response, body string, status int, name string) {
	t.Helper()
	var p struct{ Type string }
	err := json.Unmarshal([]byte(body), &p)
	if err != nil || res.StatusCode != status || res.Header.Get("Content-Type") != "application/problem+json" || p.Type != "urn:winnow:problem:"+name {
		t.Errorf("got %d %v %s, want a problem %s", res.StatusCode, res.Header, body, name)
	}
}

func named(pattern string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Pattern = pattern
		fmt.Fprint(w, pattern)
	})
}

func TestRouterTakesTheLongestPrefixAndNeverRedirects(t *testing.T) {
	s := start(t, Mount{Prefix: "/", Handler: named("/")}, Mount{Prefix: "/v1/", Handler: named("/v1/")}, Mount{Prefix: "/v1/moderation/", Handler: named("/v1/moderation/")}, Mount{Prefix: "/healthz", Handler: Health()})
	for path, want := range map[string]string{
		"/": "/", "/x": "/", "/v1": "/v1/", "/v1/": "/v1/", "/v1/x": "/v1/", "/v1//x": "/v1/", "/v1/../x": "/v1/", "/v1/%2E%2E": "/v1/",
		"/v1/moderation": "/v1/moderation/", "/v1/moderation/held": "/v1/moderation/", "/v1/moderations": "/v1/", "/v1x": "/",
		"//v1/": "/", "/V1/": "/", "/v1%2Fx": "/", "/healthz": "ok\n", "/healthz/": "/", "/healthzz": "/",
	} {
		if res, got := do(t, "GET", s.url+path); got != want || res.StatusCode != 200 {
			t.Errorf("%s: got %d %q, want %q", path, res.StatusCode, got, want)
		}
	}
}

func TestPathWithoutMountIsAProblem(t *testing.T) {
	s := start(t, Mount{Prefix: "/v1/", Handler: named("/v1/")})
	for _, path := range []string{"/", "/x", "//v1/comments", "/v2/"} {
		res, body := do(t, "GET", s.url+path)
		checkProblem(t, res, body, 404, "not-found")
	}
}

func TestHealthLivesAndReadyFollows(t *testing.T) {
	var ready error
	s := start(t, Mount{Prefix: "/healthz", Handler: Health()}, Mount{Prefix: "/readyz", Handler: Ready(func() error { return ready })})
	for _, path := range []string{"/healthz", "/readyz"} {
		if res, body := do(t, "GET", s.url+path); res.StatusCode != 200 || body != "ok\n" {
			t.Errorf("%s: got %d %s", path, res.StatusCode, body)
		}
		if res, body := do(t, "HEAD", s.url+path); res.StatusCode != 200 || body != "" {
			t.Errorf("HEAD %s: got %d %s", path, res.StatusCode, body)
		}
		res, body := do(t, "POST", s.url+path)
		checkProblem(t, res, body, 405, "method-not-allowed")
		if res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: Allow is %q", path, res.Header.Get("Allow"))
		}
	}
	ready = fmt.Errorf("queue: %w", &models.Refusal{Kind: models.ErrUnavailable, Reason: "queue-age", Detail: "40 s old", RetryAfter: 10 * time.Second})
	res, body := do(t, "GET", s.url+"/readyz")
	checkProblem(t, res, body, 503, "unavailable")
	if res.Header.Get("Retry-After") != "10" || !strings.Contains(body, `"detail":"40 s old"`) || !strings.Contains(body, `"reason":"queue-age"`) {
		t.Errorf("got %v %s", res.Header, body)
	}
	ready = errors.New("secret")
	res, body = do(t, "GET", s.url+"/readyz")
	checkProblem(t, res, body, 503, "unavailable")
	if res.Header.Get("Retry-After") != "5" || strings.Contains(body, "secret") {
		t.Errorf("got %v %s", res.Header, body)
	}
	if res, _ := do(t, "GET", s.url+"/healthz"); res.StatusCode != 200 {
		t.Errorf("healthz: got %d while not ready", res.StatusCode)
	}
}

func TestMetricsAreServed(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "winnow_test", Help: "x"}))
	s := start(t, Mount{Prefix: "/metrics", Handler: Metrics(registry)})
	if res, body := do(t, "GET", s.url+"/metrics"); res.StatusCode != 200 || !strings.Contains(body, "winnow_test 0") {
		t.Errorf("got %d %s", res.StatusCode, body)
	}
	res, body := do(t, "POST", s.url+"/metrics")
	checkProblem(t, res, body, 405, "method-not-allowed")
}

func TestRequestsAreCountedByRouteMethodAndStatus(t *testing.T) {
	s := start(t,
		Mount{Prefix: "/v1/", Handler: named("POST blog.example/v1/{x}")}, Mount{Prefix: "/none", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})},
		Mount{Prefix: "/hint", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Pattern = "/hint"
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusTeapot)
			w.WriteHeader(http.StatusOK)
		})})
	s.InitRoute("/v1/decisions", "GET", 200, 401)
	do(t, "GET", s.url+"/v1/a")
	do(t, "GET", s.url+"/v1/b")
	do(t, "BREW", s.url+"/v1/b")
	do(t, "GET", s.url+"/none")
	do(t, "GET", s.url+"/nowhere")
	do(t, "GET", s.url+"/hint")
	want := `
# HELP winnow_http_requests_total HTTP requests that were answered, by route, method and status.
# TYPE winnow_http_requests_total counter
winnow_http_requests_total{code="200",method="GET",route="/v1/decisions"} 0
winnow_http_requests_total{code="200",method="GET",route="/v1/{x}"} 2
winnow_http_requests_total{code="200",method="GET",route="other"} 1
winnow_http_requests_total{code="200",method="HEAD",route="/v1/decisions"} 0
winnow_http_requests_total{code="200",method="other",route="/v1/{x}"} 1
winnow_http_requests_total{code="401",method="GET",route="/v1/decisions"} 0
winnow_http_requests_total{code="401",method="HEAD",route="/v1/decisions"} 0
winnow_http_requests_total{code="404",method="GET",route="other"} 1
winnow_http_requests_total{code="418",method="GET",route="/hint"} 1
`
	if err := testutil.GatherAndCompare(s.registry, strings.NewReader(want), "winnow_http_requests_total"); err != nil {
		t.Error(err)
	}
	if n := testutil.CollectAndCount(s.metrics.seconds); n != 4 {
		t.Errorf("%d histograms, want 4", n)
	}
}

func TestAnswersCarryTheCommonHeaders(t *testing.T) {
	s := start(t, Mount{Prefix: "/", Handler: named("/")})
	for path, cache := range map[string]string{"/": "", "/v1": "no-store", "/v1/x": "no-store", "/v1x": ""} {
		res, _ := do(t, "GET", s.url+path)
		if res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Cache-Control") != cache {
			t.Errorf("%s: got %v", path, res.Header)
		}
	}
}

func TestPanicBecomesAProblem(t *testing.T) {
	s := start(t, Mount{Prefix: "/v1/", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Pattern = "/v1/x"
		w.Header().Set("Location", "/half-done")
		panic("boom")
	})})
	res, body := do(t, "GET", s.url+"/v1/x")
	checkProblem(t, res, body, 500, "internal")
	if !res.Close || res.Header.Get("Location") != "" || res.Header.Get("Cache-Control") != "no-store" || strings.Contains(body, "boom") {
		t.Errorf("got %v %s", res.Header, body)
	}
	if log := s.log.String(); !strings.Contains(log, "boom") || !strings.Contains(log, "server_test.go") || !strings.Contains(log, "route=/v1/x") {
		t.Errorf("logged: %s", log)
	}
	if got := testutil.ToFloat64(s.metrics.requests.WithLabelValues("/v1/x", "GET", "500")); got != 1 {
		t.Errorf("counted %g", got)
	}
}

func TestPanicInTheMiddleAbortsTheAnswer(t *testing.T) {
	s := start(t,
		Mount{Prefix: "/half", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "half")
			_ = http.NewResponseController(w).Flush()
			panic("boom")
		})},
		Mount{Prefix: "/chunks", Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "of unknown length, so that only an abort tells that there is more")
			_ = http.NewResponseController(w).Flush()
			panic("boom")
		})},
		Mount{Prefix: "/abort", Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })})
	for path, logged := range map[string]bool{"/half": true, "/chunks": true, "/abort": false} {
		res, err := http.Get(s.url + path)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: the answer came whole", path)
		}
		if strings.Contains(s.log.String(), "panic while") != logged {
			t.Errorf("%s: logged %q", path, s.log.String())
		}
		s.log.mu.Lock()
		s.log.b.Reset()
		s.log.mu.Unlock()
	}
}

func TestHandlerMayMoveTheWriteDeadline(t *testing.T) {
	errs := make(chan error, 1)
	s := start(t, Mount{Prefix: "/", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		errs <- http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour))
	})})
	do(t, "GET", s.url)
	if err := <-errs; err != nil {
		t.Error(err)
	}
}

func TestServerLifeCycle(t *testing.T) {
	logger := slog.New(slog.DiscardHandler)
	s := New(Options{Addr: "127.0.0.1:0", Logger: logger})
	if s.Addr() != "" {
		t.Errorf("address %q before listening", s.Addr())
	}
	if err := s.Serve(named("/")); err == nil {
		t.Error("served without listening")
	}
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(); err == nil || !strings.Contains(err.Error(), s.Addr()) {
		t.Errorf("listening twice: %v", err)
	}
	taken := New(Options{Addr: s.Addr(), Logger: logger})
	if err := taken.Listen(); err == nil || !strings.Contains(err.Error(), s.Addr()) {
		t.Errorf("listening on a taken address: %v", err)
	}
	for range 2 {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if err := s.Serve(named("/")); err != nil {
		t.Errorf("serving after the end: %v", err)
	}
	if c, err := net.Dial("tcp", s.Addr()); err == nil {
		c.Close()
		t.Error("still listening after the end")
	}
	never := New(Options{Addr: "127.0.0.1:0", Logger: logger})
	if err := never.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := never.Listen(); !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("listening after the end: %v", err)
	}
}

func TestShutdownWaitsForRequestsAndGivesUpWithItsContext(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	s := New(Options{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	served, asked := make(chan error, 1), make(chan struct{})
	go func() {
		served <- s.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(begun)
			<-r.Context().Done()
			close(end)
		}))
	}()
	go func() {
		defer close(asked)
		if res, err := http.Get("http://" + s.Addr()); err == nil {
			res.Body.Close()
		}
	}()
	<-begun
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-end // its connection was closed, which cancelled its context
	<-asked
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func BenchmarkMiddleware(b *testing.B) {
	m, err := NewMiddleware(prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	h := m.Wrap(NewRouter(Mount{Prefix: "/v1/", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Pattern = "/v1/comments"
		w.WriteHeader(202)
	})}))
	r, err := http.NewRequest("POST", "/v1/comments", nil)
	if err != nil {
		b.Fatal(err)
	}
	w := discard{make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
