package browser

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// broken stands in front of winnow as a proxy does; while it is cut, it lets nothing
// through and answers for winnow, or, with status 0, hangs up.
type broken struct {
	*httptest.Server
	cut    atomic.Bool
	status atomic.Int64
}

func (w *winnow) behind(t *testing.T) *broken {
	t.Helper()
	to, err := url.Parse(w.base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.FlushInterval = -1
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) {} // the page has gone
	p := &broken{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, r *http.Request) {
		switch status := int(p.status.Load()); {
		case !p.cut.Load():
			proxy.ServeHTTP(res, r)
		case status != 0:
			res.WriteHeader(status)
		default:
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(p.Close)
	return p
}

// lost has the stream of events break off, in both ways in which browsers learn of it.
func lost(t *testing.T, browser context.Context) {
	for name, status := range map[string]int64{"hung up": 0, "refused": http.StatusBadGateway} {
		t.Run(name, func(t *testing.T) {
			w := serve(t)
			w.holdMany(2)
			front := w.behind(t)
			direct := w.base
			w.base = front.URL
			b := w.open(browser)
			b.signIn(ann, "/held")
			w.base = direct
			b.at("c2")
			b.until("document.documentElement.dataset.live === 'on' && document.querySelector('#offline').hidden")
			front.status.Store(status)
			front.cut.Store(true)
			front.CloseClientConnections()
			b.until("!document.querySelector('#offline').hidden && document.querySelector('#offline').textContent.startsWith('The connection is lost')")
			w.hold("meanwhile", "nobody told")
			front.cut.Store(false)
			b.until("document.documentElement.dataset.live === 'on' && document.querySelector('#offline').hidden")
			b.until("document.querySelector('[data-arrived]').textContent === 'Show 1 new comment' && !document.querySelector('.arrived').hidden")
			b.visit("about:blank") // ends what the page listens to
		})
	}
}

// over ends the session while a list is open: the page says so, and goes on where it was.
func over(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(2)
	b := w.open(browser)
	b.signIn(ann, "/held?order=oldest")
	b.at("c1")
	b.until("document.documentElement.dataset.live === 'on'")
	b.run(chromedp.Evaluate("fetch('/account/sign-out', {method: 'POST', redirect: 'manual'}).then(() => true)", nil, awaited))
	b.until("document.querySelector('.card')") // nothing is taken away
	n := 0
	eventually(t, "the page says so", func() bool {
		n++ // something to be told of
		w.ask(http.MethodPost, "/v1/moderation/comments/default/c1/look", w.token, map[string]any{"away": n%2 == 1}, nil)
		return eval[bool](b, "!document.querySelector('#offline').hidden")
	})
	b.until("document.querySelector('#offline').textContent.startsWith('You are not signed in any more')")
	b.keys("s")
	b.until("location.pathname + location.search === '/login?next=%2Fheld%3Forder%3Doldest'")
	b.run(chromedp.SendKeys("input[name=email]", ann), chromedp.SendKeys("input[name=password]", password), chromedp.Click("button.main"))
	b.until("location.pathname + location.search === '/held?order=oldest'")
	b.at("c1")
	w.stands("c1", "hold")
}

// counts has the number above the list go with what leaves it.
func counts(t *testing.T, browser context.Context) {
	w := serve(t)
	w.holdMany(4)
	b := w.open(browser)
	b.signIn(ann, "/held")
	b.at("c4")
	b.keys("h") // stays
	b.at("c3")
	b.until("document.querySelector('.card[data-id=c4] .why').textContent.includes('kept')")
	b.until("document.querySelector('#total').textContent === '4 comments'")
	b.keys("a")
	b.until("document.querySelector('#total').textContent === '3 comments'")
	b.keys("s")
	b.until("document.querySelector('#total').textContent === '2 comments'")
	b.keys("u")
	b.until("document.querySelector('#total').textContent === '3 comments'")
	b.keys("s")
	b.until("document.querySelector('#total').textContent === '2 comments'")
	b.keys("a")
	b.until("document.querySelector('#total').textContent === '1 comment'")
	b.keys("a")
	b.until("!document.querySelector('#empty').hidden && document.querySelector('#bulk').hidden")
}
