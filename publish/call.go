package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

const (
	// maxAnswer is how much of an answer's body is read, in bytes, before the connection
	// is given up.
	maxAnswer = 64 << 10
	// maxShown is how much of an answer is shown to people.
	maxShown = 512
)

// caller makes calls, for any number of lanes at once.
type caller struct {
	timeout time.Duration
	// public and private differ by where they may connect to.
	public, private *http.Client
}

func newCaller(timeout time.Duration, resolver *net.Resolver) *caller {
	return &caller{timeout: timeout, public: newClient(guard{}, resolver), private: newClient(guard{private: true}, resolver)}
}

// newClient makes a client that connects by itself, never through a proxy: a proxy
// would connect to where the guard cannot look. It speaks HTTP/1.1, where a call that
// hangs holds up its own connection alone.
func newClient(g guard, resolver *net.Resolver) *http.Client {
	dialer := &net.Dialer{Timeout: callTimeout, KeepAlive: 30 * time.Second, Control: g.control, Resolver: resolver}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    callTimeout,
			MaxIdleConns:           1024,
			MaxIdleConnsPerHost:    8 * maxCalls, // many sites may share a host
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: maxAnswer,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (c *caller) close() {
	c.public.CloseIdleConnections()
	c.private.CloseIdleConnections()
}

// answer is what a call brought.
type answer struct {
	// status is 0 if there was no answer; err says why.
	status int
	err    error
	// retryAfter is what the header of that name asked for.
	retryAfter time.Duration
	body       []byte // its beginning, if it was asked for
	took       time.Duration
	at         time.Time
}

func (a *answer) good() bool { return a.err == nil && a.status >= 200 && a.status <= 299 }

// fault says in words what was wrong.
func (a *answer) fault() string {
	switch {
	case a.err != nil:
		return a.err.Error()
	case a.status >= 300 && a.status <= 399:
		return fmt.Sprintf("answered %d %s; redirects are not followed", a.status, http.StatusText(a.status))
	}
	return strings.TrimSpace(fmt.Sprintf("answered %d %s", a.status, http.StatusText(a.status)))
}

// post makes one call. show keeps the beginning of the answer's body.
func (c *caller) post(ctx context.Context, site *models.Site, secrets []signature.Secret, id string, body []byte, show bool) (a answer) {
	a.at = time.Now()
	defer func() { a.took = time.Since(a.at) }()
	if len(secrets) == 0 {
		a.err = errors.New("the site has no valid webhook secret: `winnow site rotate --secret` makes one")
		return a
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, site.Callback, bytes.NewReader(body))
	if err != nil || (req.URL.Scheme != "http" && req.URL.Scheme != "https") || req.URL.Hostname() == "" {
		a.err = errors.New("the callback is not an http or https URL")
		return a
	}
	signature.SetHeader(req.Header, secrets, id, a.at, body)
	req.Header["Content-Type"] = []string{"application/json"}
	req.Header["User-Agent"] = []string{"winnow"}
	// An empty list is not sent. It lets the transport try again on a new connection when
	// the callback closed an idle one just now: the id makes repetitions harmless.
	req.Header["Idempotency-Key"] = []string{}
	client := c.public
	if site.AllowPrivateCallback {
		client = c.private
	}
	res, err := client.Do(req)
	if err != nil {
		a.err = plain(err, c.timeout)
		return a
	}
	defer res.Body.Close()
	a.status = res.StatusCode
	a.retryAfter = retryAfter(res.Header.Get("Retry-After"), a.at)
	if res.StatusCode != http.StatusSwitchingProtocols { // its body is the bare connection, which no context ends
		a.body = drain(res.Body, show)
	}
	return a
}

// drain reads what there is of a body, so that the connection can be used again. The
// status has come and counts, even if the rest does not follow.
func drain(body io.Reader, show bool) (beginning []byte) {
	limited := io.LimitReader(body, maxAnswer)
	if show {
		beginning, _ = io.ReadAll(io.LimitReader(limited, maxShown))
	}
	_, _ = io.Copy(io.Discard, limited)
	return beginning
}

// plain takes the URL, which may hold a password, off an error.
func plain(err error, timeout time.Duration) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		if wrapped.Timeout() {
			return fmt.Errorf("no answer within %s", timeout)
		}
		return wrapped.Err
	}
	return err
}

// secretBox keeps a site's parsed secrets until they change.
type secretBox struct {
	text   []string
	parsed []signature.Secret
}

// get parses secrets; those that cannot be used are left out.
func (b *secretBox) get(text []string) []signature.Secret {
	if slices.Equal(text, b.text) && b.parsed != nil {
		return b.parsed
	}
	b.text, b.parsed = slices.Clone(text), make([]signature.Secret, 0, len(text))
	for _, s := range text {
		if secret, err := signature.ParseSecret(s); err == nil {
			b.parsed = append(b.parsed, secret)
		}
	}
	return b.parsed
}
