package classifier

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// BenchmarkScoreCold scores comments that were not seen before while the caches hold
// other things, as in a daemon that does much else between two of them. What is walked
// over in between is not measured. The median is what a score costs where nobody else uses
// the processor's caches, and the tenth what it costs at best.
func BenchmarkScoreCold(b *testing.B) {
	for name, size := range map[string]struct {
		labels  int
		starter bool
	}{
		"100000Features": {1200, false}, "1000000Features": {24_000, false}, "100000FeaturesAndStarter": {1200, true},
	} {
		b.Run(name, func(b *testing.B) {
			m, w := learnt(b, size.labels, size.starter)
			coldly(b, m, w)
		})
	}
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
func coldly(b *testing.B, m *Model, w writer) {
	b.Helper()
	cases := casesOf(w, 4096)
	other := make([]uint64, 32<<20/8)
	for _, mib := range []int{2, 32} {
		b.Run(fmt.Sprintf("%dMiBBetween", mib), func(b *testing.B) {
			var used []time.Duration
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
				used = append(used, usedTime(b)-begun)
			}
			slices.Sort(used)
			b.ReportMetric(float64(used[len(used)/2].Nanoseconds())/1000, "median-cpu-µs")
			b.ReportMetric(float64(used[len(used)/10].Nanoseconds())/1000, "tenth-cpu-µs")
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
