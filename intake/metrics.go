package intake

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/problem"
)

// otherReason stands for the reasons of refusals that were not announced.
const otherReason = "other"

// refusals are the kinds of problem that a submission may be refused with, apart
// from the refusals of the gate and the store, which are counted by their reasons.
var refusals = [...]problem.Kind{
	problem.Internal, problem.Unreadable, problem.Unauthorized, problem.SiteDisabled, problem.TooSlow, problem.Erased,
	problem.TooLarge, problem.UnsupportedMedia, problem.Invalid, problem.OverLimit, problem.Unavailable,
}

type metrics struct {
	received *prometheus.CounterVec
	refused  map[string]prometheus.Counter

	// bySite has the counters of received by the labels of sites. It is replaced and never
	// changed; the mutex is for who replaces it.
	bySite atomic.Pointer[map[string]prometheus.Counter]
	mu     sync.Mutex
}

func newMetrics(opts Options) (*metrics, error) {
	received := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "winnow_comments_received_total",
		Help: "Revisions of comments that were accepted, without repetitions, by site and protocol.",
	}, []string{"site", "protocol"})
	refused := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "winnow_comments_refused_total",
		Help: "Submissions that were refused, by reason.",
	}, []string{"reason"})
	for _, c := range []prometheus.Collector{received, refused} {
		if err := opts.Registerer.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of intake: %w", err)
		}
	}
	m := &metrics{received: received, refused: make(map[string]prometheus.Counter)}
	m.bySite.Store(&map[string]prometheus.Counter{})
	for _, kind := range refusals {
		m.refused[kind.Name()] = refused.WithLabelValues(kind.Name())
	}
	for _, reason := range slices.Concat(opts.Reasons, []string{rateReason, crowdedReason, otherReason}) {
		m.refused[reason] = refused.WithLabelValues(reason)
	}
	return m, nil
}

// accepted is the counter of a site's accepted revisions.
func (m *metrics) accepted(label string) prometheus.Counter {
	if c, ok := (*m.bySite.Load())[label]; ok {
		return c
	}
	c := m.received.WithLabelValues(label, native)
	m.mu.Lock()
	defer m.mu.Unlock()
	known := maps.Clone(*m.bySite.Load())
	known[label] = c
	m.bySite.Store(&known)
	return c
}

// counted counts the problem of a refused submission, if there is one.
func (h *Handler) counted(p *problem.Problem) *problem.Problem {
	if p == nil {
		return nil
	}
	reason, ok := p.Extensions["reason"].(string)
	if !ok {
		reason = p.Kind.Name()
	}
	c := h.metrics.refused[reason]
	if c == nil {
		c = h.metrics.refused[otherReason]
	}
	c.Inc()
	return p
}
