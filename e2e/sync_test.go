package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/winnowd/winnow/openapi/openapitest"
)

// traced is how strace is called; the trace goes to the file named after it.
var traced = []string{"-f", "-qq", "-y", "-s", "300000", "-e", "signal=none",
	"-e", "trace=pwrite64,pwritev,write,writev,sendto,fdatasync,fsync,ftruncate", "-o"}

// trace runs strace, or says why that cannot be.
func trace(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err == nil {
		var out []byte
		if out, err = exec.CommandContext(t.Context(), path, "-f", "-o", filepath.Join(t.TempDir(), "trace"), "true").CombinedOutput(); err == nil {
			return path
		}
		err = fmt.Errorf("%w: %s", err, out)
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("strace is needed: %v", err)
	}
	t.Skipf("strace cannot be run, on Debian install it by: apt-get install strace: %v", err)
	return ""
}

// TestAcceptedMeansOnDisk watches winnow's system calls while clients post: no answer
// of 2xx may be written before the comment's transaction was synced.
func TestAcceptedMeansOnDisk(t *testing.T) {
	strace, bin, dir := trace(t), binary(t), t.TempDir()
	file := filepath.Join(t.TempDir(), "trace")
	p := launch(t, bin, dir, append(append([]string{strace}, traced...), file)...)
	s := &site{base: p.wait(t), key: p.key(t), http: &http.Client{Transport: openapitest.Transport(t, &http.Transport{MaxIdleConnsPerHost: 16})}}

	const clients, each = 12, 25
	var posting sync.WaitGroup
	var next atomic.Int64
	for range clients {
		posting.Go(func() {
			for range each {
				n := next.Add(1)
				id := fmt.Sprintf("sync-%d", n)
				var headers []string
				if n%5 == 0 {
					headers = []string{"Prefer", "wait=20"}
				}
				res, err := s.do(t.Context(), http.MethodPost, "/v1/comments", map[string]any{
					"id": id, "content": strings.Repeat("["+id+"] some words ", 1+int(n)%12),
					"author": map[string]any{"name": "Ann", "email": "ann@example.com"},
				}, nil, headers...)
				if err != nil || res.StatusCode/100 != 2 {
					t.Errorf("comment %s: %v, %v", id, res, err)
				}
			}
		})
	}
	posting.Wait()
	s.http.CloseIdleConnections()
	stopTraced(t, p, dir)
	p.check(t)

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := verdictOf(t, string(text))
	if len(got.answered) != clients*each {
		t.Errorf("the trace shows %d answers of 2xx, %d were given", len(got.answered), clients*each)
	}
	for _, v := range got.violations {
		t.Error(v)
	}
	syncs := regexp.MustCompile(`(?m)^.*(?:fdatasync|fsync).*\n`)
	t.Logf("%d answers, %d lines about syncs, a trace of %d bytes", len(got.answered), len(syncs.FindAllString(string(text), -1)), len(text))
	// Had winnow not synced, this would have told.
	if got := verdictOf(t, syncs.ReplaceAllString(string(text), "")); len(got.violations) < clients*each {
		t.Errorf("without syncs, only %d of %d answers are found at fault", len(got.violations), clients*each)
	}
	if stored := checkDatabase(t, dir); len(stored) != clients*each {
		t.Errorf("%d comments are stored, want %d", len(stored), clients*each)
	}
}

// stopTraced stops the winnow that a tracer watches, and with it the tracer. The
// lock tells its process.
func stopTraced(t *testing.T, p *process, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "winnow.lock"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
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

func verdictOf(t *testing.T, trace string) verdict {
	t.Helper()
	points, err := readTrace(strings.NewReader(trace))
	if err != nil {
		t.Fatal(err)
	}
	return checkTrace(points)
}

// The lines of which the traces below are made.
const (
	header   = `7 pwrite64(5</d/winnow.db-wal>, "\0\0\0\2\0\0\0\0\1\1\1\1\2\2\2\2\3\3\3\3\4\4\4\4", 24, 32) = 24` + "\n"
	last     = `7 pwrite64(5</d/winnow.db-wal>, "\0\0\0\2\0\0\0\t\1\1\1\1\2\2\2\2\3\3\3\3\4\4\4\4", 24, 32) = 24` + "\n"
	page     = `7 pwrite64(5</d/winnow.db-wal>, "\r\0x[sync-1] \"and more", 4096, 56) = 4096` + "\n"
	another  = `7 pwrite64(5</d/winnow.db-wal>, "\r\0x", 4096, 4176) = 4096` + "\n"
	synced   = `7 fdatasync(5</d/winnow.db-wal>) = 0` + "\n"
	begins   = `7 fdatasync(5</d/winnow.db-wal> <unfinished ...>` + "\n"
	ends     = `7 <... fdatasync resumed>) = 0` + "\n"
	fails    = `7 <... fdatasync resumed>) = -1 EIO (Input/output error)` + "\n"
	answered = `9 write(8<socket:[77]>, "HTTP/1.1 202 Accepted\r\nX: y\r\n\r\n{\"id\":\"sync-1\",\"site\":\"default\"}", 60) = 60` + "\n"
	decided  = `9 write(8<socket:[77]>, "HTTP/1.1 200 OK\r\n\r\n{\"id\":\"wn_1\",\"comment_id\":\"sync-1\"}", 60) = 60` + "\n"
	refused  = `9 write(8<socket:[77]>, "HTTP/1.1 503 Service Unavailable\r\n\r\n{\"id\":\"sync-1\"}", 60) = 60` + "\n"
	copied   = `7 pwrite64(4</d/winnow.db>, "\r\0x", 4096, 4096) = 4096` + "\n"
	dbSynced = `7 fdatasync(4</d/winnow.db>) = 0` + "\n"
	emptied  = `7 ftruncate(5</d/winnow.db-wal>, 0) = 0` + "\n"
	rewound  = `7 pwrite64(5</d/winnow.db-wal>, "7\177\6\202\0-\342\30", 32, 0) = 32` + "\n"
)

func TestTraceChecker(t *testing.T) {
	for _, c := range []struct {
		name, trace     string
		answers, faults int
	}{
		{"written, synced, answered", last + page + synced + answered, 1, 0},
		{"a decision as the answer", last + page + synced + decided, 1, 0},
		{"a sync in two lines", last + page + begins + ends + answered, 1, 0},
		{"a refusal needs no sync", last + page + refused, 0, 0},
		{"a transaction of two pages", header + page + last + another + synced + answered, 1, 0},
		{"never synced", last + page + answered, 1, 1},
		{"never written", synced + answered, 1, 1},
		{"synced before it was written", synced + last + page + answered, 1, 1},
		{"synced after the answer", last + page + answered + synced, 1, 1},
		{"a sync that began before the page was written", last + begins + page + ends + answered, 1, 1},
		{"a sync that has not returned", last + page + begins + answered + ends, 1, 1},
		{"a sync that failed", last + page + begins + fails + answered, 1, 1},
		{"a sync of another file", last + page + dbSynced + answered, 1, 1},
		{"a transaction without its end", header + page + synced + answered, 1, 1},
		{"an end that was not synced", header + page + synced + last + another + answered, 1, 1},
		{"a decision that was not synced", last + page + decided, 1, 1},
		{"a log emptied after its copy was synced", copied + dbSynced + emptied, 0, 0},
		{"a log emptied before", copied + emptied, 0, 1},
		{"a log begun anew before", copied + rewound, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := verdictOf(t, c.trace); len(got.answered) != c.answers || len(got.violations) != c.faults {
				t.Errorf("got %+v", got)
			}
		})
	}
}
