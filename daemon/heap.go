package daemon

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

const (
	// headroom is how much may be allocated between two collections of garbage, whatever
	// is in use, in bytes. Go's own rule, as much as is in use, collects many times a
	// second while a new installation has little in memory.
	headroom = 48 << 20
	// leastPercent bounds how often a large heap is collected.
	leastPercent = 33
)

// gcPercent is what gives a heap with so many bytes in use its headroom.
func gcPercent(live uint64) int {
	return int(max(leastPercent, 100*headroom/max(live, 1<<20)))
}

// startHeap keeps the headroom, unless the operator chose by GOGC.
func (d *Daemon) startHeap(context.Context) error {
	if _, chosen := os.LookupEnv("GOGC"); chosen {
		return nil
	}
	k := &heapKeeper{before: debug.SetGCPercent(gcPercent(liveHeap()))}
	k.watch(new(mark))
	d.stop.push("heap", func(context.Context) error { k.stop(); return nil })
	return nil
}

// heapKeeper sets how far the heap may grow anew after each collection.
type heapKeeper struct {
	before int

	mu      sync.Mutex
	stopped bool
}

// mark is what every collection finds to be garbage.
type mark struct{ _ [16]byte }

// watch has the next collection call it again.
func (k *heapKeeper) watch(m *mark) {
	runtime.SetFinalizer(m, func(m *mark) {
		k.mu.Lock()
		defer k.mu.Unlock()
		if !k.stopped {
			debug.SetGCPercent(gcPercent(liveHeap()))
			k.watch(m)
		}
	})
}

func (k *heapKeeper) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stopped = true
	debug.SetGCPercent(k.before)
}

// liveHeap is how much the last collection left, in bytes.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
