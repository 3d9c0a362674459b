package control

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/models"
)

// maxBody bounds a request on the socket, in bytes.
const maxBody = 32 << 20

// maxPath is the longest path that a Unix socket's address holds.
const maxPath = 100

// patience is how long a stop lets requests under way take their course. One that may last
// for minutes, as a backup, would else use up the time that all else has for its end.
const patience = 2 * time.Second

// errStopping is what becomes of a request that is cut off.
var errStopping = fmt.Errorf("winnow is stopping, try again when it has started: %w", models.ErrUnavailable)

// Server answers commands on a data directory's socket.
type Server struct {
	http     *http.Server
	dir      *os.File
	done     chan error
	cut      context.CancelCauseFunc // of all requests
	patience time.Duration
}

// Serve listens on DIR/winnow.sock, whose lock the caller must hold.
func Serve(dir string, admin Admin) (*Server, error) {
	path, handle, err := address(dir)
	if err != nil {
		return nil, fmt.Errorf("serve commands: %w", err)
	}
	s := &Server{dir: handle, done: make(chan error, 1), patience: patience}
	requests, cut := context.WithCancelCause(context.Background())
	s.cut = cut
	s.http = &http.Server{
		Handler: handler(admin), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return requests },
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, errors.Join(fmt.Errorf("serve commands: %w", err), handle.Close())
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("serve commands: %w", err), handle.Close())
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("serve commands: %w", err), l.Close(), handle.Close())
	}
	go func() { s.done <- s.http.Serve(l) }()
	return s, nil
}

// Close waits for requests under way, has those end that take long, and closes the socket.
// The error is ctx's if it ended before they did.
func (s *Server) Close(ctx context.Context) error {
	patient, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	err := s.http.Shutdown(patient)
	s.cut(errStopping)
	if err != nil {
		err = s.http.Shutdown(ctx)
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("commands under way were cut off: %w", err), s.http.Close())
	}
	if serve := <-s.done; !errors.Is(serve, http.ErrServerClosed) {
		err = errors.Join(err, serve)
	}
	return errors.Join(err, s.dir.Close())
}

// address is where a directory's socket is reached. A path too long for a socket's
// address is shortened by way of an open directory.
func address(dir string) (path string, handle *os.File, err error) {
	handle, err = os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, "winnow.sock")
	if len(path) > maxPath {
		path = filepath.Join("/proc/self/fd", strconv.Itoa(int(handle.Fd())), "winnow.sock")
	}
	return path, handle, nil
}

func handler(admin Admin) http.Handler {
	mux := http.NewServeMux()
	route(mux, "/site/add", admin.AddSite)
	route(mux, "/site/set", func(ctx context.Context, r setSite) (none, error) {
		return none{}, admin.SetSite(ctx, r.Name, r.Change)
	})
	route(mux, "/site/rotate", func(ctx context.Context, r rotate) (string, error) {
		return admin.RotateCredential(ctx, r.Name, r.Kind, r.AtOnce)
	})
	route(mux, "/site/remove", func(ctx context.Context, r removeSite) (int, error) {
		return admin.RemoveSite(ctx, r.Name, r.Purge)
	})
	route(mux, "/queue/retry", func(ctx context.Context, r retry) (int, error) {
		return admin.Retry(ctx, r.Site, r.Comment)
	})
	routeDeliveries(mux, admin)
	routeUsers(mux, admin)
	routeModels(mux, admin)
	routeArchive(mux, admin)
	return mux
}

func route[Request, Answer any](mux *http.ServeMux, path string, do func(context.Context, Request) (Answer, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var req Request
		err := json.UnmarshalRead(http.MaxBytesReader(w, r.Body, maxBody), &req)
		if err != nil {
			err = fmt.Errorf("request: %w: %w", err, models.ErrInvalid)
		}
		var answer Answer
		if err == nil {
			answer, err = do(r.Context(), req)
		}
		if errors.Is(err, context.Canceled) && errors.Is(context.Cause(r.Context()), errStopping) {
			err = errStopping
		}
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_ = json.MarshalWrite(w, toFailed(err)) // the command is gone if this fails
			return
		}
		_ = json.MarshalWrite(w, answer, models.WireJSON())
	})
}

// Client asks a daemon over its socket. It implements Admin.
type Client struct {
	http *http.Client
	dir  *os.File
}

// Dial makes a client of the daemon that serves a data directory. It fails at once
// if none answers there.
func Dial(ctx context.Context, dir string) (*Client, error) {
	path, handle, err := address(dir)
	if err != nil {
		return nil, fmt.Errorf("reach the daemon: %w", err)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	probe, err := dial(ctx, "", "")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reach the daemon: %w", err), handle.Close())
	}
	_ = probe.Close() // it has shown what it should
	return &Client{http: &http.Client{Transport: &http.Transport{DialContext: dial}}, dir: handle}, nil
}

// Close frees what the client holds.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return c.dir.Close()
}

func call[Answer any](ctx context.Context, c *Client, path string, request any) (answer Answer, err error) {
	body, err := json.Marshal(request, models.WireJSON()) // which keeps a change to nothing apart from no change
	if err != nil {
		return answer, fmt.Errorf("ask the daemon: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://winnow"+path, bytes.NewReader(body))
	if err != nil {
		return answer, fmt.Errorf("ask the daemon: %w", err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
			err = wrapped.Err // its URL means nothing to anybody
		}
		return answer, fmt.Errorf("ask the daemon: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		var f failed
		if err := json.UnmarshalRead(res.Body, &f); err != nil {
			return answer, fmt.Errorf("ask the daemon: it answered %s", res.Status)
		}
		return answer, &remoteError{f}
	}
	if err := json.UnmarshalRead(res.Body, &answer); err != nil {
		return answer, fmt.Errorf("ask the daemon: its answer: %w", err)
	}
	return answer, nil
}

// AddSite implements Admin.
func (c *Client) AddSite(ctx context.Context, site models.Site) (models.Credentials, error) {
	return call[models.Credentials](ctx, c, "/site/add", site)
}

// SetSite implements Admin.
func (c *Client) SetSite(ctx context.Context, name string, change models.SiteChange) error {
	_, err := call[none](ctx, c, "/site/set", setSite{name, change})
	return err
}

// RotateCredential implements Admin.
func (c *Client) RotateCredential(ctx context.Context, name string, kind models.CredentialKind, atOnce bool) (string, error) {
	return call[string](ctx, c, "/site/rotate", rotate{name, kind, atOnce})
}

// RemoveSite implements Admin.
func (c *Client) RemoveSite(ctx context.Context, name string, purge bool) (int, error) {
	return call[int](ctx, c, "/site/remove", removeSite{name, purge})
}

// Retry implements Admin.
func (c *Client) Retry(ctx context.Context, site, commentID string) (int, error) {
	return call[int](ctx, c, "/queue/retry", retry{site, commentID})
}
