package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxHeader is how large a request's line and header may be together, in bytes.
const maxHeader = 32 << 10

// slop is what net/http lets a header have beyond its limit.
const slop = 4 << 10

// Timeouts bound what a connection may take; 0 means the default.
type Timeouts struct {
	Header time.Duration // a request's header; default 10 s
	Read   time.Duration // a whole request; default 30 s
	Write  time.Duration // an answer, unless its handler moves the deadline; default 30 s
	Idle   time.Duration // between two requests; default 2 min
}

func (t Timeouts) withDefaults() Timeouts {
	for _, bound := range []struct {
		of     *time.Duration
		normal time.Duration
	}{{&t.Header, 10 * time.Second}, {&t.Read, 30 * time.Second}, {&t.Write, 30 * time.Second}, {&t.Idle, 2 * time.Minute}} {
		if *bound.of <= 0 {
			*bound.of = bound.normal
		}
	}
	return t
}

// Options are what a Server is made of.
type Options struct {
	// Addr is the TCP address to listen on, such as "127.0.0.1:8080"; port 0 is any.
	Addr string
	// Timeouts are for tests; the defaults suit everybody else.
	Timeouts Timeouts
	// Logger takes what net/http has to say of connections.
	Logger *slog.Logger
}

// Server is an HTTP server that can be started and stopped once. Its methods may be
// called concurrently.
type Server struct {
	addr string
	http *http.Server

	mu       sync.Mutex
	listener net.Listener
	stopped  bool
}

// New makes a server that does not listen yet.
func New(opts Options) *Server {
	bounds := opts.Timeouts.withDefaults()
	return &Server{addr: opts.Addr, http: &http.Server{
		ConnContext:       remember,
		ConnState:         unmark,
		ReadHeaderTimeout: bounds.Header,
		ReadTimeout:       bounds.Read,
		WriteTimeout:      bounds.Write,
		IdleTimeout:       bounds.Idle,
		MaxHeaderBytes:    maxHeader - slop,
		ErrorLog:          slog.NewLogLogger(opts.Logger.Handler(), slog.LevelWarn),
	}}
}

// Listen binds the address; connections wait until Serve. The error names the
// address.
func (s *Server) Listen() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return fmt.Errorf("listen on %s: %w", s.addr, http.ErrServerClosed)
	}
	if s.listener != nil {
		return fmt.Errorf("listen on %s: already listening on %s", s.addr, s.listener.Addr())
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", s.addr, err)
	}
	s.listener = l
	return nil
}

// Addr is the address that it listens on, with the real port; "" before Listen.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// Serve has a handler answer requests until Shutdown, after which it returns nil at once,
// while Shutdown still waits for requests under way. Listen must have been called.
func (s *Server) Serve(handler http.Handler) error {
	s.mu.Lock()
	l, stopped := s.listener, s.stopped
	s.http.Handler = marked(handler)
	s.mu.Unlock()
	if stopped {
		return nil
	}
	if l == nil {
		return errors.New("serve: not listening: call Listen first")
	}
	if err := s.http.Serve(listener{l}); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	}
	return nil
}

// Shutdown stops listening, waits for requests under way, and closes what is left
// when ctx ends, which is the error then. It may be called at any time, and again.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	l := s.listener
	s.stopped = true
	s.mu.Unlock()
	err := s.http.Shutdown(ctx)
	if l != nil {
		_ = l.Close() // of no effect unless Serve was never called
	}
	if err != nil {
		_ = s.http.Close()
		return fmt.Errorf("stop serving on %s: %w", s.addr, err)
	}
	return nil
}
