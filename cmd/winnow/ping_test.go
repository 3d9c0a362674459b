package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

// setSite is what site set prints when a callback was set.
type setSite struct {
	models.Site
	Ping models.PingAnswer `json:"ping"`
}

// hook is a callback that answers with a status and notes the last message.
type hook struct {
	*httptest.Server
	status atomic.Int64
	header atomic.Pointer[http.Header]
	body   atomic.Pointer[[]byte]
}

func newHook(t *testing.T) *hook {
	h := &hook{}
	h.status.Store(http.StatusNoContent)
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // an empty one is found wrong below
		h.header.Store(&r.Header)
		h.body.Store(&body)
		w.WriteHeader(int(h.status.Load()))
		if h.status.Load() != http.StatusNoContent {
			fmt.Fprint(w, "wrong\tsecret\n")
		}
	}))
	t.Cleanup(h.Close)
	return h
}

// signed checks that the last message is a test message signed with a secret.
func (h *hook) signed(t *testing.T, secret string) {
	t.Helper()
	if h.body.Load() == nil {
		t.Fatal("nothing came")
	}
	parsed, err := signature.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signature.Verify([]signature.Secret{parsed}, *h.header.Load(), *h.body.Load(), time.Now()); err != nil {
		t.Error(err)
	}
	if !bytes.HasPrefix(*h.body.Load(), []byte(`{"type":"ping",`)) {
		t.Errorf("got %s", *h.body.Load())
	}
}

func TestACallbackIsTriedWhenItIsSet(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	h := newHook(t)
	blog := good[fresh](t, dir, "site", "add", "blog", "--callback", h.URL, "--allow-private-callback")
	if blog.Ping == nil || !blog.Ping.Delivered || blog.Ping.Status != 204 || blog.Ping.Callback != h.URL || blog.Key == "" {
		t.Fatalf("added: %+v", blog)
	}
	h.signed(t, blog.Secret)

	h.status.Store(http.StatusUnauthorized)
	h.body.Store(nil)
	set := good[setSite](t, dir, "site", "set", "blog", "--callback", h.URL+"/x")
	if p := set.Ping; p.Delivered || p.Status != 401 || p.Body != "wrong\tsecret\n" || p.Error != "answered 401 Unauthorized" || set.Callback != h.URL+"/x" {
		t.Errorf("set: %+v", set)
	}
	h.signed(t, blog.Secret)
	const fault = "answered 401 Unauthorized; only 2xx counts as delivered; it said: wrong\uFFFDsecret"
	if o := winnow(t, dir, "site", "set", "blog", "--callback", h.URL); o.code != 0 || !strings.HasSuffix(o.out, "\n\nTest message: "+fault+".\n`winnow site ping` sends another.\n") {
		t.Errorf("got %+v", o)
	}
	bad(t, dir, 1, "internal", fault, "site", "ping", "blog")

	h.status.Store(http.StatusOK)
	if p := good[models.PingAnswer](t, dir, "site", "ping", "blog"); !p.Delivered || p.Status != 200 || p.Error != "" {
		t.Errorf("pinged: %+v", p)
	}
	h.signed(t, blog.Secret)
	if o := winnow(t, dir, "site", "ping", "blog"); o.code != 0 || !strings.HasPrefix(o.out, "Test message: answered 200 in ") {
		t.Errorf("got %+v", o)
	}
	bad(t, dir, 1, "conflict", `site "default" has no callback`, "site", "ping", "default")
	bad(t, dir, 1, "not-found", "nosuch", "site", "ping", "nosuch")

	// Not allowed on this machine's own addresses, it is not called.
	h.body.Store(nil)
	other := winnow(t, dir, "site", "add", "other", "--callback", h.URL)
	if keys, ping, ok := strings.Cut(other.out, "Test message: "); other.code != 0 || !ok || !strings.Contains(keys, "whsec_") || !strings.Contains(ping, "--allow-private-callback") {
		t.Errorf("got %+v", other)
	}
	if h.body.Load() != nil {
		t.Error("called")
	}
}

func TestWithoutADaemonNoTestMessageIsSent(t *testing.T) {
	dir := t.TempDir()
	h := newHook(t)
	const why = "no test message was sent, because no daemon serves this directory"
	blog := good[fresh](t, dir, "site", "add", "blog", "--callback", h.URL, "--allow-private-callback")
	if blog.Ping == nil || blog.Ping.Delivered || !strings.HasPrefix(blog.Ping.Error, why) || blog.Secret == "" {
		t.Errorf("added: %+v", blog)
	}
	if set := good[setSite](t, dir, "site", "set", "--callback", h.URL); set.Ping.Delivered || !strings.HasPrefix(set.Ping.Error, why) {
		t.Errorf("set: %+v", set)
	}
	if o := winnow(t, dir, "site", "add", "two", "--callback", h.URL); o.code != 0 || !strings.HasSuffix(o.out, "Test message: "+why+" (start `winnow serve`).\n`winnow site ping` sends another.\n") {
		t.Errorf("got %+v", o)
	}
	bad(t, dir, 1, "unavailable", why, "site", "ping", "blog")
	if h.body.Load() != nil {
		t.Error("called")
	}
}
