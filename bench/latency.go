package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/winnowd/winnow/load"
)

// maxOverSync is how much longer than the disk's own sync the slowest acceptance in a
// hundred may take, in milliseconds.
const maxOverSync = 25

// measureLatency posts at half of the highest rate, comments being due at fixed times,
// and compares the time to accept with the disk's time to sync.
func measureLatency(r *report, set settings) error {
	var accept, decide, syncs []float64
	rate := r.PerSecond / 2
	for range set.rounds {
		if err := inFolder(func(dir string) error {
			p99, err := syncTime(dir, set.duration/2)
			if err != nil {
				return err
			}
			syncs = append(syncs, p99)
			c, err := start(task{Server: winnow, Dir: dir})
			if err != nil {
				return err
			}
			result, err := load.Run(context.Background(), load.Options{
				URL: c.url(), Key: c.Key, Connections: 64, Rate: rate, Duration: set.duration,
			})
			if _, stopped := c.stop(); err != nil || stopped != nil {
				return errors.Join(err, stopped)
			}
			accept, decide = append(accept, result.AcceptMS.P99), append(decide, result.DecideMS.P99)
			return nil
		}); err != nil {
			return err
		}
	}
	r.add(table{Title: "Latency at half of the highest rate", Head: []string{"what", "p99 ms"}, Rows: [][]string{
		{"the disk: append 4 KiB and sync", fmt.Sprintf("%.1f", median(syncs))},
		{fmt.Sprintf("winnow: accept, %.0f comments/s due", rate), fmt.Sprintf("%.1f", median(accept))},
		{"winnow: accepted to seen in the feed", fmt.Sprintf("%.1f", median(decide))},
	}})
	r.atMost("accept p99 at half of the highest rate, beyond the disk's p99 sync", median(accept)-median(syncs), maxOverSync, "ms")
	return nil
}

// syncTime is the 99th percentile of appending a page to a file and syncing it, in
// milliseconds.
func syncTime(dir string, duration time.Duration) (p99 float64, err error) {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var times []time.Duration
	page := make([]byte, 4096)
	for begun := time.Now(); time.Since(begun) < duration; {
		before := time.Now()
		if _, err := f.Write(page); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(before))
	}
	slices.Sort(times)
	return float64(times[len(times)*99/100]) / float64(time.Millisecond), nil
}
