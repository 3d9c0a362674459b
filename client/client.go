package client

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

// Options say how to reach a daemon. URL and one of Key and Secret are needed.
type Options struct {
	// URL is the daemon's address, such as "http://127.0.0.1:8080".
	URL string
	// Key is the site's API key, "wk_...". It authenticates every call.
	Key string
	// Site and Secret, the site's name and its webhook secret ("whsec_..."), make
	// Submit, SubmitAndWait and Batch sign what they send instead of showing a key. The
	// other calls need Key.
	Site, Secret string
	// HTTP makes the requests, http.DefaultClient if nil. Redirects are not followed in
	// either case. It should have no Timeout: calls that wait for a decision last longer
	// than others.
	HTTP *http.Client
	// Timeout bounds one attempt, besides the time that winnow was asked to wait; 30 s
	// if 0.
	Timeout time.Duration
	// Attempts is how often a call is tried at most, 6 if 0. Follow tries without end.
	Attempts int
	// Logger is told of every attempt that failed and is repeated; none if nil.
	Logger *slog.Logger
}

// Client speaks to a daemon for one site.
type Client struct {
	o      Options
	base   string
	secret signature.Secret
	http   *http.Client
	log    *slog.Logger
}

// New makes a client. It does not connect. The error says which option makes no sense.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("client: URL %q: must be the http or https address of a winnow: %w", o.URL, models.ErrInvalid)
	}
	c := &Client{o: o, base: strings.TrimRight(o.URL, "/"), http: &http.Client{}, log: o.Logger}
	switch {
	case o.Secret != "":
		if c.secret, err = signature.ParseSecret(o.Secret); err != nil {
			return nil, fmt.Errorf("client: %w: %w", err, models.ErrInvalid)
		}
		if err := models.CheckSiteName(o.Site); err != nil {
			return nil, fmt.Errorf("client: Secret needs Site: %w: %w", err, models.ErrInvalid)
		}
	case o.Key == "":
		return nil, fmt.Errorf("client: neither Key nor Secret is given: %w", models.ErrInvalid)
	}
	if o.HTTP != nil {
		*c.http = *o.HTTP
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if c.o.Timeout <= 0 {
		c.o.Timeout = 30 * time.Second
	}
	if c.o.Attempts <= 0 {
		c.o.Attempts = 6
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// errNoKey is for calls that a signature does not authenticate.
var errNoKey = errors.New("this needs the site's API key (Options.Key)")
