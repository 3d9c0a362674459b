package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
)

// serveArg makes this program the server; what follows are the data directory, how many
// moderators there are, and the profile's file, if any.
const serveArg = "serve-for-bench"

// hello is the server's first line: where it serves, and how to get in.
type hello struct {
	Addr, Metrics, Key string
	// Links sign a moderator in each.
	Links []string
}

// serve serves until standard input ends.
func serve(args []string) (err error) {
	cfg := configs.Default()
	cfg.DataDir = args[0]
	cfg.Server.Listen, cfg.Server.MetricsListen = "127.0.0.1:0", "127.0.0.1:0"
	moderators, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	d, err := daemon.New(daemon.Options{Config: cfg, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := d.Start(ctx); err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := d.Stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}()
	h := hello{Addr: d.Addr(), Metrics: d.MetricsAddr()}
	if err := h.letIn(ctx, cfg.DataDir, moderators); err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(h); err != nil {
		return err
	}
	if args[2] != "" {
		f, err := os.Create(args[2])
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// letIn makes a key and the moderators, or new links for those that there are.
func (h *hello) letIn(ctx context.Context, dir string, moderators int) (err error) {
	admin, err := control.Dial(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, admin.Close()) }()
	if h.Key, err = admin.RotateCredential(ctx, site, models.KeyCredential, true); err != nil {
		return err
	}
	for n := range moderators {
		link, err := admin.AddUser(ctx, models.NewUser{Email: moderator(n), Role: models.RoleAdmin})
		if errors.Is(err, models.ErrConflict) {
			link, err = admin.SetPassword(ctx, moderator(n), "")
		}
		if err != nil {
			return err
		}
		h.Links = append(h.Links, link)
	}
	return nil
}

// server is the process that serves.
type server struct {
	hello
	cmd   *exec.Cmd
	stdin io.Closer
}

func startServer(ctx context.Context, set settings) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &server{cmd: exec.CommandContext(ctx, self, serveArg, set.dir, strconv.Itoa(set.moderators), set.profile)}
	s.cmd.Stderr = os.Stderr
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&s.hello); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *server) stop() error { return errors.Join(s.stdin.Close(), s.cmd.Wait()) }

// metric reads one of the server's metrics that has no labels.
func (s *server) metric(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Metrics+"/metrics", http.NoBody)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, errors.Join(fmt.Errorf("no metric %s", name), lines.Err())
}
