package queue

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestAgesAreInOrderHoweverEntriesComeAndGo(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	var list ages
	var want []*entry
	for step := range 2000 {
		if len(want) > 0 && random.IntN(5) < 2 {
			i := random.IntN(len(want))
			list.remove(want[i])
			want = slices.Delete(want, i, i+1)
		} else {
			e := &entry{since: start.Add(time.Duration(step+random.IntN(20)) * time.Second)}
			list.insert(e)
			want = append(want, e)
			slices.SortStableFunc(want, func(a, b *entry) int { return cmp.Compare(a.since.Unix(), b.since.Unix()) })
		}
		var there, back []*entry
		for e := list.oldest; e != nil; e = e.newer {
			there = append(there, e)
		}
		for e := list.newest; e != nil; e = e.older {
			back = append(back, e)
		}
		slices.Reverse(back)
		if !slices.Equal(there, want) || !slices.Equal(back, want) {
			t.Fatalf("step %d: %d entries forwards, %d backwards, want %d, in order", step, len(there), len(back), len(want))
		}
	}
}
