package load

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// conn is a connection that sends one request after the other. It is written by hand,
// so that measuring takes little of the machine from what is measured.
type conn struct {
	u   *url.URL
	key string

	c       net.Conn
	r       *bufio.Reader
	request []byte
	body    []byte // of the last answer
}

// answerTime bounds one exchange.
const answerTime = time.Minute

// post sends a body and returns the status and the body of the answer, which is good
// until the next call. It connects when there is no connection.
func (c *conn) post(ctx context.Context, path, media string, body []byte) (status int, answer []byte, err error) {
	if c.c == nil {
		if err := c.dial(ctx); err != nil {
			return 0, nil, err
		}
	}
	status, err = c.exchange(path, media, body)
	if err != nil {
		c.close()
	}
	return status, c.body, err
}

func (c *conn) dial(ctx context.Context) (err error) {
	host := c.u.Host
	if c.u.Port() == "" {
		host = net.JoinHostPort(c.u.Hostname(), c.u.Scheme)
	}
	if c.u.Scheme == "https" {
		c.c, err = (&tls.Dialer{}).DialContext(ctx, "tcp", host)
	} else {
		c.c, err = (&net.Dialer{}).DialContext(ctx, "tcp", host)
	}
	if err != nil {
		c.c = nil
		return err
	}
	c.r = bufio.NewReaderSize(c.c, 4096)
	return nil
}

func (c *conn) exchange(path, media string, body []byte) (status int, err error) {
	if err := c.c.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return 0, err
	}
	b := c.request[:0]
	b = append(append(append(b, "POST "...), c.u.Path...), path...)
	b = append(append(b, " HTTP/1.1\r\nHost: "...), c.u.Host...)
	b = append(append(b, "\r\nAuthorization: Bearer "...), c.key...)
	b = append(append(b, "\r\nContent-Type: "...), media...)
	b = strconv.AppendInt(append(b, "\r\nContent-Length: "...), int64(len(body)), 10)
	c.request = append(append(b, "\r\n\r\n"...), body...)
	if _, err := c.c.Write(c.request); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return 0, err
	}
	c.body, err = readAll(c.body[:0], res.Body)
	if err = errors.Join(err, res.Body.Close()); err == nil && res.Close {
		c.close()
	}
	return res.StatusCode, err
}

// readAll is io.ReadAll into a buffer.
func readAll(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

func (c *conn) close() {
	if c.c != nil {
		_ = c.c.Close() // nothing is left to be sent
		c.c = nil
	}
}
