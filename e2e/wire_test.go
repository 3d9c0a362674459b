package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/openapi/openapitest"
)

// wire speaks to winnow over a connection of its own, byte by byte.
type wire struct {
	t    *testing.T
	conn *net.TCPConn
}

func dial(t *testing.T, address string) *wire {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &wire{t, c.(*net.TCPConn)}
}

// send writes; winnow may have closed its side already.
func (w *wire) send(text string) { _, _ = io.WriteString(w.conn, text) }

// drip writes a text over and over, a byte at a time, until winnow closes.
func (w *wire) drip(text string) {
	for i := 0; ; i++ {
		if _, err := w.conn.Write([]byte{text[i%len(text)]}); err != nil {
			return
		}
		time.Sleep(time.Millisecond) // the pace of the peer; nothing is awaited
	}
}

// half closes the sending side.
func (w *wire) half() {
	if err := w.conn.CloseWrite(); err != nil {
		w.t.Error(err)
	}
}

// reset ends the connection so that winnow gets an error instead of an end.
func (w *wire) reset() {
	if err := errors.Join(w.conn.SetLinger(0), w.conn.Close()); err != nil {
		w.t.Error(err)
	}
}

// reply is an answer that came over a wire.
type reply struct {
	*http.Response
	body []byte
	kind string // of a problem
}

// replies reads at most n answers, until winnow closes.
func (w *wire) replies(n int) (all []reply) {
	in := bufio.NewReader(w.conn)
	for len(all) < n {
		res, err := http.ReadResponse(in, nil)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			w.t.Error("neither an answer nor an end")
		}
		if err != nil {
			return all
		}
		r := reply{Response: res}
		if r.body, err = io.ReadAll(res.Body); err != nil {
			w.t.Errorf("the body of answer %d broke off: %v", len(all)+1, err)
			return all
		}
		var p struct{ Type string }
		if res.Header.Get("Content-Type") == "application/problem+json" {
			if err := json.Unmarshal(r.body, &p); err != nil {
				w.t.Errorf("%v: %s", err, r.body)
			}
			r.kind = strings.TrimPrefix(p.Type, "urn:winnow:problem:")
		}
		all = append(all, r)
	}
	return all
}

// String is the status and the kind of problem; of a batch the statuses of its lines.
func (r reply) String() string {
	switch {
	case r.kind != "":
		return fmt.Sprint(r.StatusCode, " ", r.kind)
	case r.Header.Get("Content-Type") != "application/x-ndjson":
		return fmt.Sprint(r.StatusCode)
	}
	var lines []string
	for line := range bytes.Lines(r.body) {
		var l struct{ Status int }
		if err := json.Unmarshal(line, &l); err != nil {
			return err.Error()
		}
		lines = append(lines, fmt.Sprint(l.Status))
	}
	return fmt.Sprintf("%d [%s]", r.StatusCode, strings.Join(lines, " "))
}

// asDescribed holds answers against the description of the interface, as far as what was
// sent can be read as requests; the others are net/http's and have no path.
func asDescribed(t *testing.T, sent string, answers []reply) {
	t.Helper()
	d, err := openapitest.Load()
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(strings.NewReader(sent))
	for _, a := range answers {
		r, err := http.ReadRequest(in)
		early := slices.Contains([]int{100, 417, 431, 501, 505}, a.StatusCode) || strings.Contains(string(a.body), "cannot be read as HTTP/1.1")
		if err != nil || early {
			return
		}
		body, _ := io.ReadAll(r.Body) // may have been broken deliberately
		if err := d.Check(r, body, a.Response, a.body); err != nil {
			t.Error(err)
		}
	}
}
