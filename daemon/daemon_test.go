package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
)

func TestASecondDaemonInTheDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := start(t, testConfig(dir), "")
	before := goleak.IgnoreCurrent()
	second := prepare(t, testConfig(dir), "")
	err := second.Start(t.Context())
	if !errors.Is(err, control.ErrHeld) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want that the directory is in use", err)
	}
	goleak.VerifyNone(t, before)
	first.post(t, "c-1", "still here")
	decidedOnce(t, first.feed(t, first.site(t, "default"), 1), []string{"c-1"})
	first.end(t)
	third := start(t, testConfig(dir), first.key)
	third.post(t, "c-2", "free again")
}

func TestAStartThatFailsLeavesNothing(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	write := func(name, text string) func(*configs.Config) error {
		return func(c *configs.Config) error {
			return os.WriteFile(filepath.Join(c.DataDir, name), []byte(text), 0o600)
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*configs.Config) error
		says  string
		mend  string // what is to be removed
	}{
		{"the API's port is taken", func(c *configs.Config) error { c.Server.Listen = taken.Addr().String(); return nil }, taken.Addr().String(), ""},
		{"the metrics' port is taken", func(c *configs.Config) error { c.Server.MetricsListen = taken.Addr().String(); return nil }, taken.Addr().String(), ""},
		{"the policy is wrong", write("policy.yaml", "rules:\n- rule: nosuch\n"), "policy.yaml:2:", "policy.yaml"},
		{"the key is damaged", write("winnow.key", "short"), "winnow.key", "winnow.key"},
		{"the database is none", write("winnow.db", strings.Repeat("no database ", 1000)), "winnow.db", "winnow.db"},
		{"the socket cannot be made", func(c *configs.Config) error {
			return os.MkdirAll(filepath.Join(c.DataDir, "winnow.sock", "in the way"), 0o700)
		}, "winnow.sock", "winnow.sock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := testConfig(t.TempDir())
			if err := c.spoil(cfg); err != nil {
				t.Fatal(err)
			}
			before := goleak.IgnoreCurrent()
			d := prepare(t, cfg, "")
			if err := d.Start(t.Context()); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want an error that names %s", err, c.says)
			}
			goleak.VerifyNone(t, before)
			if d.key != "" && strings.Contains(c.name, "port is taken") {
				t.Error("keys were shown beside an address that is another program's")
			}
			lock, err := control.Acquire(cfg.DataDir)
			if err != nil {
				t.Fatalf("the directory is still locked: %v", err)
			}
			if err := lock.Release(); err != nil {
				t.Fatal(err)
			}
			if c.mend != "" {
				if err := os.RemoveAll(filepath.Join(cfg.DataDir, c.mend)); err != nil {
					t.Fatal(err)
				}
			}
			again := start(t, testConfig(cfg.DataDir), d.key)
			again.post(t, "c-1", "mended")
			decidedOnce(t, again.feed(t, again.site(t, "default"), 1), []string{"c-1"})
		})
	}
}

