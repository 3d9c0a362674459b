package classifier

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestStarterFindsItsFeaturesAndNoOthers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for name, draw := range map[string]func() uint64{
		"Spread": func() uint64 { return random.Uint64() >> (64 - starterBits) },
		// Runs of neighbours, at both ends too, whose slots hold the same of their hashes.
		"Clustered": func() uint64 {
			return uint64([]int{0, 1, 7, 255}[random.IntN(4)])<<32 + uint64(random.IntN(20))
		},
	} {
		t.Run(name, func(t *testing.T) {
			known := make(map[uint64]entry)
			for range 60 {
				known[draw()] = entry(random.Uint32() | 1)
			}
			for len(known) < 50_000 && name == "Spread" {
				known[draw()] = entry(random.Uint32() | 1)
			}
			var hashes []uint64
			for h := range known {
				hashes = append(hashes, h)
			}
			slices.Sort(hashes)
			entries := make([]entry, len(hashes))
			for i, h := range hashes {
				entries[i] = known[h]
			}
			slots, ok := makeStarterSlots(hashes, entries)
			if !ok {
				t.Fatal("no room for its features")
			}
			var features []feature
			for range 20_000 {
				features = append(features, feature{hash: draw()<<(64-starterBits) | random.Uint64()>>starterBits})
				features = append(features, feature{hash: hashes[random.IntN(len(hashes))]<<(64-starterBits) | 5})
			}
			for i, e := range slots.entries(features, slots.look(features, nil), nil) {
				if want := known[features[i].hash>>(64-starterBits)]; e != want {
					t.Fatalf("of %x it has %x, want %x", features[i].hash, e, want)
				}
			}
		})
	}
}

func TestStarterOfFeaturesThatAreAlikeIsRefused(t *testing.T) {
	hashes := make([]uint64, maxShift+2)
	for i := range hashes {
		hashes[i] = 1<<20 + uint64(i)
	}
	if _, ok := makeStarterSlots(hashes, make([]entry, len(hashes))); ok {
		t.Error("it has room for them")
	}
}
