package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load keeps connections busy with distinct comments for a while. The client is
// bare, so that it takes little of the machine from the server.
type load struct {
	addr, key string
	texts     []string
	prefix    string // makes ids distinct between loads
	next      atomic.Int64
}

// outcome is what a load saw.
type outcome struct {
	accepted int
	times    []time.Duration
	elapsed  time.Duration
}

func (l *load) run(connections int, duration time.Duration) (outcome, error) {
	var (
		mu    sync.Mutex
		out   outcome
		first error
		group sync.WaitGroup
	)
	start := time.Now()
	for range connections {
		group.Go(func() {
			times, err := l.connection(start.Add(duration))
			mu.Lock()
			defer mu.Unlock()
			out.times = append(out.times, times...)
			if err != nil && first == nil {
				first = err
			}
		})
	}
	group.Wait()
	out.elapsed = time.Since(start)
	out.accepted = len(out.times)
	slices.Sort(out.times)
	return out, first
}

func (o outcome) quantile(q float64) float64 {
	if len(o.times) == 0 {
		return 0
	}
	return float64(o.times[int(q*float64(len(o.times)-1))]) / float64(time.Millisecond)
}

func (l *load) connection(until time.Time) (times []time.Duration, err error) {
	conn, err := net.Dial("tcp", l.addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	r := bufio.NewReaderSize(conn, 4096)
	var body, request []byte
	for time.Now().Before(until) {
		n := l.next.Add(1)
		body = l.comment(body[:0], n)
		request = append(request[:0], "POST /v1/comments HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer "...)
		request = append(request, l.key...)
		request = append(request, "\r\nContent-Type: application/json\r\nContent-Length: "...)
		request = strconv.AppendInt(request, int64(len(body)), 10)
		request = append(append(request, "\r\n\r\n"...), body...)
		sent := time.Now()
		if _, err := conn.Write(request); err != nil {
			return times, err
		}
		if err := readAnswer(r); err != nil {
			return times, err
		}
		times = append(times, time.Since(sent))
	}
	return times, nil
}

// comment writes the n-th comment as JSON.
func (l *load) comment(b []byte, n int64) []byte {
	b = append(b, `{"id":"`...)
	b = append(b, l.prefix...)
	b = strconv.AppendInt(b, n, 10)
	b = append(b, `","content":`...)
	b = strconv.AppendQuote(b, l.texts[n%int64(len(l.texts))]+" "+strconv.FormatInt(n*7919, 36))
	b = append(b, `,"post":{"id":"p-`...)
	b = strconv.AppendInt(b, n%100, 10)
	b = append(b, `","url":"https://blog.example/p/9"},"author":{"name":"Ann","email":"ann`...)
	b = strconv.AppendInt(b, n%5000, 10)
	b = append(b, `@example.com","ip":"203.0.113.`...)
	b = strconv.AppendInt(b, 1+n%250, 10)
	return append(b, `","user_agent":"Mozilla/5.0"},"form":{"elapsed_ms":8400}}`...)
}

// readAnswer reads one answer and fails unless it is a 202.
func readAnswer(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	accepted := bytes.Contains(line, []byte(" 202 "))
	status := string(line)
	length := 0
	for {
		if line, err = r.ReadSlice('\n'); err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if accepted {
		_, err = r.Discard(length)
		return err
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(length)))
	if err != nil {
		return err
	}
	return fmt.Errorf("answered %q: %s", status, body)
}
