package publish_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/publish"
	"github.com/winnowd/winnow/signature"
)

func TestDecisionIsDeliveredSigned(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, nil)
	site := p.site("blog", b.URL)
	p.start()
	d := p.decide(site, "c-1")[0]
	h := b.next(t)
	if h.id != d.ID || h.header.Get("User-Agent") != "winnow" || h.header.Get("Content-Type") != "application/json" {
		t.Errorf("id %q, header %v", h.id, h.header)
	}
	secret, err := signature.ParseSecret(p.sites.Secrets(site.ID)[0])
	if err != nil {
		t.Fatal(err)
	}
	if id, err := signature.Verify([]signature.Secret{secret}, h.header, h.body, time.Now()); id != d.ID || err != nil {
		t.Errorf("verify: %q, %v", id, err)
	}
	var m struct {
		Type      string
		Timestamp string
		Data      map[string]any
	}
	if err := json.Unmarshal(h.body, &m); err != nil {
		t.Fatal(err)
	}
	if m.Type != "comment.decided" || m.Timestamp != d.DecidedAt.Format("2006-01-02T15:04:05.000Z") {
		t.Errorf("got %s", h.body)
	}
	if m.Data["id"] != d.ID || m.Data["site"] != "blog" || m.Data["action"] != "hold" || fmt.Sprint(m.Data["meta"]) != "map[mine:1]" {
		t.Errorf("got %v", m.Data)
	}
	p.until("the cursor moves", func() bool { return p.lane(site).Cursor == d.Seq })
	if rows := p.rows(""); len(rows) != 0 {
		t.Errorf("a delivery that succeeded has a row: %+v", rows)
	}
}

func TestBothSecretsVerifyWhileOneIsBeingRotated(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, nil)
	site := p.site("blog", b.URL)
	before := p.sites.Secrets(site.ID)[0]
	p.start()
	after, err := p.store.RotateCredential(t.Context(), "blog", models.SecretCredential, false)
	if err != nil {
		t.Fatal(err)
	}
	p.reload()
	p.decide(site, "c-1")
	h := b.next(t)
	for _, text := range []string{before, after} {
		secret, err := signature.ParseSecret(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signature.Verify([]signature.Secret{secret}, h.header, h.body, time.Now()); err != nil {
			t.Error(err)
		}
	}
	if _, err := p.store.RotateCredential(t.Context(), "blog", models.SecretCredential, true); err != nil {
		t.Fatal(err)
	}
	p.reload()
	p.decide(site, "c-2")
	if list := strings.Fields(b.next(t).header.Get("webhook-signature")); len(list) != 1 {
		t.Errorf("after rotating at once: %q", list)
	}
}

func TestOnlyStatus2xxIsSuccess(t *testing.T) {
	for status, good := range map[int]bool{200: true, 201: true, 204: true, 299: true, 301: false, 302: false, 307: false, 400: false, 404: false, 500: false, 503: false} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			p := open(t, t.TempDir())
			var followed atomic.Bool
			var tries atomic.Int64
			b := newBlog(t, func(_ hit, w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/" {
					followed.Store(true)
				}
				if tries.Add(1) > 1 {
					return
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			})
			site := p.site("blog", b.URL+"/")
			p.start()
			p.decide(site, "c-1")
			first := b.next(t)
			if !good {
				second := b.next(t)
				if second.id != first.id {
					t.Errorf("ids %q and %q", first.id, second.id)
				}
			}
			p.stop()
			if n := tries.Load(); (n == 1) != good || followed.Load() {
				t.Errorf("%d tries, redirect followed: %v", n, followed.Load())
			}
		})
	}
}

func TestDeadLetterAfterFourteenTriesCanBeResent(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, func(_ hit, w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) })
	site := p.site("blog", b.URL)
	p.start()
	d := p.decide(site, "c-1")[0]
	for range 14 {
		b.next(t)
	}
	p.until("a dead letter", func() bool { return len(p.rows(models.DeliveryDead)) == 1 })
	row := p.rows("")[0]
	if row.ID != d.ID || row.Attempts != 14 || row.LastStatus != 500 || row.LastError != "answered 500 Internal Server Error" || row.CommentID != "c-1" {
		t.Errorf("got %+v", row)
	}
	if n, err := p.store.DeadDeliveries(t.Context()); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	b.behave(nil)
	n, whose, err := p.store.ResendDead(t.Context(), "blog")
	if n != 1 || len(whose) != 1 || err != nil {
		t.Fatalf("resend: %d %v %v", n, whose, err)
	}
	p.pub.Wake(whose...)
	if h := b.next(t); h.id != d.ID {
		t.Errorf("resent %q", h.id)
	}
	p.until("no row", func() bool { return len(p.rows("")) == 0 })
	// One that was delivered can be sent again, too.
	whoseID, err := p.store.ResendDecision(t.Context(), "", d.ID)
	if err != nil {
		t.Fatal(err)
	}
	p.pub.Wake(whoseID)
	if h := b.next(t); h.id != d.ID {
		t.Errorf("resent %q", h.id)
	}
	p.until("no row", func() bool { return len(p.rows("")) == 0 })
}

