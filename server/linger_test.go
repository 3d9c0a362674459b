package server

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/problem"
)

// dialed is a client that does what it is told to a connection.
type dialed struct {
	t *testing.T
	net.Conn
	answers *bufio.Reader
}

func dial(t *testing.T, s interface{ Addr() string }) *dialed {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &dialed{t, conn, bufio.NewReader(conn)}
}

// answer reads one answer.
func (d *dialed) answer() (*http.Response, string) {
	d.t.Helper()
	res, err := http.ReadResponse(d.answers, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return res, string(b)
}

// refusing refuses a body that is longer than a limit, as soon as it knows.
func refusing(limit int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		over := r.ContentLength > limit
		if !over {
			_, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, limit))
			over = err != nil
		}
		if over {
			problem.Write(w, problem.New(problem.TooLarge, "over"))
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

func chunked(body string) string { return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body) }

// A client that writes all of a body before it reads learns why it was refused.
func TestWhoWritesFirstAndReadsLaterLearnsWhy(t *testing.T) {
	s := start(t, Mount{Prefix: "/", Handler: refusing(1 << 20)})
	long := strings.Repeat("x", 24<<20)
	for name, c := range map[string]struct {
		header, body string
		want         int
	}{
		"announced":        {fmt.Sprintf("Content-Length: %d", len(long)), long, 413},
		"in chunks":        {"Transfer-Encoding: chunked", chunked(long), 413},
		"just over":        {fmt.Sprintf("Content-Length: %d", 1<<20+1), long[:1<<20+1], 413},
		"short enough":     {fmt.Sprintf("Content-Length: %d", 1<<20), long[:1<<20], 204},
		"short, in chunks": {"Transfer-Encoding: chunked", chunked(long[:1000]), 204},
	} {
		d := dial(t, s)
		if _, err := io.WriteString(d, "POST / HTTP/1.1\r\nHost: winnow\r\n"+c.header+"\r\n\r\n"+c.body); err != nil {
			t.Errorf("%s: the connection broke: %v", name, err)
			continue
		}
		res, body := d.answer()
		if res.StatusCode != c.want || c.want == 413 && !strings.Contains(body, "too-large") || res.Close != (c.want == 413) {
			t.Errorf("%s: %s %q, close %v", name, res.Status, body, res.Close)
		}
		if c.want == 204 { // the connection serves the next request
			fmt.Fprintf(d, "POST / HTTP/1.1\r\nHost: winnow\r\nContent-Length: 0\r\n\r\n")
			if res, _ := d.answer(); res.StatusCode != 204 {
				t.Errorf("%s: the next one: %s", name, res.Status)
			}
		} else if rest, err := io.ReadAll(d.answers); len(rest) != 0 || err != nil {
			t.Errorf("%s: after the answer came %q, %v", name, rest, err)
		}
	}
}

// What follows a body that was refused, or broke off, is never taken for a request.
func TestWhatIsLeftOfABodyIsNoRequest(t *testing.T) {
	inner := "GET /inner HTTP/1.1\r\nHost: winnow\r\n\r\n"
	asked := make(chan string, 10)
	s := start(t, Mount{Prefix: "/", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		if r.URL.Path == "/late" {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now())
			_, _ = io.Copy(io.Discard, r.Body)
		}
		w.WriteHeader(http.StatusForbidden)
	})})
	for _, path := range []string{"/unread", "/late"} {
		d := dial(t, s)
		body := strings.Repeat(inner, 400<<10/len(inner))
		_, _ = fmt.Fprintf(d, "POST %s HTTP/1.1\r\nHost: winnow\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body) // may break
		_, err := io.Copy(io.Discard, d)
		if got := <-asked; got != path || len(asked) != 0 {
			t.Errorf("asked for %s, and %d more; %v", got, len(asked), err)
		}
	}
}

func TestWhoAsksFirstIsRefusedBeforeTheBody(t *testing.T) {
	s := start(t, Mount{Prefix: "/", Handler: refusing(1 << 20)})
	d := dial(t, s)
	fmt.Fprintf(d, "POST / HTTP/1.1\r\nHost: winnow\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", 24<<20)
	if res, body := d.answer(); res.StatusCode != 413 || !strings.Contains(body, "too-large") {
		t.Errorf("%s %q, want 413 and no 100", res.Status, body)
	}
	if rest, err := io.ReadAll(d.answers); len(rest) != 0 || err != nil {
		t.Errorf("after the answer came %q, %v", rest, err)
	}
}

// Who never ends, or stalls, is let go of.
func TestLingeringIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		linger
		endless bool
	}{
		"a body without end": {linger{refusing(10), 1 << 20, time.Hour}, true},
		"one that stalls":    {linger{refusing(10), 1 << 40, 10 * time.Millisecond}, false},
	} {
		s := New(Options{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
		if err := s.Listen(); err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- s.Serve(c.linger) }()
		d := dial(t, s)
		fmt.Fprintf(d, "POST / HTTP/1.1\r\nHost: winnow\r\nTransfer-Encoding: chunked\r\n\r\n")
		chunk, writing := "10000\r\n"+strings.Repeat("x", 1<<16)+"\r\n", error(nil)
		for written := 0; writing == nil && (c.endless || written == 0); written++ {
			_, writing = io.WriteString(d, chunk)
		}
		if !c.endless {
			if res, _ := d.answer(); res.StatusCode != 413 {
				t.Errorf("%s: %s", name, res.Status)
			}
			_, _ = io.Copy(io.Discard, d.answers) // until the connection is closed
		}
		if err := errors.Join(s.Shutdown(t.Context()), <-served); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
