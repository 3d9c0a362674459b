package facts

import (
	"math/rand/v2"
	"testing"
)

func TestATableHoldsWhatAMapHolds(t *testing.T) {
	for name, hash := range map[string]func(*rand.Rand) uint64{
		"random":         func(r *rand.Rand) uint64 { return mix(r.Uint64N(3000)) },
		"one home":       func(r *rand.Rand) uint64 { return r.Uint64N(500) << 4 },
		"around the end": func(r *rand.Rand) uint64 { return ^(r.Uint64N(60) << 4) ^ r.Uint64N(2)<<63 },
		"zero and one":   func(r *rand.Rand) uint64 { return r.Uint64N(2) },
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			var x table
			want := map[uint64]uint32{}
			for step := range 20_000 {
				h := hash(random)
				if random.IntN(3) == 0 {
					x.remove(h)
					delete(want, h)
				} else {
					value := x.put(h)
					if *value != want[h] {
						t.Fatalf("step %d: put finds %d, want %d", step, *value, want[h])
					}
					*value = uint32(step + 1)
					want[h] = *value
				}
				if h := hash(random); x.find(h) != want[h] {
					t.Fatalf("step %d: found %d, want %d", step, x.find(h), want[h])
				}
				if x.len() != len(want) {
					t.Fatalf("step %d: %d hashes, want %d", step, x.len(), len(want))
				}
			}
			for h, v := range want {
				if x.find(h) != v {
					t.Fatalf("found %d, want %d", x.find(h), v)
				}
			}
		})
	}
}
