package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen before it gives up.
const patience = time.Minute

// binary builds winnow, with the race detector if the test itself has it.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "winnow")
	args := []string{"build", "-o", path}
	if info, ok := debug.ReadBuildInfo(); ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	out, err := exec.CommandContext(t.Context(), "go", append(args, "../cmd/winnow")...).CombinedOutput()
	if err != nil {
		t.Fatalf("build winnow: %v\n%s", err, out)
	}
	return path
}

// process is a `winnow serve` of its own.
type process struct {
	cmd     *exec.Cmd
	serving chan struct{} // closed once it logged its address
	address string
	done    chan struct{} // closed once it ended
	err     error         // how it ended
	printed chan struct{} // closed once its standard output was read
	first   string        // the API key, if this is a first start

	mu  sync.Mutex
	log bytes.Buffer
}

// launch runs a binary on a data directory; before are words that go before its
// command line, such as a tracer's.
func launch(t *testing.T, binary, dir string, before ...string) *process {
	t.Helper()
	line := append(slices.Clone(before), binary, "serve", "--data-dir", dir, "--listen", "127.0.0.1:0",
		"--metrics-listen", "127.0.0.1:0", "--log-format", "json", "--json")
	p := &process{
		cmd: exec.Command(line[0], line[1:]...), printed: make(chan struct{}),
		serving: make(chan struct{}), done: make(chan struct{}),
	}
	p.cmd.Dir = t.TempDir()                                 // no winnow.yaml there
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a tracer dies with what it traces
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.printed)
		var creds struct{ Key string }
		if json.NewDecoder(stdout).Decode(&creds) == nil {
			p.first = creds.Key
		}
	}()
	go func() {
		defer close(p.done)
		lines := bufio.NewScanner(stderr)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			p.read(lines.Bytes())
		}
		<-p.printed // Wait closes it
		p.err = p.cmd.Wait()
	}()
	t.Cleanup(func() { p.kill(); <-p.done })
	return p
}

// read takes in a line of the log.
func (p *process) read(line []byte) {
	p.mu.Lock()
	fmt.Fprintf(&p.log, "%s\n", line)
	p.mu.Unlock()
	var entry struct{ Msg, Address string }
	if json.Unmarshal(line, &entry) == nil && entry.Msg == "winnow is serving" {
		p.address = entry.Address
		close(p.serving)
	}
}

// wait waits until the process serves, and returns where.
func (p *process) wait(t *testing.T) string {
	t.Helper()
	select {
	case <-p.serving:
		return "http://" + p.address
	case <-p.done:
		t.Fatalf("winnow ended before it served: %v\n%s", p.err, p.logged())
	case <-time.After(patience):
		t.Fatalf("winnow does not serve\n%s", p.logged())
	}
	return ""
}

// key is the API key that a first start prints.
func (p *process) key(t *testing.T) string {
	t.Helper()
	<-p.printed
	if p.first == "" {
		t.Fatalf("a first start printed no key\n%s", p.logged())
	}
	return p.first
}

// kill ends the process without a chance to do anything.
func (p *process) kill() { _ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) } // it may have ended

// end asks the process to stop and waits for it.
func (p *process) end(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM); err != nil {
		t.Errorf("stop winnow: %v", err)
	}
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Fatalf("winnow does not stop\n%s", p.logged())
	}
	if p.err != nil {
		t.Errorf("winnow ended with %v\n%s", p.err, p.logged())
	}
}

func (p *process) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// check reports what a healthy process does not log.
func (p *process) check(t *testing.T) {
	t.Helper()
	for _, line := range strings.Split(p.logged(), "\n") {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, "DATA RACE") ||
			strings.Contains(line, "panic:") || strings.Contains(line, "fatal error:") {
			t.Errorf("winnow logged %s\nin\n%s", line, p.logged())
			return
		}
	}
}