func TestAFirstStartThatIsRefusedLeavesNoDirectory(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	wrong := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(wrong, []byte("rules:\n- rule: nosuch\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*configs.Config){
		"the API's port is taken":      func(c *configs.Config) { c.Server.Listen = taken.Addr().String() },
		"the metrics' port is taken":   func(c *configs.Config) { c.Server.MetricsListen = taken.Addr().String() },
		"the policy is wrong":          func(c *configs.Config) { c.Policy.File = wrong },
		"there is no such policy file": func(c *configs.Config) { c.Policy.File = wrong + ".none" },
	} {
		cfg := testConfig(filepath.Join(t.TempDir(), "data", "winnow"))
		spoil(cfg)
		d := prepare(t, cfg, "")
		if err := d.Start(t.Context()); err == nil {
			t.Errorf("%s: started", name)
		}
		if _, err := os.Lstat(filepath.Dir(cfg.DataDir)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the directory was made: %v", name, err)
		}
	}
}

// What is bound at the beginning is what is served: nobody can take it in between.
func TestTheAddressesAreTakenOnce(t *testing.T) {
	d := prepare(t, testConfig(t.TempDir()), "")
	if err := d.listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	api, ops := d.Addr(), d.MetricsAddr()
	for _, addr := range []string{api, ops} {
		if l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", addr); err == nil {
			l.Close()
			t.Errorf("%s can be had by another program", addr)
		}
	}
	early := make(chan error, 1)
	go func() { // who calls during a start is answered once there is an answer
		res, err := d.client.Get("http://" + api + "/healthz")
		if err == nil {
			err = res.Body.Close()
		}
		early <- err
	}()
	for _, step := range []func(context.Context) error{
		d.startPolicy, d.startOwnership, d.startStore, d.startAccounts, d.startSites, d.startModel, d.startQueue, d.startTrials, d.startControl, d.startHTTP,
	} {
		if err := step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if d.Addr() != api || d.MetricsAddr() != ops {
		t.Errorf("served on %s and %s, taken were %s and %s", d.Addr(), d.MetricsAddr(), api, ops)
	}
	if err := <-early; err != nil {
		t.Error(err)
	}
}

func TestStopFinishesARequestWhoseBodyIsStillComing(t *testing.T) {
	cfg := testConfig(t.TempDir())
	d := start(t, cfg, "")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", d.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body, err := json.Marshal(comment("c-1", "first half, second half"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /v1/comments HTTP/1.1\r\nHost: winnow\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", d.key, len(body))
	answers := bufio.NewReader(conn)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("got %q, %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil { // the empty line after it
		t.Fatal(err)
	}
	if _, err := conn.Write(body[:len(body)/2]); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	go func() { defer close(stopped); d.end(t) }()
	<-d.stopping
	if _, err := conn.Write(body[len(body)/2:]); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatalf("a request under way got no answer: %v", err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusAccepted || !strings.Contains(string(text), `"c-1"`) {
		t.Errorf("a request under way was answered %s %q, %v", res.Status, text, err)
	}
	<-stopped
	again := start(t, cfg, d.key)
	decidedOnce(t, again.feed(t, again.site(t, "default"), 1), []string{"c-1"})
}

// Not only clients that read while they write learn that a batch is too large.
func TestWhoWritesABatchThatIsTooLargeAndReadsLaterIsToldSo(t *testing.T) {
	d := start(t, testConfig(t.TempDir()), "")
	over := int(d.cfg.Server.MaxBatchBody) + 4<<20
	for _, header := range []string{fmt.Sprintf("Content-Length: %d", over), fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x", over)} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", d.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		end := ""
		if strings.HasPrefix(header, "Content-Length") {
			header += "\r\n"
		} else {
			end = "\r\n0\r\n\r\n"
		}
		if _, err := fmt.Fprintf(conn, "POST /v1/comments/batch HTTP/1.1\r\nHost: winnow\r\nAuthorization: Bearer %s\r\nContent-Type: application/x-ndjson\r\n%s\r\n%s%s",
			d.key, header, strings.Repeat("\n", over), end); err != nil {
			t.Fatalf("%.14s: the connection broke: %v", header, err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%.14s: %v", header, err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "over the limit of 16777216 bytes") {
			t.Errorf("%.14s: %s %s %v", header, res.Status, body, err)
		}
	}
}

func TestStopUnderLoadLosesNothing(t *testing.T) {
	cfg := testConfig(t.TempDir())
	d := start(t, cfg, "")
	var clients sync.WaitGroup
	var taken accepted
	plenty := make(chan struct{})
	for n := range 12 {
		clients.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("c-%d-%d", n, i)
				a, err := d.ask(t.Context(), http.MethodPost, "/v1/comments", comment(id, "under load"))
				switch {
				case err != nil: // nobody listens any more
					select {
					case <-d.stopping:
					default:
						t.Errorf("comment %s: %v", id, err)
					}
					return
				case a.code == http.StatusServiceUnavailable && a.Reason == "stopping" && a.header.Get("Retry-After") != "":
					return
				case a.code != http.StatusAccepted:
					t.Errorf("comment %s was answered %d %s", id, a.code, a.body)
					return
				}
				if taken.add(id) == 300 {
					close(plenty)
				}
			}
		})
	}
	<-plenty
	d.end(t)
	clients.Wait()
	again := start(t, cfg, d.key)
	decidedOnce(t, again.feed(t, again.site(t, "default"), len(taken.list())), taken.list())
}