func TestFailingCommentKeepsBackItselfAlone(t *testing.T) {
	p := open(t, t.TempDir())
	var refuse atomic.Bool
	refuse.Store(true)
	b := newBlog(t, func(h hit, w http.ResponseWriter, _ *http.Request) {
		if h.comment == "bad" && refuse.Load() {
			w.WriteHeader(500)
		}
	})
	site := p.site("blog", b.URL)
	p.start(func(o *publish.Options) { o.Schedule = []time.Duration{time.Hour, time.Hour, time.Hour, time.Hour} })
	p.decide(site, "bad")
	b.next(t)
	p.decide(site, "good-1", "good-2")
	if h := b.next(t).comment + b.next(t).comment; !strings.Contains(h, "good-1") || !strings.Contains(h, "good-2") {
		t.Errorf("got %s", h)
	}
	// The newer decision makes the older one due at once, an hour before its time.
	p.decide(site, "bad")
	if h := b.next(t); h.comment != "bad" || h.revision != 1 {
		t.Errorf("got %+v", h)
	}
	p.until("the newer one is kept behind the older", func() bool { return len(p.rows(models.DeliveryWaiting)) == 2 })
	refuse.Store(false)
	p.decide(site, "bad")
	for want := 1; want <= 3; want++ {
		if h := b.next(t); h.comment != "bad" || h.revision != want {
			t.Errorf("got revision %d of %s, want %d", h.revision, h.comment, want)
		}
	}
	p.until("no row", func() bool { return len(p.rows("")) == 0 })
}

// TestApprovalWaitsForNoBackOffOfAHold: also if it comes while the hold is being called
// and fails once more.
func TestApprovalWaitsForNoBackOffOfAHold(t *testing.T) {
	p := open(t, t.TempDir())
	begun, fail := make(chan struct{}), make(chan struct{})
	var calls atomic.Int64
	b := newBlog(t, func(_ hit, w http.ResponseWriter, _ *http.Request) {
		switch calls.Add(1) {
		case 2:
			close(begun)
			<-fail
			fallthrough
		case 1:
			w.WriteHeader(500)
		}
	})
	site := p.site("blog", b.URL)
	p.start(func(o *publish.Options) { o.Schedule = []time.Duration{time.Millisecond, time.Hour, time.Hour} })
	hold := p.decide(site, "c-1")[0]
	b.next(t)
	<-begun // its second call, after whose failure it would wait for an hour
	approval := p.decide(site, "c-1")[0]
	p.decide(site, "c-2") // which comes after it in the feed
	if h := b.next(t); h.comment != "c-2" {
		t.Fatalf("got %+v", h)
	}
	close(fail)
	b.next(t)
	if got := []string{b.next(t).id, b.next(t).id}; !slices.Equal(got, []string{hold.ID, approval.ID}) {
		t.Errorf("got %v", got)
	}
}

func TestDeadSiteDelaysNoOther(t *testing.T) {
	p := open(t, t.TempDir())
	hang := make(chan struct{})
	slow := newBlog(t, func(_ hit, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(hang) }) // before the server is closed, which waits for its handlers
	good := newBlog(t, nil)
	bad, well := p.site("bad", slow.URL), p.site("well", good.URL)
	p.start(func(o *publish.Options) { o.Timeout = 5 * time.Second })
	var many []string
	for i := range 50 {
		many = append(many, fmt.Sprintf("c-%d", i))
	}
	p.decide(bad, many...)
	p.decide(well, many...)
	for range many {
		good.next(t) // while every call of the other hangs
	}
	if n := len(slow.hits); n != 0 {
		t.Errorf("%d of the hanging calls were answered", n)
	}
}

