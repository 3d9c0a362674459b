package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/winnowd/winnow/load"
	"github.com/winnowd/winnow/store"
)

// duringBackup is how many comments a second are due while a backup is taken.
const duringBackup = 500

// withComments gives a measurement a folder with comments stored: one that is kept, if
// there is to be one, in which some more may be stored by then.
func withComments(set settings, do func(dir string, n int) error) error {
	n := min(exported, set.stored)
	fill := func(dir string) error {
		if err := fillComments(dir, n); err != nil {
			return fmt.Errorf("store %d comments: %w", n, err)
		}
		return nil
	}
	if set.dir == "" {
		return inFolder(func(dir string) error {
			if err := fill(dir); err != nil {
				return err
			}
			return do(dir, n)
		})
	}
	if err := os.MkdirAll(set.dir, 0o700); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(set.dir, store.FileName)); errors.Is(err, fs.ErrNotExist) {
		if err := fill(set.dir); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	return do(set.dir, n)
}

// measureBackup looks what those who post comments notice of a backup.
func measureBackup(r *report, set settings) error {
	return withComments(set, func(dir string, n int) error {
		c, err := start(task{Server: winnow, Dir: dir, Profile: set.profile})
		if err != nil {
			return err
		}
		before, during, copied, err := c.backedUp(dir, set)
		if err == nil {
			err = c.settled("winnow_queue_depth")
		}
		if _, stopped := c.stop(); err != nil || stopped != nil {
			return errors.Join(err, stopped)
		}
		r.add(table{
			Title: fmt.Sprintf("A backup of %d comments, while %d a second come in", n, duringBackup),
			Head:  []string{"what", "before", "meanwhile"},
			Rows: [][]string{
				{"backup, MiB/s", "", fmt.Sprintf("%.0f", copied)},
				{"comments accepted, a second", fmt.Sprintf("%.0f", before.perSecond()), fmt.Sprintf("%.0f", during.perSecond())},
				{"the slowest accept p99 ms of " + set.duration.String(), fmt.Sprintf("%.0f", before.slowest), fmt.Sprintf("%.0f", during.slowest)},
				{"the slowest accept ms", fmt.Sprintf("%.0f", before.most), fmt.Sprintf("%.0f", during.most)},
			},
		})
		return nil
	})
}

// backedUp posts comments, and then posts comments until a backup is made.
func (c *child) backedUp(dir string, set settings) (before, during posted, copied float64, err error) {
	ctx := context.Background()
	quiet := make(chan struct{})
	close(quiet)
	if before, err = c.postUntil(ctx, quiet, duringBackup, set); err != nil {
		return before, during, 0, err
	}
	done := make(chan struct{})
	var failed error
	go func() {
		defer close(done)
		copied, failed = backUp(ctx, dir)
	}()
	during, err = c.postUntil(ctx, done, duringBackup, set)
	<-done
	return before, during, copied, errors.Join(err, failed)
}

// posted is what those who posted comments saw.
type posted struct {
	accepted int
	loaded   time.Duration
	slowest  float64 // of the acceptance times' 99th percentiles, in milliseconds
	most     float64 // of the acceptance times, in milliseconds
}

func (p *posted) perSecond() float64 { return float64(p.accepted) / p.loaded.Seconds() }

// postUntil posts comments at a rate, each measurement for as long as set, the last one
// being the one in which done was closed.
func (c *child) postUntil(ctx context.Context, done <-chan struct{}, rate float64, set settings) (p posted, err error) {
	for {
		one, err := load.Run(ctx, load.Options{
			URL: c.url(), Key: c.Key, AcceptOnly: true, Connections: 64, Rate: rate, Duration: set.duration,
		})
		if err != nil {
			return p, err
		}
		p.accepted += one.Accepted
		p.loaded += time.Duration(one.Seconds * float64(time.Second))
		p.slowest, p.most = max(p.slowest, one.AcceptMS.P99), max(p.most, one.AcceptMS.Max)
		select {
		case <-done:
			return p, nil
		default:
		}
	}
}
