package publish_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/publish"
)

// log gives what is remembered of the deliveries of a comment's newest decision.
func (p *press) log(site *models.Site, comment string) []models.Attempt {
	p.t.Helper()
	page, err := p.store.Page(p.t.Context(), site.ID, comment)
	if err != nil {
		p.t.Fatal(err)
	}
	return page.Deliveries[page.Decisions[len(page.Decisions)-1].Seq].Log
}

func TestAttemptsAreRememberedFromTheFirstThatFailsOn(t *testing.T) {
	p := open(t, t.TempDir())
	var calls atomic.Int32
	b := newBlog(t, func(_ hit, w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) <= 2 {
			http.Error(w, "no", http.StatusBadGateway)
		}
	})
	site := p.site("blog", b.URL)
	begun := time.Now().Add(-time.Second)
	p.start()
	d := p.decide(site, "c-1")[0]
	p.until("three attempts", func() bool { return len(p.log(site, "c-1")) == 3 })
	for i, a := range p.log(site, "c-1") {
		want := models.Attempt{Status: http.StatusBadGateway, Error: "answered 502 Bad Gateway"}
		if i == 2 {
			want = models.Attempt{Status: http.StatusOK}
		}
		if a.Status != want.Status || a.Error != want.Error || a.At.Before(begun) || a.At.After(time.Now()) || a.Seconds < 0 || a.Seconds > 60 {
			t.Errorf("attempt %d: %+v", i+1, a)
		}
	}
	whose, err := p.store.ResendDecision(t.Context(), "blog", d.ID)
	if err != nil {
		t.Fatal(err)
	}
	p.pub.Wake(whose)
	p.until("the attempt that was asked for", func() bool { return len(p.log(site, "c-1")) == 4 })
}

// counted counts what is stored of attempts.
type counted struct {
	publish.Store
	attempts, kept atomic.Int64
}

func (c *counted) RecordDeliveries(ctx context.Context, p models.LaneProgress) error {
	c.attempts.Add(int64(len(p.Attempts)))
	c.kept.Add(int64(len(p.Failed) + len(p.Done)))
	return c.Store.RecordDeliveries(ctx, p)
}

func TestWhatSucceedsAtOnceWritesNothingButTheCursor(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, nil)
	site := p.site("blog", b.URL)
	c := &counted{Store: p.store}
	p.start(func(o *publish.Options) { o.Store = c })
	p.decide(site, "c-1", "c-2", "c-3", "c-4")
	p.until("all of it noted", func() bool {
		left, err := p.store.Ahead(t.Context(), site.ID, p.lane(site).Cursor, 1)
		return err == nil && left == 0
	})
	if n, rows := c.attempts.Load(), c.kept.Load(); n != 0 || rows != 0 {
		t.Errorf("%d attempts and %d rows were written", n, rows)
	}
	if log := p.log(site, "c-1"); len(log) != 0 {
		t.Errorf("remembered %+v", log)
	}
}

func TestAnAttemptWithoutAnAnswerSaysWhy(t *testing.T) {
	p := open(t, t.TempDir())
	b := newBlog(t, nil)
	at := b.URL
	b.Close()
	site := p.site("blog", at)
	p.start()
	p.decide(site, "c-1")
	p.until("a dead letter", func() bool { return len(p.rows(models.DeliveryDead)) == 1 })
	log := p.log(site, "c-1")
	if len(log) != 14 || log[0].Status != 0 || log[0].Error == "" || log[13].Error == "" {
		t.Errorf("remembered %+v", log)
	}
}
