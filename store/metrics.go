package store

import (
	"math"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

type metrics struct {
	commit    prometheus.Histogram
	batchSize prometheus.Histogram
}

func newMetrics(s *Store, reg prometheus.Registerer) *metrics {
	m := &metrics{
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "winnow_commit_seconds", Help: "Time of a commit, the sync to disk included.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}),
		batchSize: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "winnow_commit_batch_size", Help: "Operations that shared a commit.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 11),
		}),
	}
	if reg == nil {
		return m
	}
	reg.MustRegister(m.commit, m.batchSize,
		gauge("winnow_db_wal_bytes", "Size of the database's write-ahead log.", func() float64 {
			return float64(s.logSize())
		}),
		gauge("winnow_db_bytes", "Size of the database, its write-ahead log left out.", func() float64 {
			info, err := os.Stat(s.path)
			if err != nil {
				return 0
			}
			return float64(info.Size())
		}),
		gauge("winnow_disk_free_bytes", "What winnow may still use of the disk that the database is on.", func() float64 {
			var fs unix.Statfs_t
			if err := unix.Statfs(s.path, &fs); err != nil {
				return math.NaN() // 0 would be an alarm
			}
			return float64(fs.Bavail) * float64(fs.Bsize)
		}),
		gauge("winnow_queue_dead", "Revisions held because their judgement failed for good, not yet put back or decided by a person.",
			func() float64 { return float64(s.dead.Load()) }),
		gauge("winnow_held", "Comments whose current decision is hold.",
			func() float64 { return float64(s.held.Load()) }),
		gauge("winnow_held_oldest_seconds", "Age of the oldest decision that still holds a comment.", s.oldestHeld),
	)
	return m
}

func gauge(name, help string, f func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
}

// oldestHeld reads one row of an index for each site.
func (s *Store) oldestHeld() float64 {
	var at *int64
	err := s.readers.QueryRowContext(background, `SELECT min(at) FROM (
		SELECT (SELECT decided_at FROM decisions WHERE site_id = sites.id AND current = 1 AND action = 'hold' ORDER BY seq LIMIT 1) AS at
		FROM sites)`).Scan(&at)
	if err != nil || at == nil {
		return 0
	}
	return max(0, float64(s.opts.Now().UnixMilli()-*at)/1000)
}
