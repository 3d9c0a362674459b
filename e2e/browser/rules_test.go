package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/winnowd/winnow/configs"
)

// look holds the page that is open against all that pages must be, on a screen and on a
// phone, in light and dark.
func (b *tab) look(path, judge string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		b.size(1280, 900, false)
		b.inert(path)
		b.accessible(path+" in the "+scheme, judge)
		b.fits(path, 1280)
		b.size(390, 844, true)
		b.fits(path, 390)
		b.accessible(path+" on a phone in the "+scheme, judge)
	}
	b.size(1280, 900, false)
}

// TestMakesARuleOfAComment goes from a card to a rule that is in force, and looks at every
// page on the way.
func TestMakesARuleOfAComment(t *testing.T) {
	judge := axe(t)
	browser := chromium(t)
	w := serve(t, func(c *configs.Config) { c.Classifier.Starter = configs.StarterNone }) // the rules alone decide
	w.holdMany(3)
	w.ask(http.MethodPost, "/v1/moderation/comments/default/c2/decision", w.token, map[string]any{"action": "approve"}, nil)
	var d struct {
		Action  string
		Reasons []struct{ Rule string }
	}
	post := func(id, content string) {
		t.Helper()
		d.Reasons = nil
		w.ask(http.MethodPost, "/v1/comments", w.key, map[string]any{"id": id, "content": content, "author": map[string]any{"name": "Zoë", "email": "zoe@example.org"}}, &d)
	}
	post("plain", "there is a word: <b>plum</b> 'jam' at https://one.example/")
	if d.Action != "approve" {
		t.Fatalf("%+v", d)
	}
	b := w.open(browser)
	b.signIn(ann, "/held")
	b.at("c3")
	b.run(chromedp.Click(".card.current .ruled"))
	b.until("location.pathname === '/comments/default/c3/rule'")
	b.look("the rules of a comment", judge)
	b.run(chromedp.Click(`input[value="block-phrase:"]`), chromedp.Clear("input[name=phrase]"), chromedp.Click("button.main"))
	b.until("document.querySelector('.alert')?.textContent.includes('something to look for')")
	b.look("the rules of a comment, with a fault", judge)
	b.run(chromedp.Click(`input[value="block-host:one.example"]`), chromedp.Click("button.main"))
	b.until("location.pathname.startsWith('/trials/') && document.querySelector('#trial')?.textContent.includes('changed 1 decision.')")
	b.until(`document.querySelector('.examples a[href="/comments/default/plain"]')`)
	b.look("a rule, tried", judge)
	b.run(chromedp.Click("#trial button.main"))
	b.until("document.querySelector('#bar')?.textContent.includes('The rule is in force.')")
	b.look("a rule, written", judge)
	post("next", "another word, at https://one.example/again")
	if d.Action != "hold" || !strings.HasPrefix(d.Reasons[0].Rule, "block-host-") {
		t.Errorf("the next comment: %+v", d)
	}
	b.run(chromedp.Click(".ok a"))
	b.at("next")
	b.visit("/audit?kind=policy.add")
	b.until("document.querySelector('.log tbody')?.textContent.includes('one.example')")
}

func TestMakesARuleWithoutScript(t *testing.T) {
	w := serve(t)
	w.holdMany(2)
	v := w.visitor()
	_, page := v.get("/login")
	v.submit(v.form(page, "/login"), "", "", url.Values{"email": {ann}, "password": {password}})
	_, page = v.get("/comments/default/c1/rule")
	form := v.form(page, "/comments/default/c1/rule")
	const phrase = `"number: 1" {x}`
	res, page := v.submit(form, "", "", url.Values{"rule": {"block-phrase:"}, "phrase": {phrase}, "site": {""}})
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Request.URL.Path, "/trials/") || !strings.Contains(text(page), "would have changed no decision") {
		t.Fatalf("tried, one is at %s:\n%s", res.Request.URL, text(page))
	}
	res, page = v.submit(v.form(page, res.Request.URL.Path+"/write"), "", "", nil)
	if res.StatusCode != http.StatusOK || !strings.Contains(text(page), "The rule is in force.") {
		t.Fatalf("written, one is at %s:\n%s", res.Request.URL, text(page))
	}
	var d struct{ Action string }
	w.ask(http.MethodPost, "/v1/comments", w.key, map[string]any{"id": "next", "content": "it says " + phrase + " here", "author": map[string]any{"name": "Zoë", "email": "zoe@example.org"}}, &d)
	if d.Action != "hold" {
		t.Errorf("the next comment: %+v", d)
	}
	res, page = v.submit(form, "", "", url.Values{"rule": {"block-phrase:"}, "phrase": {phrase}, "site": {""}})
	if res.StatusCode != http.StatusConflict || !strings.Contains(text(page), "already") {
		t.Errorf("the same rule is answered %d:\n%s", res.StatusCode, text(page))
	}
}
