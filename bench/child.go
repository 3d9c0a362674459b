package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
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

// task is what a child serves.
type task struct {
	Server, Dir string
	// Profile takes a CPU profile of winnow; empty for none.
	Profile string
	// Callback is where winnow delivers decisions; empty for nowhere.
	Callback string
	// Untaught leaves the model as it is.
	Untaught bool
}

// hello is a child's first line: where it serves.
type hello struct{ Addr, Metrics, Key string }

// runChild serves until standard input ends, then prints the CPU time it used.
func runChild(arg string) error {
	var t task
	if err := json.Unmarshal([]byte(arg), &t); err != nil {
		return err
	}
	h, stop, err := t.serve()
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(h); err != nil {
		return err
	}
	end, err := t.startProfile()
	if err != nil {
		return err
	}
	before := cpuTime()
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	used := cpuTime() - before
	if err := errors.Join(end(), stop()); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(used)
}

func (t task) serve() (hello, func() error, error) {
	switch t.Server {
	case bare:
		return serveReference(nil)
	case durable:
		rows, err := openRows(t.Dir)
		if err != nil {
			return hello{}, nil, err
		}
		return serveReference(rows)
	}
	return serveWinnow(t)
}

func (t task) startProfile() (end func() error, err error) {
	if t.Profile == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(t.Profile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// cpuTime is what this process has used, user and system.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// child is a server that runs.
type child struct {
	hello
	// took is how long it took until it accepted.
	took  time.Duration
	cmd   *exec.Cmd
	stdin io.Closer
	lines *json.Decoder
}

// start starts a server in a process of its own.
func start(t task) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arg, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), self, childArg, string(arg))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, stdin: stdin, lines: json.NewDecoder(bufio.NewReader(stdout))}
	if err := c.lines.Decode(&c.hello); err != nil {
		return nil, fmt.Errorf("%s did not start: %w", t.Server, errors.Join(err, cmd.Wait()))
	}
	c.took = time.Since(begun)
	return c, nil
}

// stop stops the server and returns the CPU time it used.
func (c *child) stop() (used time.Duration, err error) {
	err = c.stdin.Close()
	return used, errors.Join(err, c.lines.Decode(&used), c.cmd.Wait())
}

func (c *child) url() string { return "http://" + c.Addr }

// resident is how much memory the server has, in MiB.
func (c *child) resident() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("the system does not tell the memory of a process")
}

var sample = regexp.MustCompile(`(?m)^(\w+)(?:\{[^}]*\})? (\S+)$`)

// counter adds up a metric's series.
func (c *child) counter(name string) (int, error) {
	res, err := http.Get("http://" + c.Metrics + "/metrics")
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

// settled waits until a gauge is 0.
func (c *child) settled(gauge string) error {
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		n, err := c.counter(gauge)
		if err != nil || n == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s is still %d", gauge, n)
		}
	}
}

func listen() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }

// inFolder gives a measurement a folder that is gone afterwards.
func inFolder(do func(dir string) error) (err error) {
	dir, err := os.MkdirTemp("", "winnow-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return do(dir)
}
