package publish_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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
