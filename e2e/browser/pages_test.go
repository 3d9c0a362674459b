package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/chromedp/chromedp"
)

// hostile are comments of people who mean harm, or merely write otherwise than one thinks.
var hostile = map[string]string{
	"script":   `<script>window.__ran = 1</script><img src=x onerror="window.__ran = 2"> javascript:window.__ran=3`,
	"css":      `<style>body { display: none }</style><div style="position: fixed; inset: 0; background: red">over it all</div>`,
	"svg":      `<svg onload="window.__ran = 4"><animate onbegin="window.__ran = 5" attributeName=x dur=1s></svg>`,
	"template": `{{.User.Email}} ${window.__ran = 6} </textarea></template></article><h1>outside</h1>`,
	"htmx":     `<button hx-post="/logout" hx-trigger="load">x</button><div hx-on::load="window.__ran = 7"></div>`,
	"bidi":     "pay \u202egnp.exe\u202c now \u2066\u2067 zero\u200bwidth \U000e0041tags",
	"long":     strings.Repeat("x", 50<<10),
	"marks":    strings.Repeat("Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319", 200),
	"rtl":      "שלום עולם, זו תגובה בעברית. سلام، هذا تعليق",
	"emoji":    "👩‍👩‍👧‍👦 🎉 ❤️ 🇳🇱 1️⃣",
	"lines":    strings.Repeat("\n", 300) + "end",
}

func (w *winnow) holdHostile() {
	w.t.Helper()
	for id, text := range hostile {
		var d struct{ Action string }
		evil := "<b onclick=alert(1)>" + text[:min(len(text), 60)]
		w.ask(http.MethodPost, "/v1/comments", w.key, map[string]any{
			"id": "h-" + id + `"><script>window.__ran=8</script>`, "content": text + links,
			"author": map[string]any{"name": strings.ToValidUTF8(evil, ""), "email": "a@example.org", "url": "javascript:alert(1)//" + strings.Repeat("u", 500)},
			"post":   map[string]any{"id": strings.Repeat("p", 150), "title": strings.Repeat("title", 60), "url": "javascript:window.__ran=9"}, "language": `"><i>`,
		}, &d)
		if d.Action != "hold" {
			w.t.Fatalf("%s: %q", id, d.Action)
		}
	}
}

// pages are the addresses of all pages, with what they need stored.
func (w *winnow) pages() []string {
	w.t.Helper()
	w.holdMany(2)
	w.holdHostile()
	var done struct {
		ID string `json:"action_id"`
	}
	w.ask(http.MethodPost, "/v1/moderation/bulk", w.token, map[string]any{"action": "reject", "comments": []map[string]any{{"site": "default", "id": "c1"}}}, &done)
	w.stands("c1", "reject")
	paths := []string{
		"/", "/audit", "/audit?site=default", "/deliveries", "/deliveries?state=dead&site=default", "/sites", "/users", "/held", "/held?lane=spam&min_score=2", "/held?q=nothing+at+all", "/held?order=score&rule=link-limit&since=2020-01-01", "/held/bulk?q=x",
		"/comments?action=approve", "/comments?action=reject", "/comments/default/c1?did=approve&done=x", "/comments/default/c1/rule", "/trials/none", "/account", "/nowhere", "/jobs/" + url.PathEscape(done.ID),
	}
	for id := range hostile {
		path := "/comments/default/" + url.PathEscape("h-"+id+`"><script>window.__ran=8</script>`)
		paths = append(paths, path, path+"/rule")
	}
	return paths
}

// TestPages looks at every page, in light and dark, on a screen and on a phone.
func TestPages(t *testing.T) {
	judge := axe(t)
	browser := chromium(t)
	w := serve(t)
	paths := w.pages()
	b := w.open(browser)
	b.visit("/login")
	b.accessible("/login", judge)
	b.visit("/login?token=abc")
	b.accessible("/login?token=", judge)
	b.signIn(ann, "")
	for i, path := range paths {
		b.size(1280, 900, false)
		b.scheme([]string{"light", "dark"}[i%2])
		b.visit(path)
		b.until("document.querySelector('html.js')")
		if path == "/sites" || path == "/users" { // with everything that they can show
			b.run(chromedp.Evaluate("document.querySelectorAll('main details').forEach(d => { d.open = true })", nil))
		}
		b.inert(path)
		b.accessible(path, judge)
		b.fits(path, 1280)
		b.size(375, 667, true)
		b.fits(path, 375)
		if got := eval[int](b, "Math.max(0, ...[...document.querySelectorAll('.scroll:has(.log)')].map(e => e.scrollWidth - e.clientWidth))"); got > 0 {
			b.t.Errorf("%s: a log is %d wider than the screen of a phone", path, got)
		}
		if !strings.Contains(path, "/h-") || i%4 == 0 {
			b.scheme([]string{"dark", "light"}[i%2])
			b.accessible(path+" on a phone", judge)
		}
	}
	b.scheme("dark")
	b.visit("/held")
	if got := eval[string](b, "getComputedStyle(document.documentElement).backgroundColor"); got != "rgb(20, 24, 22)" {
		t.Errorf("in the dark, the ground is %s", got)
	}
}

