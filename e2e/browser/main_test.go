// Package browser tests the moderator page in a real browser, Chromium without a window.
package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"go.uber.org/goleak"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// missing ends a test that cannot be made without something that scripts/test installs.
func missing(t *testing.T, what string, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s: %v: scripts/test installs what this test needs", what, err)
	}
	t.Skipf("%s: %v: scripts/test installs what this test needs", what, err)
}

// axe is the text of axe-core.
func axe(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		missing(t, "axe-core", err)
	}
	return string(text)
}

// chromium starts a browser, which ends with the test.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, "chromium", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, close := chromedp.NewContext(ctx, chromedp.WithErrorf(func(format string, values ...any) {
		if !strings.HasPrefix(format, "unhandled") { // events newer than chromedp
			t.Logf("chromedp: "+format, values...)
		}
	}))
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to end
		close()
	})
	if err := chromedp.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// winnow is a running daemon with a site, and somebody who may see everything.
type winnow struct {
	t     *testing.T
	base  string
	key   string
	token string
}

const (
	ann, bob = "ann@example.com", "bob@example.com"
	// cid moderates a site that has nothing.
	cid      = "cid@example.com"
	password = "correct horse battery"
)

// serve runs a daemon with two moderators and the settings given.
func serve(t *testing.T, settings ...func(*configs.Config)) *winnow {
	t.Helper()
	cfg := configs.Default()
	for _, set := range settings {
		set(cfg)
	}
	cfg.DataDir = t.TempDir()
	cfg.Server.Listen, cfg.Server.MetricsListen = "127.0.0.1:0", "127.0.0.1:0"
	w := &winnow{t: t}
	d, err := daemon.New(daemon.Options{
		Config: cfg, Logger: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Welcome: func(c models.Welcome) { w.key = c.Key },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := d.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	w.base = "http://" + d.Addr()
	admin, closeAdmin, err := daemon.OpenAdmin(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := closeAdmin(); err != nil {
			t.Error(err)
		}
	}()
	for _, email := range []string{ann, bob} {
		if _, err := admin.AddUser(t.Context(), models.NewUser{Email: email, Role: models.RoleAdmin, Password: password}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := admin.AddSite(t.Context(), models.Site{Name: "other"}); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.AddUser(t.Context(), models.NewUser{Email: cid, Role: models.RoleModerator, Sites: []string{"other"}, Password: password}); err != nil {
		t.Fatal(err)
	}
	if w.token, err = admin.AddToken(t.Context(), bob); err != nil {
		t.Fatal(err)
	}
	return w
}

// testLog passes the daemon's warnings on to the test's log.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Logf("daemon: %s", bytes.TrimSpace(p))
	return len(p), nil
}

// ask makes a request of the API and decodes its answer.
func (w *winnow) ask(method, path, token string, body, answer any) {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Prefer", "wait=10")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if text, err = io.ReadAll(res.Body); err != nil {
		w.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusAccepted {
		w.t.Fatalf("%s %s answered %d %s", method, path, res.StatusCode, text)
	}
	if answer != nil {
		if err := json.Unmarshal(text, answer); err != nil {
			w.t.Fatal(err)
		}
	}
}

// links are what policy holds a comment for.
const links = " http://one.example http://two.example http://three.example"

// hold posts a comment that is held.
func (w *winnow) hold(id, content string) {
	w.t.Helper()
	var d struct{ Action string }
	w.ask(http.MethodPost, "/v1/comments", w.key, map[string]any{
		"id": id, "content": content + links, "author": map[string]any{"name": "Author of " + id, "email": id + "@example.org", "ip": "203.0.113.9"},
		"post": map[string]any{"id": "p-1", "title": "Plums in October", "url": "https://blog.example/p/1"},
	}, &d)
	if d.Action != "hold" {
		w.t.Fatalf("comment %s: %q", id, d.Action)
	}
}

// holdMany posts so many comments, c1 the oldest.
func (w *winnow) holdMany(n int) {
	w.t.Helper()
	for i := 1; i <= n; i++ {
		w.hold(fmt.Sprintf("c%d", i), fmt.Sprintf("comment number %d", i))
	}
}

// stands waits until a comment's decision in force has an action.
func (w *winnow) stands(id, action string) {
	w.t.Helper()
	var got struct {
		Decision struct{ Action string }
	}
	eventually(w.t, "comment "+id+" stands at "+action, func() bool {
		w.ask(http.MethodGet, "/v1/moderation/comments/default/"+id, w.token, nil, &got)
		var page struct {
			Decisions []struct{ Action string }
		}
		w.ask(http.MethodGet, "/v1/moderation/comments/default/"+id, w.token, nil, &page)
		return len(page.Decisions) > 0 && page.Decisions[len(page.Decisions)-1].Action == action
	})
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to it: %s", what)
		}
	}
}

// tab is a browser's tab with cookies of its own.
type tab struct {
	t   *testing.T
	w   *winnow
	ctx context.Context
	// faults are what the page complained of: refused by its policy, or broken scripts.
	faults chan string
}

// open opens a tab.
func (w *winnow) open(browser context.Context) *tab {
	w.t.Helper()
	ctx, end := chromedp.NewContext(browser, chromedp.WithTargetID(newWindow(w.t, browser)))
	w.t.Cleanup(end)
	b := &tab{t: w.t, w: w, ctx: ctx, faults: make(chan string, 100)}
	fault := func(text string) {
		select {
		case b.faults <- text:
		default:
		}
	}
	chromedp.ListenTarget(ctx, func(e any) {
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			fault(e.ExceptionDetails.Error())
		case *page.EventJavascriptDialogOpening:
			fault("dialog: " + e.Message)
		}
	})
	b.run(runtime.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := page.AddScriptToEvaluateOnNewDocument(`addEventListener("securitypolicyviolation", e => {
			(window.__violations ??= []).push(e.violatedDirective + " " + e.blockedURI + " " + e.sample) })`).Do(ctx)
		return err
	}))
	w.t.Cleanup(func() {
		for {
			select {
			case text := <-b.faults:
				w.t.Errorf("the page: %s", text)
			default:
				return
			}
		}
	})
	return b
}

