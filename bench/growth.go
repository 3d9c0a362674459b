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

// measureGrowth measures winnow with few comments stored and with many, in turns.
func measureGrowth(r *report, set settings) error {
	few, many := grown{stored: fewStored}, grown{stored: set.stored}
	err := inFolder(func(dir string) error {
		begun := few.begin(dir)
		err := inFolder(func(dir string) error {
			err := errors.Join(begun, many.begin(dir))
			for range set.rounds {
				for _, g := range []*grown{&few, &many} {
					if err == nil {
						err = g.drive(set)
					}
				}
			}
			return errors.Join(err, many.end())
		})
		return errors.Join(err, few.end())
	})
	if err != nil {
		return err
	}
	r.add(table{
		Title: "With comments stored", Head: []string{"stored", "start to accepting s", "decided/s", "resident MiB"},
		Rows: [][]string{few.row(), many.row()},
	})
	r.atMost(fmt.Sprintf("resident memory with %d comments stored", many.stored), many.resident, 200, "MiB")
	r.atLeast(fmt.Sprintf("rate with %d comments stored, of that with %d", many.stored, few.stored), median(many.rates)/median(few.rates), 0.7, "")
	return nil
}

// grown is winnow with comments stored.
type grown struct {
	stored   int
	c        *child
	rates    []float64
	resident float64 // after the last of them, in MiB
}

func (g *grown) begin(dir string) (err error) {
	if err := fillComments(dir, g.stored); err != nil {
		return fmt.Errorf("store %d comments: %w", g.stored, err)
	}
	g.c, err = start(task{Server: winnow, Dir: dir})
	return err
}

func (g *grown) drive(set settings) error {
	one, err := g.c.drive(true, load.Options{Connections: 64, Duration: set.duration})
	if err != nil {
		return err
	}
	g.rates = append(g.rates, one.perSecond)
	g.resident, err = g.c.resident()
	return err
}

func (g *grown) end() error {
	if g.c == nil {
		return nil
	}
	_, err := g.c.stop()
	return err
}

func (g *grown) row() []string {
	return []string{fmt.Sprint(g.stored), fmt.Sprintf("%.2f", g.c.took.Seconds()), fmt.Sprintf("%.0f", median(g.rates)), fmt.Sprintf("%.0f", g.resident)}
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

// fillComments stores decided comments such as a year of traffic leaves, with the indexes
// of their authors.
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
		_, err := db.ExecContext(context.Background(), `INSERT INTO author_revisions SELECT site_id, person_key, seq FROM revisions ORDER BY 1, 2, 3;
			INSERT INTO author_emails SELECT site_id, email_key, seq FROM revisions ORDER BY 1, 2, 3;
			UPDATE indexed SET seq = (SELECT max(seq) FROM revisions)`)
		return err
	})
}
