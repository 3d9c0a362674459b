package browser

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestModerating runs everything in one browser, because starting one takes a second.
func TestModerating(t *testing.T) {
	browser := chromium(t)
	for name, test := range map[string]func(*testing.T, context.Context){
		"signs in and out":                     signsIn,
		"decides by keys":                      decidesByKeys,
		"leaves keys alone that are not its":   leavesKeys,
		"gives reasons for a rejection":        givesReasons,
		"undoes":                               undoes,
		"decides many":                         decidesMany,
		"decides all that match":               decidesAll,
		"never overwrites silently":            overwritesNothing,
		"shows who is looking":                 showsLookers,
		"shows what comes in":                  showsArrivals,
		"searches in every script":             searches,
		"shows everything of a comment":        showsComment,
		"works by clicks":                      clicks,
		"loads more when the end comes nearer": loadsMore,
		"goes on looking once it is asked":     looksFurther,
		"narrows and widens a list":            narrows,
		"says that the connection is lost":     lost,
		"says that the session is over":        over,
		"counts what is left":                  counts,
	} {
		t.Run(name, func(t *testing.T) { test(t, browser) })
	}
}

func signsIn(t *testing.T, browser context.Context) {
	w := serve(t)
	b := w.open(browser)
	b.visit("/held?lane=spam")
	b.until("location.pathname === '/login'")
	b.run(chromedp.SendKeys("input[name=email]", ann), chromedp.SendKeys("input[name=password]", "wrong"+kb.Enter))
	b.until("document.querySelector('.alert')?.textContent.includes('wrong')")
	if got := eval[string](b, "document.querySelector('input[name=email]').value"); got != ann {
		t.Errorf("the address is %q now", got)
	}
	b.run(chromedp.SendKeys("input[name=password]", password+kb.Enter))
	b.until("location.pathname === '/held' && location.search === '?lane=spam'")
	b.run(chromedp.Click(".me form button"))
	b.until("location.pathname === '/login'")
	b.visit("/held")
	b.until("location.pathname === '/login'")
}

func decidesByKeys(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(6)
	b := w.open(browser)
	b.signIn(ann, "/held")
	b.at("c6")
	b.keys("j")
	b.at("c5")
	b.keys("k", "k")
	b.at("c6")
	b.keys("a")
	b.at("c5") // at once: the next is there
	b.keys("s")
	b.at("c4")
	b.keys("x", "x")
	b.at("c3")
	b.keys("h")
	b.at("c2")
	b.keys("e")
	b.until("document.querySelector('.card.current details.evidence')?.open")
	for id, action := range map[string]string{"c6": "approve", "c5": "reject", "c4": "reject", "c3": "hold", "c1": "hold"} {
		w.stands(id, action)
	}
	for id, label := range map[string]string{"c6": "ham", "c5": "spam", "c4": "none", "c3": "none"} {
		var got struct{ Label string }
		w.ask(http.MethodGet, "/v1/moderation/comments/default/"+id, w.token, nil, &got)
		if got.Label != label {
			t.Errorf("%s is labelled %q", id, got.Label)
		}
	}
	b.until("document.querySelectorAll('.card').length === 3")
	b.keys("?")
	b.until("document.querySelector('#keys').open")
	b.keys(kb.Escape)
	b.until("!document.querySelector('#keys').open")
	b.keys("/")
	b.until("document.activeElement.id === 'q'")
}

