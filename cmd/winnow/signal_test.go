package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/models"
)

// process is a daemon in a process of its own.
type process struct {
	cmd  *exec.Cmd
	out  *os.File
	logs chan logLine
}

func startProcess(t *testing.T, dir string) *process {
	t.Helper()
	p := &process{cmd: exec.CommandContext(t.Context(), os.Args[0], serveArgs(dir)...), logs: make(chan logLine, 100)}
	p.cmd.Env = append(os.Environ(), "RUN_AS_WINNOW=1", "GORACE=atexit_sleep_ms=0")
	log, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out, p.cmd.Stdout = out, in
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	t.Cleanup(func() {
		_ = out.Close()
		_ = p.cmd.Process.Kill()
	})
	go func() {
		defer close(p.logs)
		readLog(log, func(l logLine) { p.logs <- l })
	}()
	return p
}

// until waits for a line of the log.
func (p *process) until(t *testing.T, message string) logLine {
	t.Helper()
	for l := range p.logs {
		if strings.HasPrefix(l.Message, message) {
			return l
		}
	}
	t.Fatalf("the log ended without %q", message)
	return logLine{}
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// end waits for the end of the process and returns its exit code.
func (p *process) end(t *testing.T) int {
	t.Helper()
	for range p.logs { // Wait must not be called before all is read
	}
	err := p.cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

func TestASignalStopsTheDaemon(t *testing.T) {
	for _, s := range []os.Signal{unix.SIGTERM, unix.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			p := startProcess(t, t.TempDir())
			p.until(t, "winnow is serving")
			p.signal(t, s)
			p.until(t, "stopped")
			if code := p.end(t); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestSIGHUPReadsThePolicyAgain(t *testing.T) {
	dir := t.TempDir()
	p := startProcess(t, dir)
	p.until(t, "winnow is serving")
	write(t, filepath.Join(dir, "policy.yaml"), "rules: [{rule: nonsense}]")
	p.signal(t, unix.SIGHUP)
	p.until(t, "policy not loaded, the one before stays in force")
	write(t, filepath.Join(dir, "policy.yaml"), "rules: []")
	p.signal(t, unix.SIGHUP)
	p.until(t, "policy loaded")
	p.signal(t, unix.SIGTERM)
	p.until(t, "stopped")
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestASecondSignalEndsTheDaemonAtOnce(t *testing.T) {
	p := startProcess(t, t.TempDir())
	printed, err := bufio.NewReader(p.out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var creds models.Credentials
	if err := json.Unmarshal(printed, &creds); err != nil {
		t.Fatal(err)
	}
	address := p.until(t, "winnow is serving").Address
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	// A request whose body never comes is under way once the daemon asks for it.
	fmt.Fprintf(conn, "POST /v1/comments HTTP/1.1\r\nHost: winnow\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", creds.Key)
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("got %q, %v", line, err)
	}
	p.signal(t, unix.SIGINT)
	p.until(t, "stopping")
	p.signal(t, unix.SIGINT)
	p.until(t, "second signal")
	if code := p.end(t); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

func TestADaemonOutlivesTheReaderOfItsOutput(t *testing.T) {
	p := startProcess(t, t.TempDir())
	_ = p.out.Close()
	p.until(t, "winnow is serving")
	p.signal(t, unix.SIGTERM)
	if code := p.end(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
