package client_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/client"
	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// limit is how long a test waits for what must happen before it gives up.
const limit = time.Minute

// winnow is a running daemon and the keys of its site.
type winnow struct {
	*daemon.Daemon
	url   string
	dir   string
	creds models.Credentials
}

// start runs a daemon in a directory; creds are those of an earlier start there.
func start(dir string, creds models.Credentials) (*winnow, error) {
	cfg := configs.Default()
	cfg.DataDir = dir
	cfg.Server.Listen, cfg.Server.MetricsListen = "127.0.0.1:0", "127.0.0.1:0"
	w := &winnow{dir: dir, creds: creds}
	d, err := daemon.New(daemon.Options{
		Config: cfg, Logger: slog.New(slog.DiscardHandler),
		Welcome: func(m models.Welcome) { w.creds = m.Credentials },
	})
	if err != nil {
		return nil, err
	}
	if err := d.Start(context.Background()); err != nil {
		return nil, err
	}
	w.Daemon, w.url = d, "http://"+d.Addr()
	return w, nil
}

func (w *winnow) stop() error {
	http.DefaultClient.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return w.Stop(ctx)
}

// running starts a daemon for one test.
func running(t *testing.T) *winnow {
	t.Helper()
	return runningIn(t, t.TempDir(), models.Credentials{})
}

func runningIn(t *testing.T, dir string, creds models.Credentials) *winnow {
	t.Helper()
	w, err := start(dir, creds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return w
}

// example starts a daemon for an example, which stops it and prints what went wrong.
func example() (w *winnow, stop func()) {
	dir, err := os.MkdirTemp("", "winnow-example")
	if err == nil {
		w, err = start(dir, models.Credentials{})
	}
	if err != nil {
		panic(err)
	}
	return w, func() {
		if err := w.stop(); err != nil {
			fmt.Println(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			fmt.Println(err)
		}
	}
}

// connect makes a client with the key.
func connect(t *testing.T, base, key string, changes ...func(*client.Options)) *client.Client {
	t.Helper()
	o := client.Options{URL: base, Key: key}
	for _, change := range changes {
		change(&o)
	}
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return c
}

// comment is one that policy has nothing to hold for.
func comment(id, content string) *models.Comment {
	return &models.Comment{ID: id, Content: content, Author: models.Author{Name: "Ann", Email: "ann@example.com"}}
}

// front stands before daemons that come and go.
type front struct {
	*httptest.Server
	target atomic.Pointer[url.URL]
}

func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{}
	transport := &http.Transport{}
	proxy := &httputil.ReverseProxy{
		Transport: transport,
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(f.target.Load()) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	f.Server = httptest.NewServer(proxy)
	t.Cleanup(func() {
		f.Close()
		transport.CloseIdleConnections()
	})
	return f
}

func (f *front) to(t *testing.T, base string) {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	f.target.Store(u)
}

// setCallback gives the daemon's site a callback on this machine.
func setCallback(t *testing.T, w *winnow, callback string) {
	t.Helper()
	cfg := configs.Default()
	cfg.DataDir = w.dir
	admin, closeAdmin, err := daemon.OpenAdmin(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	private := true
	err = admin.SetSite(t.Context(), w.creds.Name, models.SiteChange{Callback: &callback, AllowPrivateCallback: &private})
	if err := errors.Join(err, closeAdmin()); err != nil {
		t.Fatal(err)
	}
}

// sendAsWinnow posts a signed message and returns the status of the answer.
func sendAsWinnow(callback, secret, body string) string {
	s, err := signature.ParseSecret(secret)
	if err != nil {
		return err.Error()
	}
	req, err := http.NewRequest(http.MethodPost, callback, strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	signature.SetHeader(req.Header, []signature.Secret{s}, "wn_01", time.Now(), []byte(body))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer http.DefaultClient.CloseIdleConnections()
	_ = res.Body.Close()
	return res.Status
}