func givesReasons(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(9)
	b := w.open(browser)
	b.signIn(ann, "/held")
	b.at("c9")
	b.keys("x")
	b.until("document.activeElement.value === 'off-topic' && document.activeElement.offsetParent")
	b.keys(kb.Escape)
	b.until("!document.querySelector('.rejects[open]') && document.activeElement.dataset.id === 'c9'")
	b.keys("1", "2") // which are keys of the choice alone
	b.keys("x", "j") // goes on without a verdict
	b.at("c8")
	b.until("!document.querySelector('.rejects[open]')")
	b.keys("x", "1")
	b.at("c7")
	b.keys("x", "2")
	b.at("c6")
	b.keys("x", kb.Tab, kb.Enter) // the second of the choice
	b.at("c5")
	b.run(chromedp.Click(".card[data-id=c5] .rejects summary"), chromedp.Click(".card[data-id=c5] .rejects button[value=off-topic]"))
	b.until("document.querySelector('#bar').textContent.includes('Rejected as off topic.')")
	b.at("c4")
	b.keys("m", "j", "m", "x")
	b.until("document.activeElement.closest('#bulk .rejects')")
	b.keys("2")
	reasons := map[string]string{"c8": "off-topic", "c7": "abuse", "c6": "abuse", "c5": "off-topic", "c4": "abuse", "c3": "abuse"}
	for id, reason := range reasons {
		w.stands(id, "reject")
		if got := w.reason(id); got != "none/"+reason {
			t.Errorf("%s was rejected for %q", id, got)
		}
	}
	w.stands("c9", "hold")
	b.size(390, 844, true)
	b.visit("/held")
	b.until("document.querySelector('html.js')")
	b.run(chromedp.Click(".card[data-id=c2] .rejects summary"))
	b.fits("/held with a choice open", 390)
	b.run(chromedp.Click(".card[data-id=c2] header h2")) // elsewhere
	b.until("!document.querySelector('.rejects[open]')")
	b.run(chromedp.Click(".card[data-id=c2] .rejects summary"), chromedp.Click(".card[data-id=c2] .rejects button[value=abuse]"))
	w.stands("c2", "reject")
	b.visit("/comments/default/c2")
	b.until("document.querySelector('.timeline .now')?.innerText.includes('rejected by a moderator as abuse')")
	b.visit("/audit?site=default&comment=c2")
	b.until("document.querySelector('.log td:last-child')?.innerText.includes('reason abuse')")
}

// reason is what a comment's last decision says it learnt and was rejected for.
func (w *winnow) reason(id string) string {
	w.t.Helper()
	var page struct {
		Decisions []struct {
			Reasons []struct {
				Params struct{ Label, Reason string }
			}
		}
	}
	w.ask(http.MethodGet, "/v1/moderation/comments/default/"+id, w.token, nil, &page)
	p := page.Decisions[len(page.Decisions)-1].Reasons[0].Params
	return p.Label + "/" + p.Reason
}

func leavesKeys(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(2)
	b := w.open(browser)
	b.signIn(ann, "/held")
	b.at("c2")
	before := eval[int](b, `(() => { window.__kept = 0; addEventListener("keydown", e => { if (e.defaultPrevented) window.__kept++; }); return 0; })()`)
	for _, modifier := range []string{"ctrlKey", "metaKey", "altKey"} {
		for _, key := range []string{"a", "s", "x", "u", "j", "e"} {
			eval[bool](b, `document.querySelector(".card.current").dispatchEvent(new KeyboardEvent("keydown", {key: "`+key+`", `+modifier+`: true, bubbles: true, cancelable: true}))`)
		}
	}
	if kept := eval[int](b, "window.__kept"); kept != before {
		t.Errorf("%d keys with a modifier were taken", kept)
	}
	b.keys("/")
	b.until("document.activeElement.id === 'q'")
	b.keys("a", "s", "x", "u", "?")
	if got := eval[string](b, "document.querySelector('#q').value"); strings.TrimPrefix(got, "/") != "asxu?" { // chromedp types the slash although it was taken
		t.Errorf("typed %q", got)
	}
	if n := eval[int](b, "document.querySelectorAll('.card:not(.sent)').length"); n != 2 || eval[bool](b, "document.querySelector('#keys').open") {
		t.Errorf("%d comments are left", n)
	}
}

func undoes(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(3)
	b := w.open(browser)
	b.signIn(ann, "/held")
	b.at("c3")
	b.keys("j")
	b.at("c2")
	b.keys("s")
	b.until("document.querySelector('#bar').textContent.includes('Rejected as spam')")
	w.stands("c2", "reject")
	b.keys("u")
	b.at("c2")
	w.stands("c2", "hold")
	if order := eval[string](b, "[...document.querySelectorAll('.card')].map(c => c.dataset.id).join()"); order != "c3,c2,c1" {
		t.Errorf("the order is now %s", order)
	}
	b.until("document.querySelector('#bar').textContent.includes('Undone')")
	b.keys("a") // what was undone can be decided again
	w.stands("c2", "approve")
}

func decidesMany(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(6)
	b := w.open(browser)
	b.signIn(ann, "/held")
	b.at("c6")
	b.keys("j", "m", "j", "j", "M") // c5 to c3
	b.until("document.querySelector('#bulk .chosen').textContent === '3 chosen'")
	b.keys("s")
	for _, id := range []string{"c5", "c4", "c3"} {
		w.stands(id, "reject")
	}
	b.until("document.querySelectorAll('.card').length === 3 && /3 of 3/.test(document.querySelector('#bar').textContent)")
	b.keys("u")
	for _, id := range []string{"c5", "c4", "c3"} {
		w.stands(id, "hold")
	}
}

