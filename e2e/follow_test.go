package e2e

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/winnowd/winnow/client"
	"github.com/winnowd/winnow/openapi/openapitest"
)

// wanderer is one address for the lives of a daemon, each of which has a port of its own.
type wanderer struct {
	base *http.Transport
	mu   sync.Mutex
	host string
}

// wanderingURL is where a wanderer's clients believe winnow to be.
const wanderingURL = "http://winnow.example"

func newWanderer(t *testing.T) *wanderer {
	w := &wanderer{base: &http.Transport{MaxIdleConnsPerHost: 64}}
	t.Cleanup(w.base.CloseIdleConnections)
	return w
}

// to leads to a daemon from now on.
func (w *wanderer) to(base string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.host = strings.TrimPrefix(base, "http://")
}

// RoundTrip sends a request to the daemon that serves.
func (w *wanderer) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	host := w.host
	w.mu.Unlock()
	r = r.Clone(r.Context())
	r.URL.Host, r.Host = host, host
	return w.base.RoundTrip(r)
}

// site is a site as a blog sees it that does not notice when winnow is another process.
func (w *wanderer) site(t *testing.T, key string) *site {
	return &site{base: wanderingURL, key: key, http: &http.Client{Transport: openapitest.Transport(t, w)}}
}

// follower reads a feed with the client, from the oldest, as long as the test goes on.
type follower struct {
	t  *testing.T
	mu sync.Mutex
	// read has the decisions by id.
	read map[string]bool
	// restored counts how often winnow told of a restore.
	restored int
	news     chan struct{} // closed when a page was read
}

// newFollower begins to follow; key is that of the site.
func (w *wanderer) newFollower(t *testing.T, key string) *follower {
	t.Helper()
	c, err := client.New(client.Options{URL: wanderingURL, Key: key, HTTP: &http.Client{Transport: w}})
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{t: t, read: map[string]bool{}, news: make(chan struct{})}
	ctx, leave := context.WithCancel(context.Background())
	var reading sync.WaitGroup
	reading.Go(func() {
		for page, err := range c.Follow(ctx, "") {
			if err != nil {
				if ctx.Err() == nil {
					t.Errorf("the feed's follower gave up: %v", err)
				}
				return
			}
			f.take(page)
		}
	})
	t.Cleanup(func() { leave(); reading.Wait() })
	return f
}

func (f *follower) take(page *client.Page) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if page.Restored {
		f.restored++
	}
	for _, d := range page.Decisions {
		f.read[d.ID] = true
	}
	close(f.news)
	f.news = make(chan struct{})
}

// complete waits until everything of a feed was read.
func (f *follower) complete(feed []decision, what string) {
	f.t.Helper()
	for deadline := time.After(patience); ; {
		f.mu.Lock()
		missing, news := 0, f.news
		for _, d := range feed {
			if !f.read[d.ID] {
				missing++
			}
		}
		f.mu.Unlock()
		if missing == 0 {
			return
		}
		select {
		case <-news:
		case <-deadline:
			f.t.Fatalf("%s: the follower read all but %d of %d decisions", what, missing, len(feed))
		}
	}
}
