package publish_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/publish"
)

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
