package publish_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/publish"
)

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

// TestEnablingCountsWhileTheLastCallsEnd: a callback that wants no more is stopped at
// once, and the calls that were under way may take a while longer.
func TestEnablingCountsWhileTheLastCallsEnd(t *testing.T) {
	for name, failures := range map[string]int32{"and are stored": 0, "and can be stored later only": 1} {
		t.Run(name, func(t *testing.T) {
			p := open(t, t.TempDir())
			hangs, letGo := make(chan struct{}), make(chan struct{})
			var gone atomic.Bool
			b := newBlog(t, func(h hit, w http.ResponseWriter, _ *http.Request) {
				switch {
				case h.comment == "slow":
					close(hangs)
					<-letGo
				case gone.CompareAndSwap(false, true):
					w.WriteHeader(http.StatusGone)
				}
			})
			site := p.site("blog", b.URL)
			store := &failing{Store: p.store}
			p.start(func(o *publish.Options) { o.Store = store })
			p.decide(site, "slow")
			<-hangs
			first := p.decide(site, "c-1")[0]
			if h := b.next(t); h.id != first.ID {
				t.Fatalf("got %s", h.comment)
			}
			p.until("the lane stops", func() bool { return !p.lane(site).StoppedAt.IsZero() })
			yes := true
			p.set("blog", models.SiteChange{Enabled: &yes})
			store.times.Store(failures)
			close(letGo)
			if h := b.next(t); h.comment != "slow" {
				t.Fatalf("got %s", h.comment)
			}
			if h := b.next(t); h.id != first.ID {
				t.Errorf("got %s", h.comment)
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
