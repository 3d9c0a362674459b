package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/history"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

const (
	// exported is how many comments are exported and backed up.
	exported = 1_000_000
	// duringExport is how many comments a second are due meanwhile.
	duringExport = 1000
	// stalledReaders ask for a large page of the feed and do not read it.
	stalledReaders = 8
	// maxLogMiB is the longest that the log may get: it is cut back when it has 64 MiB,
	// if need be by waiting for those who read when it has twice as many.
	maxLogMiB = 128
)

// busy is what was seen while everything was written out.
type busy struct {
	posted
	revisions, copied float64 // a second, MiB a second
	longest           int64   // the log's size in bytes
}

// measureLog looks how long the log of a database gets from which readers of the feed,
// an export and a backup read, while comments are written.
func measureLog(r *report, set settings) error {
	return withComments(set, func(dir string, n int) error {
		c, err := start(task{Server: winnow, Dir: dir, Profile: set.profile})
		if err != nil {
			return err
		}
		b, err := c.writeOut(dir, set)
		if err == nil {
			err = c.settled("winnow_queue_depth")
		}
		if _, stopped := c.stop(); err != nil || stopped != nil {
			return errors.Join(err, stopped)
		}
		longest := float64(b.longest) / (1 << 20)
		r.add(table{
			Title: fmt.Sprintf("An export and a backup of %d comments, while %d a second come in and %d readers of the feed stall", n, duringExport, stalledReaders),
			Head:  []string{"what", "measured"},
			Rows: [][]string{
				{"export, comments/s", fmt.Sprintf("%.0f", b.revisions)},
				{"backup, MiB/s", fmt.Sprintf("%.0f", b.copied)},
				{"comments accepted meanwhile, a second", fmt.Sprintf("%.0f", b.perSecond())},
				{"the slowest accept p99 ms", fmt.Sprintf("%.0f", b.slowest)},
				{"the slowest accept ms", fmt.Sprintf("%.0f", b.most)},
				{"the longest log, MiB", fmt.Sprintf("%.1f", longest)},
			},
		})
		r.atMost(fmt.Sprintf("log of the database during an export and a backup of %d comments", n), longest, maxLogMiB, "MiB")
		return nil
	})
}

// writeOut exports and backs up all that there is, under load and before readers that
// stall, and watches the log until both are done.
func (c *child) writeOut(dir string, set settings) (b busy, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	release, err := c.stall(ctx)
	if err != nil {
		return b, err
	}
	defer release()
	var watching, writing sync.WaitGroup
	var failed [2]error
	watching.Go(func() { b.longest = watchLog(ctx, dir) })
	done := make(chan struct{})
	writing.Go(func() { b.revisions, failed[0] = export(ctx, dir) })
	writing.Go(func() { b.copied, failed[1] = backUp(ctx, dir) })
	go func() { writing.Wait(); close(done) }()
	b.posted, err = c.postUntil(ctx, done, duringExport, set)
	if err != nil {
		cancel()
	}
	<-done
	cancel()
	watching.Wait()
	return b, errors.Join(err, failed[0], failed[1])
}

// watchLog gives the size of the longest log that it saw until ctx ended.
func watchLog(ctx context.Context, dir string) (longest int64) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if info, err := os.Stat(filepath.Join(dir, store.FileName+"-wal")); err == nil {
			longest = max(longest, info.Size())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return longest
		}
	}
}

// stall opens readers of the feed that take the beginning of an answer and no more.
func (c *child) stall(ctx context.Context) (release func(), err error) {
	var opened []net.Conn
	release = func() {
		for _, conn := range opened {
			_ = conn.Close() // the rest was not to be read
		}
	}
	request := fmt.Sprintf("GET /v1/decisions?limit=1000 HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", c.Addr, c.Key)
	status := make([]byte, len("HTTP/1.1 200"))
	for range stalledReaders {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.Addr)
		if err == nil {
			opened = append(opened, conn)
			_, err = io.WriteString(conn, request)
		}
		if err == nil {
			_, err = io.ReadFull(conn, status)
		}
		if err == nil && string(status) != "HTTP/1.1 200" {
			err = fmt.Errorf("the feed answered %q", status)
		}
		if err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}

// export does as `winnow export` beside a daemon, and tells how many revisions it wrote
// in a second.
func export(ctx context.Context, dir string) (perSecond float64, err error) {
	cfg := configs.Default()
	cfg.DataDir = dir
	pages, closePages, err := daemon.OpenPages(ctx, cfg)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, closePages()) }()
	f, err := os.Create(filepath.Join(dir, "export.jsonl"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	begun, to := time.Now(), bufio.NewWriterSize(f, 256<<10)
	n, err := history.Export(ctx, to, pages, &models.Site{ID: 1, Name: "default"}, func(float64, history.Exported) {})
	return float64(n.Revisions) / time.Since(begun).Seconds(), errors.Join(err, to.Flush(), f.Sync())
}

// backUp does as `winnow backup` beside a daemon, and tells how many MiB it wrote in a
// second.
func backUp(ctx context.Context, dir string) (perSecond float64, err error) {
	admin, err := control.Dial(ctx, dir)
	if err != nil {
		return 0, err
	}
	b, err := admin.Backup(ctx, filepath.Join(dir, "backup"), true)
	if err = errors.Join(err, admin.Close()); err != nil {
		return 0, err
	}
	return float64(b.Bytes) / (1 << 20) / b.Seconds, nil
}