func TestAtMostEightCallsAtOnce(t *testing.T) {
	p := open(t, t.TempDir())
	var now, most atomic.Int64
	gate := make(chan struct{})
	b := newBlog(t, func(hit, http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-gate
		now.Add(-1)
	})
	site := p.site("blog", b.URL)
	p.start()
	for i := range 40 {
		p.decide(site, fmt.Sprint(i))
	}
	p.until("eight calls at once", func() bool { return now.Load() == 8 })
	close(gate)
	for range 40 {
		b.next(t)
	}
	if most.Load() != 8 {
		t.Errorf("%d at once", most.Load())
	}
}

func TestGoneStopsTheCallbackUntilEnabled(t *testing.T) {
	for name, again := range map[string]func(p *press, b *blog){
		"enabled": func(p *press, _ *blog) { yes := true; p.set("blog", models.SiteChange{Enabled: &yes}) },
		"another callback": func(p *press, b *blog) {
			url := b.URL + "/new"
			p.set("blog", models.SiteChange{Callback: &url})
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, t.TempDir())
			b := newBlog(t, func(_ hit, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
			site := p.site("blog", b.URL)
			p.start()
			first := p.decide(site, "c-1")[0]
			b.next(t)
			p.until("the lane stops", func() bool { return !p.lane(site).StoppedAt.IsZero() })
			if l := p.lane(site); l.StoppedReason != "answered 410 Gone" {
				t.Errorf("stopped: %q", l.StoppedReason)
			}
			p.reload() // something else has changed
			second := p.decide(site, "c-2")[0]
			b.behave(nil)
			again(p, b)
			got := map[string]bool{b.next(t).id: true, b.next(t).id: true}
			if !got[first.ID] || !got[second.ID] {
				t.Errorf("got %v", got)
			}
			if l := p.lane(site); !l.StoppedAt.IsZero() {
				t.Error("still stopped")
			}
		})
	}
}

func TestDisabledSiteIsNotCalled(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, nil)
	site := p.site("blog", b.URL)
	p.start()
	no, yes := false, true
	p.set("blog", models.SiteChange{Enabled: &no})
	d := p.decide(site, "c-1")[0]
	if len(b.hits) != 0 {
		t.Error("called")
	}
	p.set("blog", models.SiteChange{Enabled: &yes})
	if h := b.next(t); h.id != d.ID {
		t.Errorf("got %q", h.id)
	}
}

func TestNewCallbackGetsNothingOfThePast(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, nil)
	site := p.site("blog", "")
	p.start()
	p.decide(site, "before")
	p.set("blog", models.SiteChange{Callback: &b.URL})
	p.decide(site, "after")
	if h := b.next(t); h.comment != "after" {
		t.Errorf("got %s", h.comment)
	}
	none := ""
	p.set("blog", models.SiteChange{Callback: &none})
	p.decide(site, "between")
	p.set("blog", models.SiteChange{Callback: &b.URL})
	p.decide(site, "again")
	if h := b.next(t); h.comment != "again" {
		t.Errorf("got %s", h.comment)
	}
}

func TestPrivateAddressNeedsToBeAllowed(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, nil)
	site := p.site("blog", b.URL)
	no, yes := false, true
	p.set("blog", models.SiteChange{AllowPrivateCallback: &no})
	p.start(func(o *publish.Options) { o.Schedule = []time.Duration{time.Hour} })
	p.decide(site, "c-1")
	p.until("it fails", func() bool { return len(p.rows(models.DeliveryWaiting)) == 1 })
	if row := p.rows("")[0]; !strings.Contains(row.LastError, "--allow-private-callback") || row.LastStatus != 0 {
		t.Errorf("got %+v", row)
	}
	if len(b.hits) != 0 {
		t.Error("called")
	}
	p.set("blog", models.SiteChange{AllowPrivateCallback: &yes})
	b.next(t)
}

