package judge

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/models"
)

// Metrics counts decisions, automatic ones and people's.
type Metrics struct {
	decisions *prometheus.CounterVec
	seconds   prometheus.Histogram
	hits      *prometheus.CounterVec
	shadow    *prometheus.CounterVec
	label     func(site string) string

	// made and found are the counters of decisions and hits that were counted before:
	// looking one up by its labels takes a while, and each decision has several.
	mu    sync.Mutex
	made  map[outcome]prometheus.Counter
	found map[hit]prometheus.Counter
}

// outcome is what decisions are counted by, and hit what findings are.
type outcome struct {
	site   string // its label
	action models.Action
	source models.Source
}

type hit struct {
	rule   string
	action models.Action
}

// NewMetrics registers the metrics of decisions. label gives the value of the label
// "site" for a site's name.
func NewMetrics(reg prometheus.Registerer, label func(string) string) *Metrics {
	m := &Metrics{
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "winnow_decisions_total", Help: "Decisions made.",
		}, []string{"site", "action", "source"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "winnow_decision_seconds", Help: "Time from a revision's acceptance to its automatic decision, stored.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}),
		hits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "winnow_rule_hits_total", Help: "Findings of rules and of the classifier, by the action they asked for.",
		}, []string{"rule", "action"}),
		shadow: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "winnow_rule_shadow_hits_total", Help: "Findings of rules that are only being tried, by the action that they would have asked for.",
		}, []string{"rule", "action"}),
		label: label,
		made:  map[outcome]prometheus.Counter{}, found: map[hit]prometheus.Counter{},
	}
	reg.MustRegister(m.decisions, m.seconds, m.hits, m.shadow)
	m.InitRule("classifier", models.Actions[:]...)
	m.InitRule(InternalError, models.Hold)
	return m
}

// InitSite makes a site's series known, at 0.
func (m *Metrics) InitSite(name string) {
	for _, action := range models.Actions {
		for _, source := range models.Sources {
			m.decisions.WithLabelValues(m.label(name), string(action), string(source))
		}
	}
}

// InitRule makes a rule's series known, at 0.
func (m *Metrics) InitRule(name string, actions ...models.Action) {
	for _, action := range actions {
		m.hits.WithLabelValues(name, string(action))
	}
}

// InitShadow makes the series of a rule that is only being tried known, at 0.
func (m *Metrics) InitShadow(name string, actions ...models.Action) {
	for _, action := range actions {
		m.shadow.WithLabelValues(name, string(action))
	}
}

// Observe counts decisions that were stored.
func (m *Metrics) Observe(ds []*models.Decision) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	for _, d := range ds {
		m.decision(outcome{m.label(d.Site), d.Action, d.Source}).Inc()
		if d.Actor.Kind != models.System.Kind {
			continue
		}
		m.seconds.Observe(max(0, now.Sub(d.ReceivedAt).Seconds()))
		for i := range d.Reasons {
			m.hit(hit{d.Reasons[i].Rule, d.Reasons[i].Action}).Inc()
		}
		for _, r := range d.Shadow {
			m.shadow.WithLabelValues(r.Rule, string(r.Action)).Inc()
		}
	}
}

func (m *Metrics) decision(of outcome) prometheus.Counter {
	c := m.made[of]
	if c == nil {
		c = m.decisions.WithLabelValues(of.site, string(of.action), string(of.source))
		m.made[of] = c
	}
	return c
}

func (m *Metrics) hit(of hit) prometheus.Counter {
	c := m.found[of]
	if c == nil {
		c = m.hits.WithLabelValues(of.rule, string(of.action))
		m.found[of] = c
	}
	return c
}
