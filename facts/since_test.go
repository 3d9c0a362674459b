package facts

import (
	"math/rand/v2"
	"sort"
	"testing"
)

func TestSinceFindsTheFirstThatIsLate(t *testing.T) {
	for end := range 70 {
		for first := 0; first <= end; first++ {
			late := func(k int) bool { return k >= first }
			if got := since(end, late); got != first {
				t.Fatalf("of %d: %d, want %d", end, got, first)
			}
		}
	}
	for range 1000 {
		end := rand.IntN(1 << 20)
		first := rand.IntN(end + 1)
		want := sort.Search(end, func(k int) bool { return k >= first })
		if got := since(end, func(k int) bool { return k >= first }); got != want {
			t.Fatalf("of %d: %d, want %d", end, got, want)
		}
	}
}
