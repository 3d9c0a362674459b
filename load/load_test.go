package load_test

import (
	"context"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/load"
	"github.com/winnowd/winnow/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a daemon and returns its address and the key of its site.
func serve(t *testing.T) (url, key string) {
	t.Helper()
	cfg, _, err := configs.Load(configs.Options{Flags: map[string]string{
		"data_dir": t.TempDir(), "server.listen": "127.0.0.1:0", "server.metrics_listen": "127.0.0.1:0",
	}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := daemon.New(daemon.Options{Config: cfg, Logger: slog.New(slog.DiscardHandler), Welcome: func(w models.Welcome) { key = w.Key }})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return "http://" + d.Addr(), key
}

func TestEveryAcceptedCommentIsSeenDecided(t *testing.T) {
	for name, o := range map[string]load.Options{
		"closed loop": {Connections: 4}, "open loop": {Connections: 4, Rate: 200}, "batches": {Connections: 2, Batch: 20},
		"batches at a rate": {Connections: 2, Batch: 20, Rate: 200},
		"own comments":      {Connections: 1, Comments: []models.Comment{{Content: "a", Author: models.Author{Name: "Ann", Email: "a@example.com"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			o.URL, o.Key = serve(t)
			o.Duration = 500 * time.Millisecond
			r, err := load.Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if r.Accepted == 0 || r.Accepted != r.Sent || r.Decided != r.Accepted || r.Lost != 0 || len(r.Errors) != 0 {
				t.Errorf("got %+v", r)
			}
			if r.AcceptMS.P50 <= 0 || r.AcceptMS.P50 > r.AcceptMS.P99 || r.AcceptMS.P99 > r.AcceptMS.Max || r.DecideMS.Max <= 0 {
				t.Errorf("latencies %+v, %+v", r.AcceptMS, r.DecideMS)
			}
			if o.Rate > 0 && r.Sent != int(o.Rate*o.Duration.Seconds()) {
				t.Errorf("%d were sent, %g a second were due", r.Sent, o.Rate)
			}
			if o.Rate > 0 && (r.AcceptedPerSecond > o.Rate || r.DecidedPerSecond > o.Rate) {
				t.Errorf("%g a second are said to be accepted and %g decided, %g were due", r.AcceptedPerSecond, r.DecidedPerSecond, o.Rate)
			}
			var text strings.Builder
			if err := r.Print(&text); err != nil || !strings.Contains(text.String(), "lost") {
				t.Errorf("printed %q, %v", text.String(), err)
			}
		})
	}
}

// forgetful acknowledges comments, refuses every third and decides none.
func forgetful(t *testing.T) *httptest.Server {
	var n atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/comments", func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%3 == 0 {
			http.Error(w, "full", http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("GET /v1/decisions", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("wait") != "" {
			select {
			case <-r.Context().Done():
			case <-time.After(time.Second):
			}
		}
		_, _ = w.Write([]byte(`{"decisions":[{"comment_id":"another"}],"cursor":"x","more":false}`))
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestWhatIsNeverDecidedIsLost(t *testing.T) {
	s := forgetful(t)
	r, err := load.Run(t.Context(), load.Options{
		URL: s.URL, Key: "wk_x", Connections: 3, Duration: 100 * time.Millisecond, Patience: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Accepted == 0 || r.Lost != r.Accepted || r.Decided != 0 || r.Errors["503"] == 0 || r.Errors["503"]+r.Accepted != r.Sent {
		t.Errorf("got %+v", r)
	}
}

func TestRunTellsWhyItCannotMeasure(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	url, key := serve(t)
	good := load.Options{URL: url, Key: key, Connections: 1, Duration: time.Millisecond}
	for name, c := range map[string]struct {
		change func(*load.Options)
		want   string
	}{
		"no daemon":      {func(o *load.Options) { o.URL = closed }, "connection refused"},
		"wrong key":      {func(o *load.Options) { o.Key = "wk_wrong" }, "answered 401 Unauthorized: the key is not one of a site"},
		"no key":         {func(o *load.Options) { o.Key = "" }, "key is needed"},
		"key with lines": {func(o *load.Options) { o.Key = "a\r\nb" }, "line break"},
		"no address":     {func(o *load.Options) { o.URL = "" }, "must be like"},
		"no connections": {func(o *load.Options) { o.Connections = 0 }, "connections"},
		"no duration":    {func(o *load.Options) { o.Duration = 0 }, "duration"},
		"rate":           {func(o *load.Options) { o.Rate = -1 }, "rate"},
		"no rate":        {func(o *load.Options) { o.Rate = math.NaN() }, "rate"},
		"endless rate":   {func(o *load.Options) { o.Rate = math.Inf(1) }, "rate"},
		"batch":          {func(o *load.Options) { o.Batch = 1001 }, "batches"},
	} {
		o := good
		c.change(&o)
		if _, err := load.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	s := forgetful(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := load.Run(ctx, load.Options{URL: s.URL, Key: "wk_x", Connections: 2, Duration: time.Hour})
	if err == nil {
		t.Error("it ended without an error")
	}
}
