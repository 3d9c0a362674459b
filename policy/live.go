package policy

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// PollInterval is how often a Live looks at its files. What it finds changed counts
// once it has stayed the same for as long, so that no half-written file is read.
const PollInterval = 500 * time.Millisecond

// LiveOptions are what a Live needs; Registerer and Changed may be nil.
type LiveOptions struct {
	Place Place
	// Keep stores a policy's text under its version before the policy is in force.
	Keep func(ctx context.Context, version string, text []byte) error
	// Changed is told of each policy that is newly in force.
	Changed    func(*Set)
	Registerer prometheus.Registerer
	Logger     *slog.Logger
}

// Live is the policy in force. It follows its files: a policy is replaced as a whole
// or, when a file has an error, not at all. It may be used by any number of
// goroutines.
type Live struct {
	o       LiveOptions
	current atomic.Pointer[Set]

	mu sync.Mutex // of what follows
	// read are the files as they were when they were last read, seen as they were at
	// the last look.
	read, seen map[string]stamp

	success prometheus.Gauge
	when    prometheus.Gauge
}

// Open reads a policy, which must be good, and keeps nothing of it: who opens it
// stores its text.
func Open(o LiveOptions) (*Live, error) {
	if o.Keep == nil || o.Logger == nil {
		return nil, errors.New("policy: an option is missing")
	}
	l := &Live{
		o: o,
		success: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "winnow_policy_reload_success", Help: "Whether the last reading of the policy succeeded; if not, the one before is in force.",
		}),
		when: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "winnow_policy_reload_success_timestamp_seconds", Help: "When the policy was last read with success.",
		}),
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(l.success, l.when)
	}
	r := o.Place.read()
	if r.err != nil {
		return nil, r.err
	}
	l.read = r.files
	l.current.Store(r.set)
	l.succeeded()
	o.Logger.Info("policy loaded", "file", r.name, "version", r.set.Version())
	return l, nil
}

// Current is the policy in force.
func (l *Live) Current() *Set { return l.current.Load() }

func (l *Live) succeeded() {
	l.success.Set(1)
	l.when.SetToCurrentTime()
}

// Reload reads the policy again, whether or not its files have changed. After an error
// the policy before stays in force.
func (l *Live) Reload(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reload(ctx)
}

func (l *Live) reload(ctx context.Context) error {
	r := l.o.Place.read()
	err := r.err
	before := l.Current()
	if err == nil && r.set.Version() != before.Version() {
		if err = l.o.Keep(ctx, r.set.Version(), r.set.Source()); err != nil {
			r.files = nil // another attempt at the next look
		}
	}
	l.read = r.files
	if err != nil {
		l.success.Set(0)
		l.o.Logger.Error("policy not loaded, the one before stays in force", "file", r.name, "version", before.Version(), "error", err)
		return err
	}
	l.succeeded()
	if r.set.Version() == before.Version() {
		return nil
	}
	l.current.Store(r.set)
	if l.o.Changed != nil {
		l.o.Changed(r.set)
	}
	l.o.Logger.Info("policy loaded", "file", r.name, "version", r.set.Version(), "before", before.Version())
	return nil
}

// Run follows the files until ctx ends.
func (l *Live) Run(ctx context.Context) {
	t := time.NewTicker(PollInterval)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			l.look(ctx)
		}
	}
}

// look reads the policy again if its files have changed, and stayed the same since
// the last look.
func (l *Live) look(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := make(map[string]stamp, len(l.read)+1)
	now[l.o.Place.File] = stampAt(l.o.Place.File)
	for name := range l.read {
		now[name] = stampAt(name)
	}
	settled := sameFiles(now, l.seen)
	l.seen = now
	if settled && !sameFiles(now, l.read) {
		_ = l.reload(ctx) // which logs it
	}
}
