package daemon

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/openapi/openapitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// limit is how long a test waits for what must happen before it gives up.
const limit = time.Minute

// instance is a daemon in this process, and a client of its first site.
type instance struct {
	*Daemon
	key    string
	client *http.Client
}

// testConfig is that of a daemon in a directory, on ports of its own.
func testConfig(dir string) *configs.Config {
	cfg := configs.Default()
	cfg.DataDir = dir
	cfg.Server.Listen, cfg.Server.MetricsListen = "127.0.0.1:0", "127.0.0.1:0"
	return cfg
}

// prepare makes a daemon; key is that of an earlier start in its directory, or empty.
func prepare(t *testing.T, cfg *configs.Config, key string) *instance {
	t.Helper()
	i := &instance{key: key, client: &http.Client{Transport: openapitest.Transport(t, &http.Transport{MaxIdleConnsPerHost: 64})}}
	d, err := New(Options{
		Config: cfg, Logger: slog.New(slog.DiscardHandler),
		Welcome: func(c models.Welcome) { i.key = c.Key },
	})
	if err != nil {
		t.Fatal(err)
	}
	i.Daemon = d
	t.Cleanup(func() { i.end(t) })
	return i
}

// start makes a daemon and starts it.
func start(t *testing.T, cfg *configs.Config, key string) *instance {
	t.Helper()
	i := prepare(t, cfg, key)
	if err := i.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return i
}

// startIdle starts a daemon that accepts and does not judge until startJudge.
func startIdle(t *testing.T, cfg *configs.Config) *instance {
	t.Helper()
	i := prepare(t, cfg, "")
	for _, step := range []func(context.Context) error{
		i.listen, i.startPolicy, i.startOwnership, i.startStore, i.startAccounts, i.startSites, i.startModel, i.startQueue, i.startTrials, i.startControl, i.startHTTP,
	} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	i.greet(t.Context())
	return i
}

// end stops the daemon; again, it does nothing.
func (i *instance) end(t *testing.T) {
	t.Helper()
	i.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), limit/2)
	defer cancel()
	if err := i.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// answer is what the tests read of an answer.
type answer struct {
	code   int
	header http.Header
	body   []byte

	ID        string `json:"id"`
	CommentID string `json:"comment_id"`
	Revision  int    `json:"revision"`
	Status    any    `json:"status"` // a number in a problem
	Type      string `json:"type"`
	Detail    string `json:"detail"`
	Reason    string `json:"reason"`
}

// ask makes a request of the first site and reads its answer, which must be JSON.
func (i *instance) ask(ctx context.Context, method, path string, body any, headers ...string) (*answer, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+i.Addr()+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+i.key)
	req.Header.Set("Content-Type", "application/json")
	for n := 0; n+1 < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	res, err := i.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	a := &answer{code: res.StatusCode, header: res.Header}
	if a.body, err = io.ReadAll(res.Body); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(a.body, a); err != nil && strings.Contains(res.Header.Get("Content-Type"), "json") {
		return nil, fmt.Errorf("%s %s answered %d %q: %w", method, path, a.code, a.body, err)
	}
	return a, nil
}

// comment is a body that policy has nothing to hold for.
func comment(id, content string) map[string]any {
	return map[string]any{"id": id, "content": content, "author": map[string]any{"name": "Ann", "email": "ann@example.com"}}
}

// post submits a comment that must be accepted.
func (i *instance) post(t *testing.T, id, content string) {
	t.Helper()
	a, err := i.ask(t.Context(), http.MethodPost, "/v1/comments", comment(id, content))
	if err != nil {
		t.Fatal(err)
	}
	if a.code != http.StatusAccepted {
		t.Fatalf("comment %s was answered %d %s", id, a.code, a.body)
	}
}

// feed follows a site's decisions from the oldest until there are n.
func (i *instance) feed(t *testing.T, siteID int64, n int) []*models.Decision {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	grown, stop := i.events.Follow(siteID)
	defer stop()
	var all []*models.Decision
	after := int64(0)
	for {
		page, more, err := i.store.Feed(ctx, siteID, after, 1000)
		if err != nil {
			t.Fatalf("with %d of %d decisions: %v", len(all), n, err)
		}
		if all = append(all, page...); len(page) > 0 {
			after = page[len(page)-1].Seq
		}
		switch {
		case more:
		case len(all) >= n:
			return all
		default:
			select {
			case <-grown:
			case <-ctx.Done():
				t.Fatalf("only %d of %d decisions", len(all), n)
			}
		}
	}
}

// decidedOnce asserts that the decisions are about these comments, one about each.
func decidedOnce(t *testing.T, ds []*models.Decision, ids []string) {
	t.Helper()
	times := map[string]int{}
	for _, d := range ds {
		times[d.CommentID]++
		if d.Sequence != 1 || d.Revision != 1 {
			t.Errorf("comment %s: decision %d of revision %d", d.CommentID, d.Sequence, d.Revision)
		}
	}
	for _, id := range ids {
		if times[id] != 1 {
			t.Errorf("comment %s was accepted and decided %d times", id, times[id])
		}
		delete(times, id)
	}
	for id, n := range times {
		t.Errorf("comment %s was not accepted and decided %d times", id, n)
	}
}

// site is the site's ID.
func (i *instance) site(t *testing.T, name string) int64 {
	t.Helper()
	s := i.sites.ByName(name)
	if s == nil {
		t.Fatalf("no site %s", name)
	}
	return s.ID
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to it: %s", what)
		}
	}
}

// running waits until n goroutines are within a function, by its name in stacks.
func running(t *testing.T, function string, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d within %s", n, function), func() bool {
		stacks := make([]byte, 4<<20)
		return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), function) >= n
	})
}

// accepted collects the ids of comments from many clients.
type accepted struct {
	mu  sync.Mutex
	ids []string
}

// add returns how many there are now.
func (a *accepted) add(id string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ids = append(a.ids, id)
	return len(a.ids)
}

func (a *accepted) list() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.ids...)
}
