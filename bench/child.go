package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// childArg makes this program one of the servers.
const childArg = "serve-for-bench"

// The servers.
const (
	bare    = "bare"
	durable = "durable"
	winnow  = "winnow"
)

func servers() []string { return []string{bare, durable, winnow} }

func title(server string) string {
	return map[string]string{
		bare: "(a) bare net/http, decodes", durable: "(b) the same, durable insert", winnow: "winnow, decided",
	}[server]
}

// hello is a child's first line: where it serves.
type hello struct{ Addr, Metrics, Key string }

// runChild serves until standard input ends, then prints the CPU time it used.
func runChild(server, dir, profile string) error {
	var (
		h    hello
		stop func() error
		err  error
	)
	switch server {
	case bare:
		h, stop, err = serveReference(nil)
	case durable:
		var t *table
		if t, err = openTable(dir); err == nil {
			h, stop, err = serveReference(t)
		}
	default:
		h, stop, err = serveWinnow(dir)
	}
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(h); err != nil {
		return err
	}
	if profile != "" && server == winnow {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	before := cpuTime()
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	used := cpuTime() - before
	if err := stop(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(used)
}

// cpuTime is what this process has used, user and system.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// measureOnce starts a server, loads it and stops it.
func measureOnce(server string, connections int, set settings) (r result, err error) {
	dir, err := os.MkdirTemp("", "winnow-bench-")
	if err != nil {
		return r, err
	}
	defer func() {
		if e := os.RemoveAll(dir); err == nil {
			err = e
		}
	}()
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), set.duration+2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, childArg, server, dir, set.profile)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return r, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return r, err
	}
	if err := cmd.Start(); err != nil {
		return r, err
	}
	lines := json.NewDecoder(bufio.NewReader(stdout))
	var h hello
	if err := lines.Decode(&h); err != nil {
		return r, fmt.Errorf("it did not start: %w", err)
	}
	out, decided, err := drive(h, server, connections, set.duration)
	if err != nil {
		return r, err
	}
	if err := stdin.Close(); err != nil {
		return r, err
	}
	var used time.Duration
	if err := lines.Decode(&used); err != nil {
		return r, err
	}
	r = result{
		Server: server, Connections: connections, PerSecond: float64(decided) / out.elapsed.Seconds(),
		CPUMicros: float64(used.Microseconds()) / float64(decided), AcceptP50: out.quantile(.5), AcceptP99: out.quantile(.99),
		Lost: out.accepted - decided,
	}
	return r, cmd.Wait()
}

// drive loads a server; elapsed includes the time until everything is decided.
func drive(h hello, server string, connections int, duration time.Duration) (out outcome, decided int, err error) {
	l := &load{addr: h.Addr, key: h.Key, texts: texts(), prefix: "b"}
	start := time.Now()
	before := 0
	if server == winnow {
		if before, err = counter(h.Metrics, "winnow_decisions_total"); err != nil {
			return out, 0, err
		}
	}
	if out, err = l.run(connections, duration); err != nil || server != winnow {
		return out, out.accepted, err
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		depth, err := counter(h.Metrics, "winnow_queue_depth")
		if err != nil {
			return out, 0, err
		}
		if depth == 0 || time.Now().After(deadline) {
			break
		}
	}
	out.elapsed = time.Since(start)
	after, err := counter(h.Metrics, "winnow_decisions_total")
	return out, after - before, err
}

var sample = regexp.MustCompile(`(?m)^(\w+)(?:\{[^}]*\})? (\S+)$`)

// counter adds up a metric's series.
func counter(addr, name string) (int, error) {
	res, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	total := 0.0
	for _, m := range sample.FindAllStringSubmatch(string(text), -1) {
		if m[1] == name {
			v, err := strconv.ParseFloat(m[2], 64)
			if err != nil {
				return 0, err
			}
			total += v
		}
	}
	return int(total), nil
}

func listen() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

// texts are some 60 words each, of a vocabulary like that of comments.
func texts() []string {
	words := strings.Fields(`I really liked this post about the garden and how you explain each step with photos
		because most guides only show the end result which does not help me much when something goes wrong on day two
		thanks again for sharing it with everyone here although my tomatoes never look like yours do we use other soil
		maybe someone can tell whether clay needs sand or compost first since opinions differ a lot in this thread`)
	list := make([]string, 997)
	for i := range list {
		picked := make([]string, 60)
		for k := range picked {
			picked[k] = words[(i*31+k*k*7+k*i)%len(words)]
		}
		list[i] = strings.Join(picked, " ")
	}
	return list
}
