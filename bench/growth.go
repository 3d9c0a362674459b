package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/winnowd/winnow/load"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

// fewStored is what the rate with many comments is compared with.
const fewStored = 10_000

// measureGrowth measures winnow with few comments stored and with many.
func measureGrowth(r *report, set settings) error {
	t := table{Title: "With comments stored", Head: []string{"stored", "start to accepting s", "decided/s", "resident MiB"}}
	var perSecond []float64
	for _, stored := range []int{fewStored, set.stored} {
		if err := inFolder(func(dir string) error {
			if err := fillComments(dir, stored); err != nil {
				return fmt.Errorf("store %d comments: %w", stored, err)
			}
			c, err := start(task{Server: winnow, Dir: dir})
			if err != nil {
				return err
			}
			var rates []float64
			for range set.rounds {
				one, err := c.drive(true, load.Options{Connections: 64, Duration: set.duration})
				if err != nil {
					_, stopped := c.stop()
					return errors.Join(err, stopped)
				}
				rates = append(rates, one.perSecond)
			}
			resident, err := c.resident()
			_, stopped := c.stop()
			perSecond = append(perSecond, median(rates))
			t.Rows = append(t.Rows, []string{fmt.Sprint(stored), fmt.Sprintf("%.2f", c.took.Seconds()),
				fmt.Sprintf("%.0f", median(rates)), fmt.Sprintf("%.0f", resident)})
			if stored != fewStored {
				r.atMost(fmt.Sprintf("resident memory with %d comments stored", stored), resident, 200, "MiB")
			}
			return errors.Join(err, stopped)
		}); err != nil {
			return err
		}
	}
	r.add(t)
	r.atLeast(fmt.Sprintf("rate with %d comments stored, of that with %d", set.stored, fewStored), perSecond[1]/perSecond[0], 0.7, "")
	return nil
}

// openFilled makes a database with a site, and opens it for filling, without care for
// crashes.
func openFilled(dir string, fill func(db *sql.DB) error) (err error) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return err
	}
	_, err = s.AddSite(ctx, models.Site{Name: "default"})
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, store.FileName)+"?_synchronous=OFF&_journal_mode=OFF&_cache_size=-400000")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	err = fill(db)
	if err == nil {
		_, err = db.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return settle(filepath.Join(dir, store.FileName))
}

// settle writes a file to the disk, which would otherwise happen while winnow is measured.
func settle(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// fillComments stores decided comments such as a year of traffic leaves.
func fillComments(dir string, n int) error {
	const page = 100_000
	return openFilled(dir, func(db *sql.DB) error {
		now := time.Now().UnixMilli()
		for from := 0; from < n; from += page {
			to := min(from+page, n)
			for _, query := range []string{
				`WITH RECURSIVE c(i) AS (SELECT ?1 + 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?2)
				INSERT INTO revisions (seq, site_id, comment_id, revision, state, protocol, received_at, fingerprint, person_key, email_key, ip_key, body)
				SELECT 2 * i - 1, 1, 'old-' || hex(randomblob(6)) || i, 1, 'decided', 'native', ?3 - (?4 - i) * 100, randomblob(16), randomblob(16),
					randomblob(16), randomblob(16), '{"id":"old-' || i || '","type":"comment","content":"' || hex(randomblob(170)) ||
					'","content_type":"text/plain","author":{"name":"Ann","email":"ann' || i || '@example.com","ip":"203.0.113.9"}}' FROM c`,
				`WITH RECURSIVE c(i) AS (SELECT ?1 + 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?2)
				INSERT INTO decisions (seq, feed_seq, revision_seq, site_id, sequence, judged, current, action, source, actor_kind, score, reasons, facts,
					model_version, decided_at)
				SELECT 2 * i, 2 * i, 2 * i - 1, 1, 1, 1, 1, iif(i % 50 = 0, 'hold', 'approve'), 'classifier', 'system', 0.2,
					'[{"rule":"classifier","action":"approve","code":"classifier.ham","detail":"' || hex(randomblob(150)) || '"}]', '{}', 'm',
					?3 - (?4 - i) * 100 FROM c`,
				"UPDATE sequence SET last = 2 * ?2",
			} {
				if _, err := db.ExecContext(context.Background(), query, from, to, now, n); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