func TestWhatIsQueuedAtStopIsDecidedInOrderAtTheNextStart(t *testing.T) {
	cfg := testConfig(t.TempDir())
	d := startIdle(t, cfg)
	const n = 12 // they fit in one piece of a judge's work, which keeps their order
	for i := range n {
		d.post(t, fmt.Sprintf("c-%d", i), fmt.Sprintf("number %d", i))
	}
	d.post(t, "c-3", "an edit, which supersedes")
	d.end(t)
	again := start(t, cfg, d.key)
	ds := again.feed(t, again.site(t, "default"), n)
	want := []string{"c-0", "c-1", "c-2", "c-4", "c-5", "c-6", "c-7", "c-8", "c-9", "c-10", "c-11", "c-3"}
	for i, d := range ds {
		if i >= len(want) || d.CommentID != want[i] || d.Sequence != 1 {
			t.Errorf("decision %d is number %d of %s", i, d.Sequence, d.CommentID)
		}
	}
	if last := ds[len(ds)-1]; last.Revision != 2 {
		t.Errorf("the edit was decided as revision %d", last.Revision)
	}
}

func TestThoseWhoWaitAreAnsweredAtStop(t *testing.T) {
	d := startIdle(t, testConfig(t.TempDir()))
	type result struct {
		*answer
		err error
	}
	polled, waited := make(chan result, 2), make(chan result, 1)
	for range cap(polled) {
		go func() {
			a, err := d.ask(t.Context(), http.MethodGet, "/v1/decisions?wait=60", nil)
			polled <- result{a, err}
		}()
	}
	go func() {
		a, err := d.ask(t.Context(), http.MethodPost, "/v1/comments", comment("c-1", "nobody judges"), "Prefer", "wait=30")
		waited <- result{a, err}
	}()
	running(t, "intake.(*Handler).poll(", cap(polled))
	running(t, "intake.(*Handler).await(", 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // shorter than any of the waits
	defer cancel()
	if err := d.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
	for range cap(polled) {
		if r := <-polled; r.err != nil || r.code != http.StatusOK {
			t.Errorf("a poll was answered %+v", r)
		}
	}
	if r := <-waited; r.err != nil || r.code != http.StatusAccepted || r.Status != "queued" {
		t.Errorf("who waited for a decision was answered %+v", r)
	}
}

func TestAFloodAtOneSiteDoesNotHoldUpAnother(t *testing.T) {
	for _, c := range []struct {
		name            string
		flood, together int
	}{
		{"several comments, a flood that fits in memory", queueCapacity / 2, 10},
		{"one comment, a flood that does not", queueCapacity + queueCapacity/5, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := startIdle(t, testConfig(t.TempDir()))
			creds, err := d.store.AddSite(t.Context(), models.Site{Name: "quiet"})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.sites.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			flood(t, d, c.flood)
			d.key = creds.Key
			for n := range c.together {
				d.post(t, fmt.Sprintf("q-%d", n), "a quiet word")
			}
			if err := d.startJudge(t.Context()); err != nil {
				t.Fatal(err)
			}
			quiet := d.feed(t, d.site(t, "quiet"), c.together)
			before := 0
			for _, f := range d.feed(t, d.site(t, "default"), 0) {
				if f.Seq < quiet[len(quiet)-1].Seq {
					before++
				}
			}
			t.Logf("%d of %d decisions of the flood came before the last of the quiet site", before, c.flood)
			// Its turn comes at once; what the judge has taken meanwhile is a few hundred.
			if most := 2048; before > most {
				t.Errorf("%d decisions of the flood came before, want at most %d", before, most)
			}
		})
	}
}

// flood has the default site's comments accepted, many at a time.
func flood(t *testing.T, d *instance, n int) {
	t.Helper()
	site := d.sites.ByName("default")
	var clients sync.WaitGroup
	numbers := make(chan int)
	for range 128 {
		clients.Go(func() {
			for i := range numbers {
				_, err := d.store.Accept(t.Context(), &models.Revision{
					SiteID: site.ID, Site: site.Name, Protocol: "native", ReceivedAt: time.Now(),
					Comment: models.Comment{ID: fmt.Sprintf("f-%d", i), Content: fmt.Sprintf("flood %d", i), ContentType: models.PlainText},
				})
				if err != nil {
					t.Errorf("accept: %v", err)
				}
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	clients.Wait()
}
