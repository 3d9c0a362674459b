package classifier

import (
	"fmt"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// BenchmarkScoreCold scores comments that were not seen before while the caches hold
// other things, as in a daemon that does much else between two of them. What is walked
// over in between is not measured.
func BenchmarkScoreCold(b *testing.B) {
	for _, labels := range []int{1200, 24_000} {
		m, w := learnt(b, labels, false)
		coldly(b, fmt.Sprintf("%dFeatures", m.Tokens()), m, w)
	}
	m, w := learnt(b, 1200, true)
	coldly(b, fmt.Sprintf("%dFeaturesAndStarter", m.Tokens()), m, w)
}

// learnt makes a model of so many labels. With a starter the labels are what it
// thinks, so that it is listened to.
func learnt(b *testing.B, labels int, starter bool) (*Model, writer) {
	b.Helper()
	o := Options{Epoch: "test"}
	if starter {
		var err error
		if o.Starter, err = Bundled(); err != nil {
			b.Fatal(err)
		}
	}
	m, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	w, d := newWriter(), newDocument()
	log := make([]models.LogEntry, labels)
	for i := range log {
		log[i] = w.entry(int64(i + 1))
		if starter {
			d.read(&log[i].Lesson, nil)
			if log[i].Label = models.Ham; m.reading(d).starter > 0 {
				log[i].Label = models.Spam
			}
		}
	}
	if err := m.Rebuild(b.Context(), logOf(log)); err != nil {
		b.Fatal(err)
	}
	return m, w
}

// coldly scores by a model. The smaller walk leaves the model in the cache that the
// processor's cores share, the larger one leaves it nowhere.
func coldly(b *testing.B, name string, m *Model, w writer) {
	cases := casesOf(w, 4096)
	other := make([]uint64, 32<<20/8)
	for _, mib := range []int{2, 32} {
		b.Run(fmt.Sprintf("%s/%dMiBBetween", name, mib), func(b *testing.B) {
			var used time.Duration
			walked := uint64(0)
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				for k := 0; k < mib<<20/8; k += 8 {
					walked += other[k]
					other[k] = walked
				}
				b.StartTimer()
				begun := usedTime(b)
				m.Score(cases[i%len(cases)])
				used += usedTime(b) - begun
			}
			b.ReportMetric(float64(used.Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		})
	}
}

// casesOf makes comments to be scored.
func casesOf(w writer, n int) []*models.Case {
	cases := make([]*models.Case, n)
	for i := range cases {
		l := w.lesson()
		c := caseOf(l.Text)
		c.Text.Links = l.Links
		c.Revision.Comment.Author = models.Author{Name: "Ann Smith", Email: "ann@mail.example"}
		cases[i] = c
	}
	return cases
}