func TestTroubledReceiversGetEverythingInOrder(t *testing.T) {
	p := open(t, t.TempDir())
	var calls atomic.Int64
	var mu sync.Mutex
	taken := map[string][]int{}
	b := newBlog(t, func(h hit, w http.ResponseWriter, r *http.Request) {
		switch n := calls.Add(1); {
		case n%5 == 0:
			w.WriteHeader(503)
			return
		case n%7 == 0:
			http.Redirect(w, r, "/x", http.StatusTemporaryRedirect)
			return
		case n%11 == 0:
			panic(http.ErrAbortHandler) // resets the connection
		case n%13 == 0:
			select { // hangs for longer than a call may take
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
			}
			return
		case n%3 == 0:
			_, _ = w.Write(bytes.Repeat([]byte("x"), 100<<10)) // more than is read
		}
		mu.Lock()
		defer mu.Unlock()
		if list := taken[h.comment]; len(list) == 0 || list[len(list)-1] != h.revision {
			taken[h.comment] = append(list, h.revision)
		}
	})
	site := p.site("blog", b.URL)
	p.start(func(o *publish.Options) { o.Timeout = 200 * time.Millisecond })
	const comments, revisions = 20, 5
	for range revisions {
		for c := range comments {
			p.decide(site, fmt.Sprint("c-", c))
		}
	}
	complete := func() bool {
		mu.Lock()
		defer mu.Unlock()
		for c := range comments {
			if list := taken[fmt.Sprint("c-", c)]; len(list) == 0 || list[len(list)-1] != revisions {
				return false
			}
		}
		return true
	}
	p.until("everything is delivered", complete)
	mu.Lock()
	defer mu.Unlock()
	for comment, list := range taken {
		if fmt.Sprint(list) != "[1 2 3 4 5]" {
			t.Errorf("%s: %v", comment, list)
		}
	}
}

func TestPingTellsWhatTheCallbackAnswered(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, func(_ hit, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(418)
		fmt.Fprint(w, "short and stout")
	})
	site := p.site("blog", b.URL)
	p.start()
	a, err := p.pub.Ping(t.Context(), site)
	if err != nil || a.Status != 418 || a.Delivered || a.Body != "short and stout" || a.Callback != b.URL || a.Error == "" {
		t.Errorf("got %+v, %v", a, err)
	}
	h := b.next(t)
	secret, _ := signature.ParseSecret(p.sites.Secrets(site.ID)[0])
	if _, err := signature.Verify([]signature.Secret{secret}, h.header, h.body, time.Now()); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(string(h.body), `{"type":"ping","timestamp":"`) || !strings.HasSuffix(string(h.body), `"data":{"site":"blog"}}`) {
		t.Errorf("got %s", h.body)
	}
	b.behave(nil)
	if a, err := p.pub.Ping(t.Context(), site); err != nil || !a.Delivered || a.Status != 204 || a.Error != "" {
		t.Errorf("got %+v, %v", a, err)
	}
	if _, err := p.pub.Ping(t.Context(), &models.Site{Name: "x"}); !errors.Is(err, models.ErrConflict) {
		t.Errorf("got %v", err)
	}
}

// metric reads a metric's value; labels are pairs of name and value.
func metric(t *testing.T, reg *prometheus.Registry, name string, labels ...string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			has := map[string]string{}
			for _, l := range m.GetLabel() {
				has[l.GetName()] = l.GetValue()
			}
			fits := true
			for i := 0; i < len(labels); i += 2 {
				fits = fits && has[labels[i]] == labels[i+1]
			}
			if fits {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
	}
	t.Fatalf("no metric %s %v", name, labels)
	return 0
}