func decidesAll(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(3)
	for _, id := range []string{"p1", "p2", "p3"} {
		w.hold(id, "cheap pills "+id)
	}
	b := w.open(browser)
	b.signIn(ann, "/held?q=pills")
	b.run(chromedp.Click(".bulk a"))
	b.until("document.querySelector('h1').textContent === 'Decide 3 comments'")
	b.run(chromedp.Click("button.spam"))
	for _, id := range []string{"p1", "p2", "p3"} {
		w.stands(id, "reject")
	}
	w.stands("c1", "hold")
	b.until("location.pathname.startsWith('/jobs/')")
}

func overwritesNothing(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(2)
	a := w.open(browser)
	a.signIn(ann, "/held")
	a.at("c2")
	decide := func(id, action string) {
		w.ask(http.MethodPost, "/v1/moderation/comments/default/"+id+"/decision", w.token, map[string]any{"action": action}, nil)
	}
	decide("c2", "approve")
	a.until("document.querySelector('.card.current .alert')?.textContent === 'Approved by " + bob + " just now'")
	a.keys("s") // is about what is no more, and does nothing
	a.keys("j")
	a.at("c1")
	// Somebody is quicker, and the notice has not come: the page's stream is cut.
	a.visit("/held")
	a.at("c1")
	eval[bool](a, "(document.querySelector('.card').dataset.sequence = '99', true)") // the notice is taken for an old one
	decide("c1", "approve")
	a.keys("s")
	a.until("document.querySelector('.card .alert')?.textContent.startsWith('Nothing was changed')")
	a.until("document.querySelector('.card .tag').textContent === 'Approved'")
	w.stands("c1", "approve")
	w.stands("c2", "approve")
}

func showsLookers(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(2)
	a := w.open(browser)
	a.signIn(ann, "/held")
	a.at("c2")
	b := w.open(browser)
	b.signIn(bob, "/held")
	b.until("document.querySelector('.card[data-id=c2] .lookers').textContent.includes('" + ann + "')")
	a.keys("j")
	b.until("document.querySelector('.card[data-id=c2] .lookers').hidden && document.querySelector('.card[data-id=c1] .lookers').textContent.includes('" + ann + "')")
}

func showsArrivals(t *testing.T, browser context.Context) {
	w := serve(t)
	b := w.open(browser)
	b.signIn(ann, "/held")
	b.until("!document.querySelector('#empty').hidden && document.documentElement.dataset.live === 'on'")
	w.hold("c1", "the first")
	b.at("c1") // nothing was there: it is shown at once
	w.hold("c2", "the second")
	b.until("document.querySelector('[data-arrived]').textContent === 'Show 1 new comment' && !document.querySelector('.arrived').hidden")
	if got := b.current(); got != "c1" {
		t.Errorf("%s is current: something moved under the hand", got)
	}
	b.keys("n")
	b.at("c2")
	b.keys("a") // what came in can be decided
	w.stands("c2", "approve")
}

func searches(t *testing.T, browser context.Context) {
	w := serve(t)
	for id, text := range map[string]string{"he": "שלום עולם", "ru": "Дешёвые часы", "zh": "便宜的手表 在这里", "tr": "İstanbul'da kiralık", "en": "plain English"} {
		w.hold(id, text)
	}
	b := w.open(browser)
	b.signIn(ann, "/held")
	for query, id := range map[string]string{"שלום": "he", "часы": "ru", "手表": "zh", "İSTANBUL": "tr", "author of en": "en", "zh@example.org": "zh"} {
		b.run(chromedp.SetValue("#q", query), chromedp.SendKeys("#q", kb.Enter))
		b.until("document.querySelectorAll('.card').length === 1 && document.querySelector('.card').dataset.id === '" + id + "'")
	}
	b.run(chromedp.SetValue("#q", "nowhere to be found"), chromedp.SendKeys("#q", kb.Enter))
	b.until("document.querySelector('#empty').textContent === 'No comment matches.'")
}

