package classifier

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// writer makes comments of 60 words out of 50,000, as unequally frequent as words are.
type writer struct{ *rand.Rand }

func newWriter() writer { return writer{rand.New(rand.NewPCG(7, 7))} }

func (w writer) lesson() models.Lesson {
	var text strings.Builder
	for range 60 {
		n := int(math.Exp(w.Float64() * math.Log(50000))) // Zipf's law
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

func (w writer) log(n int) []models.LogEntry {
	log := make([]models.LogEntry, n)
	for i := range log {
		log[i] = models.LogEntry{Seq: int64(i + 1), SiteID: 1, Shared: true, Label: models.Labels[w.IntN(2)], Lesson: w.lesson()}
	}
	return log
}

func BenchmarkTokenise60Words(b *testing.B) {
	d, l := newDocument(), newWriter().lesson()
	b.ReportAllocs()
	for b.Loop() {
		d.read(&l, nil)
	}
}

func BenchmarkTokenise60CyrillicWords(b *testing.B) {
	d, l := newDocument(), models.Lesson{Text: strings.Repeat("Спасибо за статью всё заработало ", 12)}
	b.ReportAllocs()
	for b.Loop() {
		d.read(&l, nil)
	}
}

func BenchmarkScore60Words(b *testing.B) {
	m, w := newModel(b), newWriter()
	fold(b, m, w.log(5000)...)
	var cases []*models.Case
	for range 512 {
		l := w.lesson()
		c := caseOf(l.Text)
		c.Text.Links = l.Links
		c.Revision.Comment.Author = models.Author{Name: "Ann Smith", Email: "ann@mail.example"}
		cases = append(cases, c)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Score(cases[i%len(cases)])
	}
}

func BenchmarkLearn60Words(b *testing.B) {
	m, w := newModel(b), newWriter()
	log := w.log(5000)
	seq := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		e := log[int(seq)%len(log)]
		seq++
		e.Seq = seq
		fold(b, m, e)
	}
}

func BenchmarkRebuild100000Labels(b *testing.B) {
	log := newWriter().log(100_000)
	m := newModel(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Rebuild(b.Context(), logOf(log)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(m.Tokens()), "tokens")
}
