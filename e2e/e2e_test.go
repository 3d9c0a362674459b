// Package e2e tests winnow as a whole: a daemon on a real database and real ports,
// clients that speak HTTP to it.
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/openapi/openapitest"
	"github.com/winnowd/winnow/server"
)

func TestMain(m *testing.M) {
	if os.Getenv(hasty) != "" {
		os.Exit(serveHastily(os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

// site is a running winnow as a blog sees it.
type site struct {
	d    *daemon.Daemon
	base string
	key  string
	http *http.Client
	// welcome are the keys that a first start made.
	welcome models.Credentials
}

// start runs a daemon in a directory; key is that of an earlier start, or empty. Timeouts
// are given where the usual ones are too long to wait for.
func start(t *testing.T, dir, key string, change func(*configs.Config), timeouts ...server.Timeouts) *site {
	t.Helper()
	cfg := configs.Default()
	cfg.DataDir = dir
	cfg.Server.Listen, cfg.Server.MetricsListen = "127.0.0.1:0", "127.0.0.1:0"
	if change != nil {
		change(cfg)
	}
	s := &site{key: key, http: &http.Client{Transport: openapitest.Transport(t, &http.Transport{MaxIdleConnsPerHost: 64})}}
	options := daemon.Options{
		Config: cfg, Logger: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Welcome: func(c models.Welcome) { s.key, s.welcome = c.Key, c.Credentials },
	}
	if len(timeouts) > 0 {
		options.Timeouts = timeouts[0]
	}
	d, err := daemon.New(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.d, s.base = d, "http://"+d.Addr()
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *site) stop(t *testing.T) {
	t.Helper()
	s.http.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.d.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// testLog passes the daemon's warnings on to the test's log.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("daemon: %s", bytes.TrimSpace(p))
	return len(p), nil
}

// do makes a request and decodes the answer.
func (s *site) do(ctx context.Context, method, path string, body, answer any, headers ...string) (*http.Response, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	if body == nil {
		b = nil
	}
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+s.key)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if b, err = io.ReadAll(res.Body); err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if answer != nil {
		if err := json.Unmarshal(b, answer); err != nil {
			return nil, fmt.Errorf("%s %s answered %d %q: %w", method, path, res.StatusCode, b, err)
		}
	}
	return res, nil
}

// call is do for the test's own goroutine.
func (s *site) call(t *testing.T, method, path string, body, answer any, headers ...string) *http.Response {
	t.Helper()
	res, err := s.do(t.Context(), method, path, body, answer, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// decision is what the tests read of a decision.
type decision struct {
	ID        string  `json:"id"`
	CommentID string  `json:"comment_id"`
	Revision  int     `json:"revision"`
	Sequence  int     `json:"sequence"`
	Action    string  `json:"action"`
	Source    string  `json:"source"`
	Score     float64 `json:"score"`
	Reasons   []struct {
		Rule   string `json:"rule"`
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"reasons"`
}

// feed reads the decisions feed from a cursor until enough says so.
func (s *site) feed(t *testing.T, cursor string, enough func([]decision) bool) ([]decision, string) {
	t.Helper()
	var all []decision
	for deadline := time.Now().Add(2 * time.Minute); !enough(all); {
		if time.Now().After(deadline) {
			t.Fatalf("only %d decisions in the feed", len(all))
		}
		var page struct {
			Decisions []decision `json:"decisions"`
			Cursor    string     `json:"cursor"`
		}
		path := "/v1/decisions?limit=500&wait=5"
		if cursor != "" {
			path += "&after=" + cursor
		}
		if res := s.call(t, http.MethodGet, path, nil, &page); res.StatusCode != http.StatusOK {
			t.Fatalf("feed answered %d", res.StatusCode)
		}
		all, cursor = append(all, page.Decisions...), page.Cursor
	}
	return all, cursor
}

// labelled is a line of the data files.
type labelled struct {
	ID      string       `json:"id"`
	Author  string       `json:"author"`
	Content string       `json:"content"`
	Label   models.Label `json:"label"`
}

func readLabelled(t *testing.T, name string) []labelled {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []labelled
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var l labelled
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%s:%d: %v", name, n, err)
		}
		if l.ID == "" {
			l.ID = fmt.Sprintf("%s-%d", filepath.Base(name), n)
		}
		list = append(list, l)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// metrics reads winnow's metrics, by name and labels as they are written.
func (s *site) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	res, err := http.Get("http://" + s.d.MetricsAddr() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer res.Body.Close()
	values := make(map[string]float64)
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if name, text, ok := strings.Cut(lines.Text(), " "); ok && strings.HasPrefix(name, "winnow_") {
			value, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			values[name] = value
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to it: %s", what)
		}
	}
}

// stacks are those of all goroutines.
func stacks() string {
	b := make([]byte, 4<<20)
	return string(b[:runtime.Stack(b, true)])
}
