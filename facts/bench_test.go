package facts

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// BenchmarkAddGather gathers and adds to an index that is full, so that each
// revision also pushes one out.
func BenchmarkAddGather(b *testing.B) {
	for _, bb := range []struct {
		name  string
		texts uint64
	}{{"unique", 1 << 62}, {"half-repeated", 100_000}, {"one-text", 1}} {
		b.Run(bb.name, func(b *testing.B) {
			const ids = 1 << 19
			names := make([]string, ids)
			for i := range names {
				names[i] = fmt.Sprintf("c-%d", i)
			}
			texts := make([]string, 10_000)
			for i := range texts {
				texts[i] = strings.ReplaceAll(story, "t", fmt.Sprint(i))
			}
			random := rand.New(rand.NewPCG(1, 2))
			x := New(Options{})
			r := revision(0, "", person(1), ip(1), post("p-9", ""), after(0), saying(story+" "+story))
			next := func() {
				r.Seq++
				r.Comment.ID = names[r.Seq%ids]
				r.Keys.Text = 1 + random.Uint64N(bb.texts)
				people := random.Uint32N(50_000)
				binary.LittleEndian.PutUint32(r.Keys.Person, people)
				binary.LittleEndian.PutUint32(r.Keys.IP, people)
				r.Comment.Post.ID = names[people%1000]
				r.Comment.Content = texts[people%uint32(len(texts))]
			}
			for range DefaultMaxEntries {
				next()
				x.Add(r)
			}
			b.ReportAllocs()
			for b.Loop() {
				next()
				x.Gather(r)
				x.Add(r)
			}
		})
	}
}

func BenchmarkRebuild(b *testing.B) {
	for _, order := range []string{"ascending", "descending"} {
		b.Run(order, func(b *testing.B) {
			const n, newer = 200_000, 5_000
			for b.Loop() {
				x := New(Options{})
				for i := range int64(newer) {
					x.Add(revision(n+i, "new"))
				}
				for i := range int64(n - newer) {
					if order == "descending" {
						i = n - newer - i
					}
					x.Add(revision(i, "old", after(0)))
				}
			}
		})
	}
}
