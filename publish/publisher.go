package publish

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

// Publisher delivers decisions. It is safe for use by any number of goroutines.
type Publisher struct {
	o      Options
	m      *metrics
	caller *caller

	mu     sync.Mutex
	lanes  map[int64]*handle
	closed bool
	// quit and cut are those of all lanes.
	quit context.CancelFunc
	all  context.Context
	cut  context.CancelFunc
	life context.Context
}

// handle is a lane and what ends it.
type handle struct {
	*lane
	end context.CancelFunc // cuts its calls off, too
}

// New makes a publisher and registers its metrics. It delivers nothing before Reload.
func New(o Options) (*Publisher, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	p := &Publisher{o: o, caller: newCaller(o.Timeout, o.Resolver), lanes: map[int64]*handle{}}
	p.m = newMetrics(p)
	p.all, p.quit = context.WithCancel(context.Background())
	p.life, p.cut = context.WithCancel(context.Background())
	return p, nil
}

// Reload starts, restarts and ends lanes as the sites now are, and returns without
// waiting for them. A site has a lane while it is enabled and has a callback. Another
// callback, or another word on private addresses, makes everything that waits due at
// once; calls of the callback as it was are cut off. A lane that ends because its
// callback wants no more, or has ended so, is followed by another if the store says so.
func (p *Publisher) Reload() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	wanted := map[int64]bool{}
	for _, site := range p.o.Sites.All() {
		if !site.Enabled || site.Callback == "" {
			continue
		}
		wanted[site.ID] = true
		old := p.lanes[site.ID]
		switch {
		case old == nil:
			p.lanes[site.ID] = p.start(site, nil, false)
		case old.site.Callback != site.Callback || old.site.AllowPrivateCallback != site.AllowPrivateCallback:
			old.end()
			p.lanes[site.ID] = p.start(site, old.done, true)
		case old.gaveUp.Load(), old.closing():
			p.lanes[site.ID] = p.start(site, old.done, true)
		}
	}
	for id, h := range p.lanes {
		if wanted[id] {
			continue
		}
		// It is kept until it has ended, so that the site's next lane can wait for that.
		h.end()
		if h.over() {
			delete(p.lanes, id)
		}
	}
}

func (h *handle) over() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// start starts a lane, which waits for the one before it.
func (p *Publisher) start(site *models.Site, before <-chan struct{}, hurry bool) *handle {
	quit, stop := context.WithCancel(p.all)
	cut, cutNow := context.WithCancel(p.life)
	l := &lane{
		p: p, site: site, quit: quit.Done(), cut: cut, before: before, hurry: hurry,
		poke: make(chan struct{}, 1), done: make(chan struct{}),
	}
	h := &handle{lane: l, end: func() { stop(); cutNow() }}
	go func() {
		defer h.end()
		l.run()
	}()
	return h
}

// Wake tells that deliveries of sites were put back.
func (p *Publisher) Wake(siteIDs ...int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range siteIDs {
		if h := p.lanes[id]; h != nil {
			select {
			case h.poke <- struct{}{}:
			default:
			}
		}
	}
}

func (p *Publisher) running() []*lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]*lane, 0, len(p.lanes))
	for _, h := range p.lanes {
		if !h.over() {
			list = append(list, h.lane)
		}
	}
	return list
}

// Stop starts no further calls, waits for those under way, cuts them off when ctx ends,
// and stores what came of them. A call that was cut off counts as not made. When Stop
// returns, nothing of the publisher is left running. It may be called more than once.
func (p *Publisher) Stop(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	lanes := make([]*handle, 0, len(p.lanes))
	for _, h := range p.lanes {
		lanes = append(lanes, h)
	}
	p.mu.Unlock()
	p.quit()
	var err error
	for _, h := range lanes {
		select {
		case <-h.done:
		case <-ctx.Done():
			err = fmt.Errorf("deliveries under way were cut off: %w", ctx.Err())
			p.cut()
			<-h.done
		}
	}
	p.cut()
	p.caller.close()
	return err
}

// recordTime bounds one attempt to store progress.
const recordTime = 10 * time.Second

// record stores progress. It is not cut off with the calls: what they came to is to
// be known.
func (p *Publisher) record(progress models.LaneProgress) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.life), recordTime)
	defer cancel()
	return p.o.Store.RecordDeliveries(ctx, progress)
}

// deliver makes one call, on a goroutine of its own.
func (p *Publisher) deliver(ctx context.Context, site *models.Site, secrets []signature.Secret, it *item) result {
	d := it.decision
	if d == nil {
		var err error
		d, err = p.o.Feed.Decision(ctx, it.Seq)
		if err != nil {
			return result{it: it, unread: err}
		}
	}
	body, err := encodeDecision(d)
	if err != nil {
		return result{it: it, a: answer{err: err, at: time.Now()}}
	}
	return result{it: it, a: p.caller.post(ctx, site, secrets, d.ID, body, false)}
}

// Ping sends a site's callback a signed test message and returns what came of it. The
// error wraps models.ErrConflict if the site has no callback. A failed call is no
// error; the answer tells of it.
func (p *Publisher) Ping(ctx context.Context, site *models.Site) (models.PingAnswer, error) {
	if site.Callback == "" {
		return models.PingAnswer{}, fmt.Errorf("site %q has no callback: %w", site.Name, models.ErrConflict)
	}
	body, err := encodePing(site.Name, time.Now())
	if err != nil {
		return models.PingAnswer{}, err
	}
	var box secretBox
	a := p.caller.post(ctx, site, box.get(p.o.Sites.Secrets(site.ID)), pingID(), body, true)
	result := models.PingAnswer{
		Callback: site.Callback, Delivered: a.good(), Status: a.status,
		Body: shorten(string(a.body)), Seconds: a.took.Seconds(),
	}
	if !a.good() {
		result.Error = shorten(a.fault())
	}
	return result, nil
}
