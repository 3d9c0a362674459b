package queue

import "github.com/prometheus/client_golang/prometheus"

// Register exports the queue's metrics.
func (q *Queue) Register(reg prometheus.Registerer) {
	reg.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "winnow_queue_depth", Help: "Accepted revisions that are not yet decided.",
		}, func() float64 { return float64(q.Depth()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "winnow_queue_oldest_seconds", Help: "How long the oldest undecided revision has waited.",
		}, func() float64 { return q.Oldest().Seconds() }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "winnow_queue_retries_total", Help: "Judgements that failed and were put back.",
		}, func() float64 { return float64(q.Retries()) }),
	)
}
