package openapitest

import (
	"bytes"
	"io"
	"net/http"
	"testing"
)

// Transport passes requests on to base, http.DefaultTransport if that is nil, and reports
// to t every exchange that is not as described. Bodies are read whole.
func Transport(t testing.TB, base http.RoundTripper) http.RoundTripper {
	t.Helper()
	d, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{t, d, base}
}

type transport struct {
	t    testing.TB
	d    *Document
	base http.RoundTripper
}

// RoundTrip makes one exchange and checks it.
func (c *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil && r.Body != http.NoBody {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close() // it was read whole
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := c.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if closing := res.Body.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	if err := c.d.Check(r, sent, res, body); err != nil {
		c.t.Error(err)
	}
	return res, nil
}

// CloseIdleConnections closes those of the transport below.
func (c *transport) CloseIdleConnections() {
	if base, ok := c.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}