// accessible holds a page against WCAG 2.2 AA, as far as axe-core can tell.
func (b *tab) accessible(path, judge string) {
	b.t.Helper()
	if !eval[bool](b, "!!window.axe") {
		b.run(chromedp.Evaluate(judge+"\n0", nil))
	}
	var found string
	b.run(chromedp.Evaluate(`axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
		r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " " + (n.any[0]?.message ?? "")).join(" | ")).join("\n"))`,
		&found, awaited))
	if found != "" {
		b.t.Errorf("%s: axe-core finds\n%s", path, found)
	}
}

// inert makes sure that nothing of what comments contain has run or is markup.
func (b *tab) inert(path string) {
	b.t.Helper()
	var found []string
	b.run(chromedp.Evaluate(`[
		window.__ran ? "something ran: " + window.__ran : "",
		...(window.__violations ?? []).map(v => "refused: " + v),
		...[...document.querySelectorAll(".text *, h2 bdi *, .on *")].filter(e => !/^(MARK|B|SPAN|BDI)$/.test(e.tagName)).map(e => "markup: " + e.outerHTML.slice(0, 100)),
		...[...document.querySelectorAll("a[href], form[action]")].filter(e => new URL(e.href ?? e.action, location).origin !== location.origin).map(e => "leads elsewhere: " + e.outerHTML.slice(0, 100)),
		document.querySelector(".me") ? "" : "signed out",
	].filter(s => s)`, &found))
	for _, f := range found {
		b.t.Errorf("%s: %s", path, f)
	}
}

// fits makes sure that a page is no wider than the screen.
func (b *tab) fits(path string, width int) {
	b.t.Helper()
	if got := eval[int](b, "document.documentElement.scrollWidth"); got > width {
		b.t.Errorf("%s: is %d wide on a screen of %d; %s", path, got, width,
			eval[string](b, fmt.Sprintf(`[...document.querySelectorAll("main *")].filter(e => e.getBoundingClientRect().right > %d).slice(0, 3).map(e => e.outerHTML.slice(0, 150)).join(" | ")`, width)))
	}
}

// visitor is somebody with a browser without script: plain HTTP and cookies.
type visitor struct {
	*winnow
	http *http.Client
}

func (w *winnow) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &visitor{w, &http.Client{Jar: jar}}
}

// read reads an answer's page.
func (v *visitor) read(res *http.Response, err error) (*http.Response, *html.Node) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	n, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		v.t.Fatal(err)
	}
	v.http.CloseIdleConnections()
	return res, n
}

func (v *visitor) get(path string) (*http.Response, *html.Node) {
	v.t.Helper()
	return v.read(v.http.Get(v.base + path))
}

// submit submits a form as browsers do, by one of its buttons.
func (v *visitor) submit(form *html.Node, button, value string, filled url.Values) (*http.Response, *html.Node) {
	v.t.Helper()
	values := url.Values{}
	pressed := button == ""
	for n := range form.Descendants() {
		switch name := attr(n, "name"); {
		case n.Data == "input" && attr(n, "type") == "hidden":
			values.Set(name, attr(n, "value"))
		case n.Data == "button" && name == button && attr(n, "value") == value:
			values.Set(name, value)
			pressed = true
		}
	}
	if !pressed {
		v.t.Fatalf("there is no button %s=%s", button, value)
	}
	for name := range filled {
		values[name] = filled[name]
	}
	return v.read(v.http.PostForm(v.base+attr(form, "action"), values))
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// find gives the elements for which is says so.
func find(n *html.Node, is func(*html.Node) bool) (list []*html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && is(d) {
			list = append(list, d)
		}
	}
	return list
}