func showsComment(t *testing.T, browser context.Context) {
	w := serve(t)
	w.hold("c/1 ü?", "first text")
	w.hold("c/1 ü?", "second text")
	b := w.open(browser)
	b.signIn(ann, "/held")
	b.keys("o")
	b.until("location.pathname === '/comments/default/c%2F1%20%C3%BC%3F' && document.readyState === 'complete'")
	text := eval[string](b, "document.querySelector('main').innerText")
	for _, want := range []string{"first text", "second text", "revision 1", "revision 2", "link-limit", "3 links, at most 2 are allowed", "the site has no callback"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	b.run(chromedp.SendKeys("input[name=note]", "off topic"), chromedp.Click(".acts .rejects summary"), chromedp.Click(".acts .reject"))
	b.until("document.querySelector('.timeline .now')?.innerText.includes('off topic')")
	b.run(chromedp.Click("#bar button"))
	b.until("document.querySelector('.timeline .now .tag')?.textContent === 'Held'")
}

func clicks(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(3)
	b := w.open(browser)
	b.size(390, 844, true)
	b.signIn(ann, "/held")
	b.run(chromedp.Click(".card[data-id=c2] button.spam"))
	w.stands("c2", "reject")
	b.until("document.querySelectorAll('.card').length === 2")
	b.run(chromedp.Click("#bar button"))
	w.stands("c2", "hold")
}

func loadsMore(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(35)
	b := w.open(browser)
	b.signIn(ann, "/held")
	b.until("document.querySelectorAll('.card').length === 30")
	for range 24 {
		b.keys("j")
	}
	b.until("document.querySelectorAll('.card').length === 35 && !document.querySelector('#more')")
}

// looksFurther stands in front of winnow and answers like it does when it has to look
// through more than a page's time allows, so that this does not hang on how fast it is.
func looksFurther(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(2)
	to, err := url.Parse(w.base)
	if err != nil {
		t.Fatal(err)
	}
	further := func(after int) string {
		path := fmt.Sprintf("/comments?action=approve&amp;after=%d", after)
		return `<div class="more" id="more"><p>Looked through some.</p><a class="button" href="` + path + `" hx-get="` + path + `" hx-target="#more" hx-swap="outerHTML" data-more>Look further</a></div>`
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ModifyResponse = func(res *http.Response) error {
		if res.Request.URL.Path != "/comments" || res.Request.Header.Get("HX-Request") != "" {
			return nil
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		const end = "</div>\n<p class=\"empty\" id=\"empty\">"
		if !strings.Contains(string(body), end) {
			t.Errorf("the list does not end with %s", end)
		}
		body = []byte(strings.Replace(string(body), end, further(1)+strings.Replace(end, ">\n<p ", ">\n<p hidden ", 1), 1))
		res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		res.Header.Set("Content-Length", strconv.Itoa(len(body)))
		return nil
	}
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) {} // the page has gone
	var asked atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		r.Header.Set("Accept-Encoding", "identity")
		switch after, err := strconv.Atoi(r.URL.Query().Get("after")); {
		case err == nil && after < 4:
			asked.Add(1)
			fmt.Fprint(res, further(after+1))
			return
		case err == nil:
			r.URL.RawQuery = "action=hold"
		}
		proxy.ServeHTTP(res, r)
	}))
	defer front.Close()
	w.base = front.URL
	b := w.open(browser)
	b.signIn(ann, "/comments?action=approve")
	b.run(chromedp.Evaluate("document.querySelector('[data-more]').focus()", nil))
	b.keys(kb.Enter)
	b.at("c2")
	if n := asked.Load(); n != 3 {
		t.Errorf("it looked further %d times by itself", n)
	}
	b.until("document.activeElement.dataset.id === 'c2' && !document.querySelector('#more')")
	b.until("document.getElementById('says').textContent === '2 more comments'")
	b.visit("about:blank") // ends what the page listens to
}

// narrows sets filters in the panel, which are shown beside the list and taken off there.
func narrows(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(2)
	b := w.open(browser)
	b.signIn(ann, "/held?lane=look")
	b.run(chromedp.Click(".filters summary"), chromedp.SendKeys("input[name=author]", "c1@example.org"), chromedp.SendKeys("input[name=address]", "203.0.113.9"),
		chromedp.Click(".fields button"))
	b.until("location.search.includes('author=')")
	b.at("c1")
	if got := eval[int](b, "document.querySelectorAll('.card').length"); got != 1 {
		t.Errorf("%d comments are by one author", got)
	}
	if eval[bool](b, "document.querySelector('.filters').open") {
		t.Error("the panel is in the way of the list")
	}
	if got := eval[string](b, "[...document.querySelectorAll('.chips a')].map(a => a.innerText).join('; ')"); !strings.HasPrefix(got, "E-mail of the author c1@example.org") || !strings.Contains(got, "; IP address 203.0.113.9") {
		t.Errorf("the filters in force are %q", got)
	}
	b.run(chromedp.Click(".chips li:first-child a"))
	b.until("document.querySelectorAll('.card').length === 2")
	if got := eval[string](b, "location.search"); got != "?address=203.0.113.9&lane=look&order=newest" {
		t.Errorf("what is left is %q", got)
	}
}