func TestMetricsTellWhatIsBehind(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, func(_ hit, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	site := p.site("blog", b.URL)
	reg := prometheus.NewRegistry()
	p.start(func(o *publish.Options) {
		o.Registerer, o.Schedule = reg, []time.Duration{time.Hour}
	})
	p.pub.InitSite("blog")
	attempts := func(result string) float64 {
		return metric(t, reg, "winnow_deliveries_total", "site", "blog", "result", result)
	}
	gauges := func() (pending, dead, lag float64) {
		return metric(t, reg, "winnow_deliveries_pending"), metric(t, reg, "winnow_deliveries_dead"), metric(t, reg, "winnow_deliveries_lag_seconds")
	}
	if pending, dead, lag := gauges(); pending != 0 || dead != 0 || lag != 0 || attempts("delivered")+attempts("failed")+attempts("dead")+attempts("gone") != 0 {
		t.Errorf("at the start: pending %v, dead %v, lag %v", pending, dead, lag)
	}
	p.decide(site, "c-1")
	b.next(t)
	p.until("it waits", func() bool { return len(p.rows(models.DeliveryWaiting)) == 1 })
	p.until("the lag grows", func() bool { pending, _, lag := gauges(); return pending == 1 && lag > 0 })
	if attempts("failed") != 1 || metric(t, reg, "winnow_delivery_seconds") != 1 {
		t.Errorf("%v failed, %v timed", attempts("failed"), metric(t, reg, "winnow_delivery_seconds"))
	}
	p.decide(site, "c-1") // makes the first due at once
	b.next(t)             // it fails for the first time again
	p.until("both wait", func() bool { pending, _, _ := gauges(); return pending == 2 })
	b.behave(nil)
	p.decide(site, "c-1")
	for range 3 {
		b.next(t)
	}
	p.until("nothing is behind", func() bool { pending, dead, lag := gauges(); return pending == 0 && dead == 0 && lag == 0 })
	if attempts("delivered") != 3 {
		t.Errorf("%v delivered", attempts("delivered"))
	}
}

func TestDeadLettersAreCounted(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, func(_ hit, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	site := p.site("blog", b.URL)
	reg := prometheus.NewRegistry()
	p.start(func(o *publish.Options) { o.Registerer, o.Schedule = reg, []time.Duration{} })
	p.decide(site, "c-1", "c-2", "c-1")
	for range 3 { // the newer one of c-1 is tried once the older one is given up
		b.next(t)
	}
	p.until("three dead letters", func() bool { return metric(t, reg, "winnow_deliveries_dead") == 3 })
	if n := metric(t, reg, "winnow_deliveries_total", "result", "dead"); n != 3 {
		t.Errorf("%v counted", n)
	}
	p.until("nothing pending", func() bool { return metric(t, reg, "winnow_deliveries_pending") == 0 })
}

// TestStopCutsOffWhatHangs: a call that was cut off was not made, as far as is known,
// and is made again by the next publisher, together with what came meanwhile.
func TestStopCutsOffWhatHangs(t *testing.T) {
	p := open(t, t.TempDir())
	begun := make(chan struct{}, 100)
	b := newBlog(t, func(_ hit, _ http.ResponseWriter, r *http.Request) {
		begun <- struct{}{}
		<-r.Context().Done()
	})
	site := p.site("blog", b.URL)
	p.start()
	first := p.decide(site, "c-1")[0]
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.pub.Stop(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("stop: %v", err)
	}
	b.next(t) // it saw the end
	if l := p.lane(site); l.Cursor >= first.Seq || len(p.rows("")) != 0 {
		t.Errorf("a call that was cut off counts: %+v, %v", l, p.rows(""))
	}
	if err := p.pub.Stop(t.Context()); err != nil {
		t.Errorf("stopped again: %v", err)
	}
	p.pub = nil
	second := p.decide(site, "c-2")[0]
	b.behave(nil)
	p.start()
	if got := []string{b.next(t).id, b.next(t).id}; !slices.Contains(got, first.ID) || !slices.Contains(got, second.ID) {
		t.Errorf("got %v", got)
	}
	p.until("the cursor moves", func() bool { return p.lane(site).Cursor == second.Seq })
	p.stop()
	p.start() // and nothing comes twice
	third := p.decide(site, "c-3")[0]
	if h := b.next(t); h.id != third.ID {
		t.Errorf("got %q again", h.id)
	}
}

// TestNewerDecisionWaitsUntilTheOlderIsNoted: were the daemon killed in between, the
// older one would come again after the newer one.
func TestNewerDecisionWaitsUntilTheOlderIsNoted(t *testing.T) {
	p := open(t, t.TempDir())
	held := make(chan struct{})
	b := newBlog(t, func(h hit, _ http.ResponseWriter, _ *http.Request) {
		if h.comment == "slow" {
			<-held // holds the cursor back
		}
	})
	site := p.site("blog", b.URL)
	p.start()
	slow := p.decide(site, "slow")[0]
	first := p.decide(site, "c-1")[0]
	if h := b.next(t); h.id != first.ID {
		t.Fatalf("got %s", h.comment)
	}
	p.decide(site, "c-1")
	if h := b.next(t); h.comment != "c-1" || h.revision != 2 { // and not when the slow call was given up
		t.Fatalf("got %+v", h)
	}
	if l := p.lane(site); l.Cursor < first.Seq {
		t.Errorf("the cursor is at %d: the first decision, %d, would come again", l.Cursor, first.Seq)
	}
	rows := p.rows(models.DeliveryWaiting)
	if len(rows) != 1 || rows[0].ID != slow.ID {
		t.Errorf("what holds it back is not kept: %+v", rows)
	}
	close(held)
	b.next(t)
	p.until("no row", func() bool { return len(p.rows("")) == 0 })
}