// newWindow opens a window that shares no cookies with others.
func newWindow(t *testing.T, browser context.Context) (id target.ID) {
	t.Helper()
	executor := cdp.WithExecutor(browser, chromedp.FromContext(browser).Browser)
	own, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(executor)
	if err == nil {
		id, err = target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(executor)
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// run does what must succeed within the test's patience.
func (b *tab) run(actions ...chromedp.Action) {
	b.t.Helper()
	ctx := b.ctx
	if chromedp.FromContext(ctx).Target != nil { // the first run must not have a limit of its own
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("%v; the page shows:\n%s", err, b.shows())
	}
}

// shows is the text of the page, for messages.
func (b *tab) shows() string {
	var text string
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
	defer cancel()
	_ = chromedp.Run(ctx, chromedp.Evaluate("location.href + '\\n' + document.body.innerText.slice(0, 1500)", &text))
	return text
}

// eval evaluates an expression.
func eval[T any](b *tab, expression string) (v T) {
	b.t.Helper()
	b.run(chromedp.Evaluate(expression, &v))
	return v
}

// until waits until an expression is true.
func (b *tab) until(expression string) {
	b.t.Helper()
	var is bool
	deadline := time.Now().Add(patience)
	for !is {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		err := chromedp.Run(ctx, chromedp.Evaluate("!!("+expression+")", &is))
		cancel()
		if time.Now().After(deadline) || err != nil && !strings.Contains(err.Error(), "context") {
			if time.Now().After(deadline) {
				b.t.Fatalf("it does not come to it: %s (%v); the page shows:\n%s", expression, err, b.shows())
			}
		}
		if !is {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// visit opens a page of winnow.
func (b *tab) visit(path string) {
	b.t.Helper()
	if !strings.HasPrefix(path, "about:") {
		path = b.w.base + path
	}
	b.run(chromedp.Navigate(path))
}

// signIn signs in as somebody and goes on to a page.
func (b *tab) signIn(email, path string) {
	b.t.Helper()
	b.visit("/login")
	b.run(chromedp.SendKeys("input[name=email]", email), chromedp.SendKeys("input[name=password]", password), chromedp.Click("button.main"))
	b.until("document.querySelector('.me')")
	if path != "" {
		b.visit(path)
		b.until("document.querySelector('html.js')")
	}
}

// keys presses keys, one after the other.
func (b *tab) keys(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.run(chromedp.KeyEvent(k))
	}
}

// awaited waits for a promise.
func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// current is the id of the comment that keys are about.
func (b *tab) current() string {
	b.t.Helper()
	return eval[string](b, "document.querySelector('.card.current')?.dataset.id ?? ''")
}

// at waits until a comment is the current one.
func (b *tab) at(id string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector('.card.current')?.dataset.id === %q", id))
}

// size sets the width and height of the screen.
func (b *tab) size(width, height int64, phone bool) {
	b.t.Helper()
	b.run(emulation.SetDeviceMetricsOverride(width, height, 1, phone))
}

// scheme asks for light or dark.
func (b *tab) scheme(name string) {
	b.t.Helper()
	b.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}))
}
