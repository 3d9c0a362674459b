package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/winnowd/winnow/client"
	"github.com/winnowd/winnow/models"
)

// patience is how long the blog waits for a decision to come to its callback.
const patience = 15 * time.Second

// Blog is the running blog. It may be used by any number of goroutines.
type Blog struct {
	signed, keyed *client.Client
	transport     *http.Transport
	server        *http.Server
	address       string
	served        chan error

	mu      sync.Mutex
	waiting map[string]chan *models.Decision
	later   func(*models.Decision)
}

// Open starts the blog's server on a free port of 127.0.0.1 and connects it to a daemon.
func Open(ctx context.Context, daemon string, creds models.Credentials, log *slog.Logger) (*Blog, error) {
	b := &Blog{transport: &http.Transport{}, served: make(chan error, 1), waiting: map[string]chan *models.Decision{}}
	o := client.Options{URL: daemon, Key: creds.Key, HTTP: &http.Client{Transport: b.transport}, Logger: log}
	var err error
	if b.keyed, err = client.New(o); err != nil {
		return nil, err
	}
	o.Key, o.Site, o.Secret = "", creds.Name, creds.Secret
	if b.signed, err = client.New(o); err != nil {
		return nil, err
	}
	callback, err := client.NewReceiver(client.ReceiverOptions{
		Secrets: []string{creds.Secret}, Remember: 1000, Handle: b.handle, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start blog: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/winnow", callback)
	b.server = &http.Server{Handler: mux, ReadHeaderTimeout: patience, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	b.address = listener.Addr().String()
	go func() { b.served <- b.server.Serve(listener) }()
	return b, nil
}

// Callback is the URL that winnow must deliver decisions to.
func (b *Blog) Callback() string { return "http://" + b.address + "/winnow" }

// Later has what nobody waits for told to see, such as what moderators decide. It may be
// called by several goroutines at once.
func (b *Blog) Later(see func(*models.Decision)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.later = see
}

// handle passes a decision to who waits for it.
func (b *Blog) handle(_ context.Context, d *models.Decision) error {
	b.mu.Lock()
	waiter, later := b.waiting[d.CommentID], b.later
	delete(b.waiting, d.CommentID)
	b.mu.Unlock()
	switch {
	case waiter != nil:
		waiter <- d // has room for one, and gets one
	case later != nil:
		later(d)
	}
	return nil
}

// Teach submits older comments in one batch and labels each as the blog's admin would.
func (b *Blog) Teach(ctx context.Context, lessons []Lesson) error {
	batch := make([]*models.Comment, len(lessons))
	for i := range lessons {
		batch[i] = &lessons[i].Comment
	}
	results, err := b.signed.Batch(ctx, batch)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Problem != nil {
			return fmt.Errorf("older comment %s: %w", r.ID, r.Problem)
		}
		if _, err := b.keyed.Label(ctx, r.ID, lessons[i].Label); err != nil {
			return err
		}
	}
	return nil
}

// Post submits a comment and waits until its decision has come to the callback; took is
// the time between. If none comes the error is context.DeadlineExceeded.
func (b *Blog) Post(ctx context.Context, c *models.Comment) (d *models.Decision, took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	arrived := make(chan *models.Decision, 1)
	b.await(c.ID, arrived)
	defer b.await(c.ID, nil)
	begun := time.Now()
	if _, err := b.signed.Submit(ctx, c); err != nil {
		return nil, 0, err
	}
	select {
	case d := <-arrived:
		return d, time.Since(begun), nil
	case <-ctx.Done():
		return nil, 0, fmt.Errorf("wait for the decision about %s: %w", c.ID, ctx.Err())
	}
}

// await has the next decision about a comment sent to waiter; nil ends that.
func (b *Blog) await(id string, waiter chan *models.Decision) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if waiter == nil {
		delete(b.waiting, id)
		return
	}
	b.waiting[id] = waiter
}

// Close stops the blog's server.
func (b *Blog) Close() error {
	err := b.server.Close()
	if served := <-b.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	b.transport.CloseIdleConnections()
	return err
}
