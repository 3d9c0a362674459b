package publish

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What an attempt can come to, as the metrics' label "result".
const (
	delivered = "delivered" // 2xx
	failed    = "failed"    // tried again later
	dead      = "dead"      // not tried again
	gone      = "gone"      // 410
)

var results = [...]string{delivered, failed, dead, gone}

type metrics struct {
	attempts *prometheus.CounterVec
	seconds  prometheus.Histogram
	label    func(site string) string
	lastDead atomic.Int64
}

func newMetrics(p *Publisher) *metrics {
	m := &metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "winnow_deliveries_total", Help: "Attempts to deliver a decision to its site's callback, by what they came to.",
		}, []string{"site", "result"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "winnow_delivery_seconds", Help: "Time of one call of a callback, answered or not.",
			Buckets: []float64{.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15},
		}),
		label: p.o.SiteLabel,
	}
	if reg := p.o.Registerer; reg != nil {
		reg.MustRegister(m.attempts, m.seconds,
			gauge("winnow_deliveries_pending", "Decisions not delivered yet, those that wait for another attempt included; at most 10000 more are counted for each site.",
				func() float64 { return float64(p.pending()) }),
			gauge("winnow_deliveries_dead", "Deliveries that failed for good and were not put back, of sites that are there and have a callback.", p.deadCount),
			gauge("winnow_deliveries_lag_seconds", "Age of the oldest decision not delivered yet, dead ones and callbacks that want no more left out.", p.lag),
		)
	}
	return m
}

func gauge(name, help string, f func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
}

// InitSite makes a site's series known, at 0.
func (p *Publisher) InitSite(name string) {
	for _, result := range results {
		p.m.attempts.WithLabelValues(p.o.SiteLabel(name), result)
	}
}

func (m *metrics) observe(site, result string, took time.Duration) {
	m.attempts.WithLabelValues(m.label(site), result).Inc()
	m.seconds.Observe(took.Seconds())
}

// laneGauges is what a lane shows of itself.
type laneGauges struct {
	open  atomic.Int64
	since atomic.Int64 // Unix milliseconds, 0 for nothing
	// head is a place of the feed above which there is more, 0 if nothing is known of more.
	head   atomic.Int64
	looked time.Time
	late   bool // since may be out of date
}

// show brings the gauges up to date; the oldest decision may have to be looked for, so
// that this happens now and then only.
func (l *lane) show(now time.Time) {
	g := &l.gauges
	g.open.Store(int64(l.book.open))
	g.head.Store(0)
	if l.more {
		g.head.Store(l.head)
	}
	if g.late = now.Sub(g.looked) < saveEvery && l.book.open > 0; g.late {
		return
	}
	g.looked = now
	g.since.Store(0)
	if at := l.book.since(); !at.IsZero() {
		g.since.Store(at.UnixMilli())
	}
}

const (
	// maxAhead is up to how many decisions that a lane has not read are counted.
	maxAhead = 10_000
	// scrapeTime bounds what a scrape asks the database.
	scrapeTime = time.Second
)

func (p *Publisher) pending() (n int64) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	for _, l := range p.running() {
		n += l.gauges.open.Load()
		head := l.gauges.head.Load()
		if head == 0 {
			continue
		}
		if ahead, err := p.o.Feed.Ahead(ctx, l.site.ID, head, maxAhead); err == nil {
			n += int64(ahead)
		}
	}
	return n
}

func (p *Publisher) deadCount() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	n, err := p.o.Store.DeadDeliveries(ctx)
	if err != nil { // as far as is known
		return float64(p.m.lastDead.Load())
	}
	p.m.lastDead.Store(int64(n))
	return float64(n)
}

func (p *Publisher) lag() float64 {
	var oldest int64
	for _, l := range p.running() {
		if at := l.gauges.since.Load(); at != 0 && (oldest == 0 || at < oldest) {
			oldest = at
		}
	}
	if oldest == 0 {
		return 0
	}
	return max(0, float64(time.Now().UnixMilli()-oldest)/1000)
}
