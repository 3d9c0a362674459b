package classifier

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// writer makes comments of 60 words out of some number of them, as unequally frequent
// as words are.
type writer struct {
	*rand.Rand
	words float64
}

func newWriter() writer { return writer{rand.New(rand.NewPCG(7, 7)), 50_000} }

func (w writer) lesson() models.Lesson {
	var text strings.Builder
	for range 60 {
		n := int(math.Exp(w.Float64() * math.Log(w.words))) // Zipf's law
		for ; n > 0; n /= 17 {
			text.WriteByte("etaoinshrdlucmfwy"[n%17])
		}
		text.WriteByte(' ')
	}
	l := models.Lesson{Text: text.String(), NameShape: "Xx Xx", EmailDomain: "mail.example"}
	if w.IntN(3) == 0 {
		l.Links = []models.Link{{URL: "https://shop.example/buy/now", Host: "shop.example", Kind: models.LinkBare}}
		l.Text += "https://shop.example/buy/now"
	}
	return l
}

func (w writer) entry(seq int64) models.LogEntry {
	return models.LogEntry{Seq: seq, SiteID: 1, Shared: true, Label: models.Labels[w.IntN(2)], Lesson: w.lesson()}
}

// grown makes a model of so many features.
func grown(b testing.TB, features int) (*Model, writer) {
	b.Helper()
	m, w := newModel(b), newWriter()
	for m.Tokens() < features {
		fold(b, m, w.entry(m.Seq()+1))
	}
	return m, w
}

// cpu begins to measure the processor time of a benchmark's loop, which is what other
// processes leave alone, and returns what ends it.
func cpu(b *testing.B) (report func()) {
	b.Helper()
	b.ResetTimer()
	begun := usedTime(b)
	return func() {
		b.ReportMetric(float64((usedTime(b)-begun).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
	}
}

func usedTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkTokenise60Words(b *testing.B) {
	d, l := newDocument(), newWriter().lesson()
	b.ReportAllocs()
	defer cpu(b)()
	for b.Loop() {
		d.read(&l, nil)
	}
	b.ReportMetric(float64(len(d.features)), "features")
}

func BenchmarkTokenise60CyrillicWords(b *testing.B) {
	d, l := newDocument(), models.Lesson{Text: strings.Repeat("Спасибо за статью всё заработало ", 12)}
	b.ReportAllocs()
	for b.Loop() {
		d.read(&l, nil)
	}
}

// BenchmarkTokenise64KiB reads texts that are made to be slow.
func BenchmarkTokenise64KiB(b *testing.B) {
	for name, text := range map[string]string{
		"OneLetter": strings.Repeat("a", 64<<10), "Letters": strings.Repeat("a ", 32<<10), "Ligatures": strings.Repeat("\ufdfa", 21<<10),
		"Marks": strings.Repeat("\u0301", 32<<10), "Han": strings.Repeat("今天", 10<<10), "Mixed": strings.Repeat("aа", 21<<10),
	} {
		b.Run(name, func(b *testing.B) {
			d, l := newDocument(), models.Lesson{Text: text}
			b.ReportAllocs()
			for b.Loop() {
				d.read(&l, nil)
			}
		})
	}
}

func BenchmarkScore60Words(b *testing.B) {
	m, w := grown(b, 100_000)
	scoring(b, m, w)
}

// BenchmarkScore60WordsWithStarter scores by labels and the bundled starter.
func BenchmarkScore60WordsWithStarter(b *testing.B) {
	m, w := learnt(b, 1200, true)
	scoring(b, m, w)
}

func scoring(b *testing.B, m *Model, w writer) {
	b.Helper()
	cases := casesOf(w, 512)
	b.ReportAllocs()
	defer cpu(b)()
	for i := 0; b.Loop(); i++ {
		m.Score(cases[i%len(cases)])
	}
}

func BenchmarkLearn60Words(b *testing.B) {
	m, w := grown(b, 100_000)
	learning(b, m, w)
}

// BenchmarkLearn60WordsBetweenTrainings learns labels of which none brings a training.
func BenchmarkLearn60WordsBetweenTrainings(b *testing.B) {
	m, w := grown(b, 100_000)
	m.state.shared.next = math.MaxInt
	learning(b, m, w)
}

func learning(b *testing.B, m *Model, w writer) {
	b.Helper()
	entries := make([]models.LogEntry, 2000)
	for i := range entries {
		entries[i] = w.entry(0)
	}
	seq := m.Seq()
	b.ReportAllocs()
	defer cpu(b)()
	for i := 0; b.Loop(); i++ {
		e := entries[i%len(entries)]
		seq++
		e.Seq = seq
		fold(b, m, e)
	}
}

func BenchmarkRebuild100000Labels(b *testing.B) {
	w := newWriter()
	log := make([]models.LogEntry, 100_000)
	for i := range log {
		log[i] = w.entry(int64(i + 1))
	}
	m := newModel(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Rebuild(b.Context(), logOf(log)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(m.Tokens()), "features")
}

// BenchmarkMemory tells how much a model of some size holds.
func BenchmarkMemory(b *testing.B) {
	for name, features := range map[string]int{"100000": 100_000, "1000000": 1_000_000} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				m, w := newModel(b), newWriter()
				w.words = 5e6
				for m.Tokens() < features {
					fold(b, m, w.entry(m.Seq()+1))
				}
				m.state.shared.counts.flush(&m.state.shared.table)
				var stats runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&stats)
				b.ReportMetric(float64(stats.HeapAlloc)/(1<<20), "MiB-heap")
				b.ReportMetric(float64(stats.Sys)/(1<<20), "MiB-sys")
				b.ReportMetric(float64(m.Seq()), "labels")
				runtime.KeepAlive(m)
			}
		})
	}
}

// BenchmarkSavedModel saves and loads a model of 100,000 labels.
func BenchmarkSavedModel(b *testing.B) {
	w := newWriter()
	m := newModel(b)
	err := m.Rebuild(b.Context(), func(yield func(models.LogEntry, error) bool) {
		for i := range 100_000 {
			if !yield(w.entry(int64(i+1)), nil) {
				return
			}
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "model")
	b.Run("Save", func(b *testing.B) {
		for b.Loop() {
			save(b, m, path)
		}
		about, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(about.Size())/(1<<20), "MiB")
		b.ReportMetric(float64(m.Tokens()), "features")
	})
	b.Run("Load", func(b *testing.B) {
		for b.Loop() {
			if err := newModel(b).LoadFile(path, expecting("mark")); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("FillCounts", func(b *testing.B) {
		for b.Loop() {
			loaded := newModel(b)
			if err := loaded.LoadFile(path, expecting("mark")); err != nil {
				b.Fatal(err)
			}
			loaded.FillCounts(b.Context())
		}
	})
}
