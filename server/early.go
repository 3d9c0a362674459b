package server

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/winnowd/winnow/problem"
)

// net/http refuses what it cannot read as a request in plain text, straight on the
// connection, before any handler. A listener hands out connections that say the same as
// a problem.
type listener struct{ net.Listener }

// Accept waits for the next connection.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok && err == nil {
		return &conn{TCPConn: tcp}, nil
	}
	return c, err
}

// conn is a connection on which net/http's own refusals become problems.
type conn struct {
	*net.TCPConn
	// answering is set from when a handler was called until the connection is idle:
	// whatever is written then is an answer, even if it looks like a refusal.
	answering atomic.Bool
}

// Write passes on what is written, or the problem that stands for it.
func (c *conn) Write(b []byte) (int, error) {
	if c.answering.Load() {
		return c.TCPConn.Write(b)
	}
	p := refusal(b)
	if p == nil {
		return c.TCPConn.Write(b)
	}
	if _, err := c.TCPConn.Write(early(p)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// refusalHeader follows the status line of net/http's own refusals.
var refusalHeader = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

// refusal is the problem that a refusal of net/http's means; nil for all else. Of the
// statuses only 505 is left as it is: a client of another version could not read more.
func refusal(b []byte) *problem.Problem {
	status, rest, ok := bytes.Cut(b, []byte("\r\n"))
	if !ok || !bytes.HasPrefix(b[len(status):], refusalHeader) {
		return nil
	}
	_, text, _ := bytes.Cut(rest[len(refusalHeader)-2:], []byte(": ")) // "400 Bad Request: malformed Host header"
	switch code, _, _ := bytes.Cut(bytes.TrimPrefix(status, []byte("HTTP/1.1 ")), []byte(" ")); string(code) {
	case "400":
		detail := "the request cannot be read as HTTP/1.1"
		if len(text) > 0 {
			detail += ": " + string(text)
		}
		return problem.New(problem.BadRequest, detail)
	case "431":
		return problem.New(problem.HeaderTooLarge, "request line and header are over the limit of "+strconv.Itoa(maxHeader)+" bytes")
	case "501":
		return problem.New(problem.UnknownTransferCoding, "the one transfer coding that is understood is chunked")
	}
	return nil
}

// early is a problem as an answer that ends the connection.
func early(p *problem.Problem) []byte {
	body := p.JSON()
	h := http.Header{
		"Content-Type": {problem.MediaType}, "Content-Length": {strconv.Itoa(len(body))},
		"Connection": {"close"}, "Date": {time.Now().UTC().Format(http.TimeFormat)},
	}
	setCommon(h, "/v1/") // the path may not be known
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 " + strconv.Itoa(p.Status) + " " + http.StatusText(p.Status) + "\r\n")
	_ = h.Write(&b) // a buffer takes everything
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

type connKey struct{}

// remember lets marked find a request's connection.
func remember(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// marked marks connections whose request has reached its handler.
func marked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*conn); ok {
			c.answering.Store(true)
		}
		next.ServeHTTP(w, r)
	})
}

// unmark lets a connection be refused again once its answer was written.
func unmark(c net.Conn, state http.ConnState) {
	if c, ok := c.(*conn); ok && state == http.StateIdle {
		c.answering.Store(false)
	}
}
