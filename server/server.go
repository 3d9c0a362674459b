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

// The bounds of every connection.
const (
	headerTimeout = 10 * time.Second // a request's header
	readTimeout   = 30 * time.Second // a whole request
	writeTimeout  = 30 * time.Second // an answer, unless its handler moves the deadline
	idleTimeout   = 2 * time.Minute  // between two requests
	maxHeader     = 32 << 10         // bytes
)

// Options are what a Server is made of.
type Options struct {
	// Addr is the TCP address to listen on, such as "127.0.0.1:8080"; port 0 is any.
	Addr    string
	Handler http.Handler
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
	return &Server{addr: opts.Addr, http: &http.Server{
		Handler:           opts.Handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
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

// Serve answers requests until Shutdown, after which it returns nil at once, while
// Shutdown still waits for requests under way. Listen must have been called.
func (s *Server) Serve() error {
	s.mu.Lock()
	l, stopped := s.listener, s.stopped
	s.mu.Unlock()
	if stopped {
		return nil
	}
	if l == nil {
		return errors.New("serve: not listening: call Listen first")
	}
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
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