// form gives the form of an action.
func (v *visitor) form(n *html.Node, action string) *html.Node {
	v.t.Helper()
	list := find(n, func(n *html.Node) bool { return n.Data == "form" && attr(n, "action") == action })
	if len(list) == 0 {
		v.t.Fatalf("there is no form for %s", action)
	}
	return list[0]
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func TestWorksWithoutScript(t *testing.T) {
	w := serve(t)
	w.holdMany(2)
	v := w.visitor()
	res, page := v.get("/held")
	if res.Request.URL.Path != "/login" {
		t.Fatalf("signed out, /held leads to %s", res.Request.URL)
	}
	res, page = v.submit(v.form(page, "/login"), "", "", url.Values{"email": {ann}, "password": {password}})
	if res.Request.URL.Path != "/held" || res.StatusCode != http.StatusOK {
		t.Fatalf("signed in, one is at %s", res.Request.URL)
	}
	res, page = v.submit(v.form(page, "/comments/default/c2/decide"), "verdict", "spam", nil)
	if res.Request.URL.Path != "/held" || !strings.Contains(text(page), "Rejected as spam.") || strings.Contains(text(page), "comment number 2") {
		t.Fatalf("after deciding, one is at %s:\n%s", res.Request.URL, text(page))
	}
	w.stands("c2", "reject")
	res, page = v.submit(v.form(page, "/undo"), "", "", nil)
	if res.Request.URL.Path != "/held" || !strings.Contains(text(page), "Undone.") || !strings.Contains(text(page), "comment number 2") {
		t.Fatalf("after undoing, one is at %s:\n%s", res.Request.URL, text(page))
	}
	w.stands("c2", "hold")
	stale := v.form(page, "/comments/default/c2/decide")
	w.ask(http.MethodPost, "/v1/moderation/comments/default/c2/decision", w.token, map[string]any{"action": "approve"}, nil)
	res, page = v.submit(stale, "verdict", "spam", nil)
	if res.StatusCode != http.StatusConflict || !strings.Contains(text(page), "Nothing was changed") || !strings.Contains(text(page), "Approved") {
		t.Errorf("a verdict on what somebody decided meanwhile is answered %d:\n%s", res.StatusCode, text(page))
	}
	w.stands("c2", "approve")
	_, page = v.get("/held")
	res, page = v.submit(v.form(page, "/bulk"), "verdict", "off-topic", url.Values{"chosen": {"default/1/c1"}})
	if !strings.HasPrefix(res.Request.URL.Path, "/jobs/") || res.StatusCode != http.StatusOK {
		t.Errorf("after deciding many, one is at %s", res.Request.URL)
	}
	w.stands("c1", "reject")
	if got := w.reason("c1"); got != "none/off-topic" {
		t.Errorf("rejected for %q", got)
	}
	if res, page = v.submit(v.form(page, "/undo"), "", "", nil); res.StatusCode != http.StatusOK {
		t.Errorf("undoing many is answered %d", res.StatusCode)
	}
	w.stands("c1", "hold")
	if res, _ = v.submit(v.form(page, "/logout"), "", "", nil); res.Request.URL.Path != "/login" {
		t.Errorf("after signing out, one is at %s", res.Request.URL)
	}
}

var handler = regexp.MustCompile(`^on[a-z]+$`)

func TestNoPageHasScriptOrStyleWithin(t *testing.T) {
	w := serve(t)
	paths := append(w.pages(), "/login", "/login?token=abc")
	v := w.visitor()
	_, page := v.get("/login")
	v.submit(v.form(page, "/login"), "", "", url.Values{"email": {ann}, "password": {password}})
	other := w.visitor()
	for _, path := range paths {
		visitor := v
		if strings.HasPrefix(path, "/login") {
			visitor = other
		}
		res, page := visitor.get(path)
		policy := res.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", path, policy)
		}
		for _, n := range find(page, func(*html.Node) bool { return true }) {
			for _, a := range n.Attr {
				value := strings.ToLower(strings.TrimSpace(a.Val))
				elsewhere := (a.Key == "src" || a.Key == "href" || a.Key == "action") && !strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "#") && value != ""
				if a.Key == "style" || handler.MatchString(a.Key) || strings.HasPrefix(a.Key, "hx-on") || elsewhere {
					t.Errorf("%s: <%s %s=%q>", path, n.Data, a.Key, a.Val)
				}
			}
			if n.Data == "style" || n.Data == "iframe" || n.Data == "script" && (attr(n, "src") == "" || text(n) != "") {
				t.Errorf("%s: <%s>", path, n.Data)
			}
		}
		if res.Request.URL.Path != strings.Split(path, "?")[0] && !strings.Contains(path, "%") {
			t.Errorf("%s leads to %s", path, res.Request.URL)
		}
		if c := find(page, func(n *html.Node) bool { return attr(n, "name") == "htmx-config" }); len(c) != 1 || !json.Valid([]byte(attr(c[0], "content"))) {
			t.Errorf("%s: htmx is not configured", path)
		}
	}
}

func TestRequestsOfOtherSitesAreRefused(t *testing.T) {
	w := serve(t)
	w.holdMany(1)
	v := w.visitor()
	_, page := v.get("/login")
	v.submit(v.form(page, "/login"), "", "", url.Values{"email": {ann}, "password": {password}})
	for _, header := range [][2]string{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		for _, path := range []string{"/login", "/comments/default/c1/decide", "/comments/default/c1/rule", "/bulk", "/undo", "/logout", "/account/sign-out"} {
			req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.base+path, strings.NewReader("verdict=spam"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(header[0], header[1])
			if res, _ := v.read(v.http.Do(req)); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %s: %s is answered %d", path, header[0], header[1], res.StatusCode)
			}
		}
	}
	w.stands("c1", "hold")
}
