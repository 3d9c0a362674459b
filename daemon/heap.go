package daemon

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	// headroom is how much may be allocated between two collections of garbage, whatever
	// is in use, in bytes. Go's own rule, as much as is in use, collects many times a
	// second while a new installation has little in memory.
	headroom = 64 << 20
	// leastPercent bounds how often a large heap is collected.
	leastPercent = 50
	// heapEvery is how often the heap is looked at.
	heapEvery = 5 * time.Second
)

// gcPercent is what gives a heap with so many bytes in use its headroom.
func gcPercent(live uint64) int {
	const most = 1000
	return int(max(leastPercent, min(most, 100*headroom/max(live, 1))))
}

// startHeap keeps the headroom, unless the operator chose by GOGC.
func (d *Daemon) startHeap(context.Context) error {
	if _, chosen := os.LookupEnv("GOGC"); chosen {
		return nil
	}
	stop := make(chan struct{})
	percent := gcPercent(liveHeap())
	before := debug.SetGCPercent(percent)
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(heapEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if now := gcPercent(liveHeap()); now != percent {
					percent = now
					debug.SetGCPercent(percent)
				}
			case <-stop:
				return
			}
		}
	})
	d.stop.push("heap", func(context.Context) error {
		close(stop)
		running.Wait()
		debug.SetGCPercent(before)
		return nil
	})
	return nil
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
