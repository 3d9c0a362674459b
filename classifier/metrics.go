package classifier

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics is what the model tells of itself. Without a registerer they are counted
// and nobody reads them.
type metrics struct {
	score, seconds prometheus.Histogram
	ham, spam      prometheus.Gauge
	tokens         prometheus.Gauge
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	documents := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "winnow_model_documents",
		Help: "Labelled comments that the model has learnt.",
	}, []string{"label"})
	m := &metrics{
		score: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "winnow_classifier_score",
			Help:    "Probability of spam that the classifier gave.",
			Buckets: scoreBuckets(),
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "winnow_classifier_seconds",
			Help:    "Time taken to score a comment.",
			Buckets: []float64{5e-6, 10e-6, 20e-6, 50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 50e-3, 0.1},
		}),
		tokens: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "winnow_model_tokens",
			Help: "Tokens that the model knows.",
		}),
		ham:  documents.WithLabelValues("ham"),
		spam: documents.WithLabelValues("spam"),
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.score, m.seconds, documents, m.tokens} {
		if err := r.Register(c); err != nil {
			return nil, fmt.Errorf("register the classifier's metrics: %w", err)
		}
	}
	return m, nil
}

// show sets the gauges to the state of the model.
func (m *metrics) show(s *state) {
	documents, features := s.totals()
	m.ham.Set(float64(documents[hamRow]))
	m.spam.Set(float64(documents[spamRow]))
	m.tokens.Set(float64(features))
}

// scoreBuckets are steps of 0.05, without the noise that adding them up would bring.
func scoreBuckets() []float64 {
	buckets := make([]float64, 20)
	for i := range buckets {
		buckets[i] = float64(i+1) / 20
	}
	return buckets
}
