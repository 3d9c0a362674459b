package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/winnowd/winnow/load"
)

// measurePeers measures mail filters on the same texts, each comment as a mail, in turns
// with winnow. They classify and store nothing, winnow's rate is that of durable decisions.
func measurePeers(r *report, set settings) error {
	mails := mails()
	var rspamd, bogofilter, ours []float64
	for range set.rounds {
		one, err := measureOnce(winnow, 256, set)
		if err != nil {
			return err
		}
		ours = append(ours, one.perSecond)
		for _, peer := range []struct {
			measure func(dir string, mails []string, duration time.Duration) (float64, error)
			figures *[]float64
		}{{runRspamd, &rspamd}, {runBogofilter, &bogofilter}} {
			if err := inFolder(func(dir string) error {
				perSecond, err := peer.measure(dir, mails, set.duration)
				*peer.figures = append(*peer.figures, perSecond)
				return err
			}); err != nil {
				return err
			}
		}
	}
	row := func(name string, perSecond float64) []string {
		return []string{name, fmt.Sprintf("%.0f", perSecond), fmt.Sprintf("%.1f", median(ours)/perSecond)}
	}
	r.add(table{Title: "Other filters on the same texts", Head: []string{"filter", "comments/s", "winnow's rate is so many times that"}, Rows: [][]string{
		row("rspamd, its rules without network and without Bayes, over HTTP", median(rspamd)),
		row("bogofilter, one process, a file each", median(bogofilter)),
		row("winnow, decided and durable", median(ours)),
	}})
	r.atLeast("decided, of rspamd's rate on the same texts", median(ours)/median(rspamd), 8, "times")
	return nil
}

func mails() []string {
	comments := load.OwnComments()
	list := make([]string, len(comments))
	for i, c := range comments {
		list[i] = fmt.Sprintf("From: %s <%s>\r\nTo: blog@blog.example\r\nSubject: comment\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\n"+
			"Message-Id: <%d@blog.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", c.Author.Name, c.Author.Email, i, c.Content)
	}
	return list
}

// netModules are those of rspamd's modules that ask others over the network, or another
// server.
const netModules = "antivirus arc asn clickhouse dcc dkim dkim_signing dmarc elastic external_relay external_services fuzzy_check greylist " +
	"history_redis hfilter ip_score maillist metadata_exporter metric_exporter mx_check neural p0f phishing ratelimit rbl replies " +
	"reputation spamassassin spf surbl url_redirector url_reputation"

func runRspamd(dir string, mails []string, duration time.Duration) (perSecond float64, err error) {
	l, err := listen()
	if err != nil {
		return 0, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return 0, err
	}
	local := filepath.Join(dir, "local.d")
	if err := os.Mkdir(local, 0o755); err != nil {
		return 0, err
	}
	files := map[string]string{
		"worker-normal.inc": `bind_socket = "` + addr + `"; count = 2;`, "worker-controller.inc": "enabled = false;",
		"worker-proxy.inc": "enabled = false;", "worker-fuzzy.inc": "enabled = false;", "logging.inc": `type = "console"; level = "error";`,
		"classifier-bayes.conf": "enabled = false;",
	}
	for _, module := range strings.Fields(netModules) {
		files[module+".conf"] = "enabled = false;"
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(local, name), []byte(text+"\n"), 0o644); err != nil {
			return 0, err
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	args := []string{"-f", "-i", "-c", "/etc/rspamd/rspamd.conf"}
	for _, name := range []string{"LOCAL_CONFDIR", "DBDIR", "RUNDIR", "LOGDIR"} {
		args = append(args, "--var="+name+"="+dir)
	}
	cmd := exec.CommandContext(ctx, "rspamd", args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("install rspamd: %w", err)
	}
	defer func() {
		stop()
		_ = cmd.Wait() // it was told to end
	}()
	if err := reachable(addr); err != nil {
		return 0, err
	}
	return scan("http://"+addr+"/checkv2", mails, duration)
}

// reachable waits for a server; rspamd compiles its rules at its first start.
func reachable(addr string) error {
	for deadline := time.Now().Add(10 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			return c.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

// scan has mails checked, 16 at a time.
func scan(url string, mails []string, duration time.Duration) (perSecond float64, err error) {
	const connections = 16
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var next, done atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, connections)
	begun := time.Now()
	for i := range errs {
		group.Go(func() {
			for errs[i] == nil && time.Since(begun) < duration {
				res, err := client.Post(url, "text/plain", strings.NewReader(mails[int(next.Add(1))%len(mails)]))
				if err != nil {
					errs[i] = err
					return
				}
				text, err := io.ReadAll(res.Body)
				if errs[i] = errors.Join(err, res.Body.Close()); res.StatusCode != http.StatusOK {
					errs[i] = fmt.Errorf("rspamd answered %s: %s", res.Status, text)
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	return float64(done.Load()) / time.Since(begun).Seconds(), errors.Join(errs...)
}

func runBogofilter(dir string, mails []string, duration time.Duration) (perSecond float64, err error) {
	var names bytes.Buffer
	for i, mail := range mails {
		name := filepath.Join(dir, fmt.Sprint("mail-", i))
		if err := os.WriteFile(name, []byte(mail), 0o644); err != nil {
			return 0, err
		}
		fmt.Fprintln(&names, name)
	}
	bogofilter := func(input []byte, args ...string) error {
		cmd := exec.CommandContext(context.Background(), "bogofilter", append([]string{"-d", dir}, args...)...)
		cmd.Stdin = bytes.NewReader(input)
		out, err := cmd.CombinedOutput()
		var code *exec.ExitError
		if errors.As(err, &code) && code.ExitCode() <= 2 { // spam, ham, unsure
			return nil
		}
		if err != nil {
			return fmt.Errorf("run bogofilter: %w: %s", err, out)
		}
		return nil
	}
	half := bytes.SplitAfterN(names.Bytes(), []byte("\n"), len(mails)/2)
	ham := bytes.Join(half[:len(half)-1], nil)
	if err := errors.Join(bogofilter(ham, "-n", "-b"), bogofilter(half[len(half)-1], "-s", "-b")); err != nil {
		return 0, err
	}
	n, begun := 0, time.Now()
	for ; time.Since(begun) < duration; n += len(mails) {
		if err := bogofilter(names.Bytes(), "-v", "-b"); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(begun).Seconds(), nil
}
