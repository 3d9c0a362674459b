package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/models"
)

// served is a daemon that `winnow serve` runs in this process.
type served struct {
	base  string
	first models.Welcome
	stop  func() outcome
}

// logLine is what tests read in the log.
type logLine struct {
	Message string `json:"msg"`
	Error   string `json:"error"`
	Address string `json:"address"`
}

// readLog passes the lines of a JSON log on to see, until the log ends.
func readLog(r io.Reader, see func(logLine)) {
	for s := bufio.NewScanner(r); s.Scan(); {
		var line logLine
		if json.Unmarshal(s.Bytes(), &line) == nil {
			see(line)
		}
	}
}

func serveArgs(dir string) []string {
	return []string{"serve", "--json", "--log-format", "json", "--data-dir", dir, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"}
}

// serve starts a daemon and returns when it accepts comments.
func serve(t *testing.T, dir string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var out bytes.Buffer
	log, end := io.Pipe()
	ready, read, done := make(chan string, 1), make(chan struct{}), make(chan int, 1)
	go func() {
		defer close(read)
		readLog(log, func(l logLine) {
			if l.Address != "" {
				ready <- l.Address
			}
		})
	}()
	go func() {
		done <- run(ctx, serveArgs(dir), nil, &out, end)
		_ = end.Close()
	}()
	s := &served{}
	s.stop = func() outcome {
		cancel()
		<-read
		return outcome{code: <-done, out: out.String()}
	}
	select {
	case address := <-ready:
		s.base = "http://" + address
	case <-read:
		t.Fatalf("serve ended: %+v", s.stop())
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if ctx.Err() == nil {
			if o := s.stop(); o.code != 0 {
				t.Errorf("serve ended with exit code %d", o.code)
			}
		}
	})
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &s.first); err != nil {
			t.Fatalf("first start printed %q: %v", out.String(), err)
		}
	}
	return s
}

// post submits a comment, with an id of winnow's own if id is empty, and returns the
// status.
func (s *served) post(t *testing.T, key, id string) int {
	t.Helper()
	body := `{"content": "hello", "author": {"name": "Ann", "email": "ann@example.com"}}`
	if id != "" {
		body = fmt.Sprintf(`{"id": %q, %s`, id, body[1:])
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/v1/comments", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", "wait=30")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode
}

// expect checks the status of a post with each key.
func (s *served) expect(t *testing.T, when string, want map[string]int) {
	t.Helper()
	for key, status := range want {
		if got := s.post(t, key, ""); got != status {
			t.Errorf("%s: got %d for key %.6s..., want %d", when, got, key, status)
		}
	}
}

func TestADaemonActsOnCommandsAtOnce(t *testing.T) {
	const good200, disabled, unknown = http.StatusOK, http.StatusForbidden, http.StatusUnauthorized
	dir := t.TempDir()
	d := serve(t, dir)
	d.expect(t, "first start", map[string]int{d.first.Key: good200, "wk_unknown": unknown})

	blog := good[models.Credentials](t, dir, "site", "add", "blog", "--url", "https://blog.example")
	d.expect(t, "site added", map[string]int{blog.Key: good200, d.first.Key: good200})

	good[models.Site](t, dir, "site", "set", "blog", "--disable")
	d.expect(t, "site disabled", map[string]int{blog.Key: disabled, d.first.Key: good200})
	if s := good[models.Site](t, dir, "site", "set", "blog", "--enable", "--callback="); !s.Enabled || s.Callback != "" || s.URL == "" {
		t.Errorf("enabled and without a callback: %+v", s)
	}
	d.expect(t, "site enabled", map[string]int{blog.Key: good200})

	second := good[models.Credentials](t, dir, "site", "rotate", "blog", "--key")
	d.expect(t, "rotated", map[string]int{blog.Key: good200, second.Key: good200})
	third := good[models.Credentials](t, dir, "site", "rotate", "blog", "--key", "--secret", "--akismet", "--now")
	d.expect(t, "rotated at once", map[string]int{blog.Key: unknown, second.Key: unknown, third.Key: good200})
	if third.Secret == "" || third.AkismetKey == "" {
		t.Errorf("rotated all: %+v", third)
	}

	bad(t, dir, 1, "conflict", `there is a site "blog" already`, "site", "add", "blog")
	bad(t, dir, 1, "not-found", `site "nosuch"`, "site", "remove", "nosuch", "--purge")
	bad(t, dir, 1, "conflict", "stop that one, or choose another directory", "serve")

	good[map[string]any](t, dir, "site", "remove", "blog")
	d.expect(t, "site removed", map[string]int{third.Key: unknown, d.first.Key: good200})
	good[map[string]any](t, dir, "site", "remove", "blog", "--purge")
	d.expect(t, "site purged", map[string]int{d.first.Key: good200})
	if list := good[[]models.Site](t, dir, "site", "list"); len(list) != 1 || list[0].Name != "default" {
		t.Errorf("list: %+v", list)
	}
}

func TestKeysArePrintedAtTheFirstStartOnly(t *testing.T) {
	dir := t.TempDir()
	d := serve(t, dir)
	if c := d.first; c.Name != "default" || c.Key == "" || c.Secret == "" || c.AkismetKey == "" {
		t.Errorf("first start: %+v", c)
	}
	if o := d.stop(); o.code != 0 {
		t.Fatalf("first start ended with %d", o.code)
	}
	again := serve(t, dir)
	if again.first != (models.Welcome{}) {
		t.Errorf("second start printed %+v", again.first)
	}
	again.expect(t, "second start", map[string]int{d.first.Key: http.StatusOK})
}

func TestASiteAddedBeforeTheFirstStartIsTheOnlyOne(t *testing.T) {
	dir := t.TempDir()
	creds := good[models.Credentials](t, dir, "site", "add", "blog")
	d := serve(t, dir)
	if d.first != (models.Welcome{}) {
		t.Errorf("printed %+v", d.first)
	}
	d.expect(t, "first start", map[string]int{creds.Key: http.StatusOK})
}

func TestTwoDaemonsCannotHaveOneAddress(t *testing.T) {
	d := serve(t, t.TempDir())
	dir := t.TempDir()
	good[models.Credentials](t, dir, "site", "add", "blog")
	var out, log bytes.Buffer
	args := append(serveArgs(dir), "--listen", strings.TrimPrefix(d.base, "http://"))
	if code := run(t.Context(), args, nil, &out, &log); code != 1 || !strings.Contains(log.String(), "choose another address by --listen") {
		t.Errorf("exit code %d, %s", code, log.String())
	}
}

// broken is a standard output that nobody reads.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestKeysThatCannotBePrintedAreReplacedByRotate(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	log, end := io.Pipe()
	go func() {
		run(ctx, serveArgs(dir), nil, broken{}, end)
		_ = end.Close()
	}()
	told := false
	readLog(log, func(l logLine) {
		told = told || strings.Contains(l.Error, "`winnow site rotate default --key --secret --akismet` makes others")
		if l.Address != "" {
			cancel()
		}
	})
	if !told {
		t.Error("the log does not say how to get keys")
	}
	cancel()

	for _, line := range []string{"site rotate --key", "site add blog", "site list", "version"} {
		var said bytes.Buffer
		code := run(t.Context(), append(strings.Fields(line), "--data-dir", dir), nil, broken{}, &said)
		if code != 1 || !strings.Contains(said.String(), io.ErrClosedPipe.Error()) {
			t.Errorf("%s: exit code %d, %q", line, code, said.String())
		}
	}
}
