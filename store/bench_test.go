package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// benchComment is a revision of about 400 bytes of content, as the door hands it over.
func benchComment(site int64, n int64) *models.Revision {
	key := []byte(fmt.Sprintf("%016d", n))
	return &models.Revision{
		SiteID: site, Site: "blog", Protocol: "native", ReceivedAt: time.Now(),
		Comment: models.Comment{
			ID: fmt.Sprintf("%08x-c%d", uint32(n*2654435761), n), Type: "comment", ContentType: models.PlainText,
			Content:     strings.Repeat("a comment of common words, ", 15),
			SubmittedAt: time.Now(),
			Post:        models.Post{ID: "p-9", URL: "https://blog.example/p/9", Title: "A post"},
			Author:      models.Author{Name: "Ann", Email: "ann@example.com", IP: "203.0.113.9", UserAgent: "Mozilla/5.0"},
		},
		Keys: models.Keys{Person: key, Email: key, IP: key, Text: uint64(n) * 2654435761},
	}
}

func benchDecision() *models.Decision {
	d := &models.Decision{
		Action: models.Hold, Source: models.FromClassifier, Actor: models.System, Score: 0.83, Judged: true,
		PolicyVersion: "sha256:test", ModelVersion: "00000001-17-3", DecidedAt: time.Now(),
		Reasons: []models.Reason{{Rule: "classifier", Action: models.Hold, Code: "classifier.unsure",
			Params: map[string]any{"hold_above": 0.5}, Detail: "spam score 0.83, held from 0.50"}},
	}
	for i := range 8 {
		d.Reasons[0].Evidence = append(d.Reasons[0].Evidence, models.Evidence{Token: fmt.Sprintf("token%d", i), Weight: 1.5 - float64(i)/3})
	}
	return d
}

func BenchmarkAccept(b *testing.B) {
	for _, callers := range []int{64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s, site := benchStore(b)
			var next atomic.Int64
			b.ReportAllocs()
			start := cpuTime()
			b.ResetTimer()
			var callersDone sync.WaitGroup
			for range callers {
				callersDone.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if _, err := s.Accept(context.Background(), benchComment(site, n)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			callersDone.Wait()
			b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(b.N), "cpu-µs/comment")
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	const size = 64
	s, site := benchStore(b)
	revs := make([]*models.Revision, 0, b.N+size)
	accept := func(n int) {
		var wg sync.WaitGroup
		for i := range n {
			rev := benchComment(site, int64(len(revs)+1))
			revs = append(revs, rev)
			wg.Go(func() {
				if _, err := s.Accept(context.Background(), rev); err != nil {
					b.Error(err)
				}
			})
			if i%512 == 511 {
				wg.Wait()
			}
		}
		wg.Wait()
	}
	accept(b.N)
	if b.Failed() {
		return
	}
	b.ReportAllocs()
	start := cpuTime()
	b.ResetTimer()
	for len(revs) > 0 {
		n := min(size, len(revs))
		js := make([]models.Judgement, n)
		for i := range js {
			js[i] = models.Judgement{Revision: revs[i], Decision: benchDecision()}
		}
		revs = revs[n:]
		if err := s.Decide(context.Background(), js); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(b.N), "cpu-µs/comment")
}

func benchStore(b *testing.B) (*Store, int64) {
	b.Helper()
	s, err := Open(b.Context(), Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	if _, err := s.AddSite(b.Context(), models.Site{Name: "blog"}); err != nil {
		b.Fatal(err)
	}
	if err := s.LoadedPolicy(b.Context(), "sha256:test", []byte("rules: []")); err != nil {
		b.Fatal(err)
	}
	sites, err := s.Sites(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return s, sites[0].ID
}
