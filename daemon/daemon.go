// Package daemon puts the parts of winnow together: New checks, Start starts them
// in order, Stop stops them in the reverse order. It is wiring and nothing else, so
// that it is the one place that knows all packages, and tests can run a whole winnow
// in process.
//
// Accepting starts before judging: a comment can be stored while the model is still
// being rebuilt from the label log. Going down, the daemon stops accepting, finishes
// the requests under way and the work that was taken from the queue, and closes the
// database last. What waits in the queue stays there for the next start.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/winnowd/winnow/accounts"
	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/events"
	"github.com/winnowd/winnow/facts"
	"github.com/winnowd/winnow/identity"
	"github.com/winnowd/winnow/intake"
	"github.com/winnowd/winnow/judge"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/moderation"
	"github.com/winnowd/winnow/policy"
	"github.com/winnowd/winnow/publish"
	"github.com/winnowd/winnow/queue"
	"github.com/winnowd/winnow/server"
	"github.com/winnowd/winnow/sites"
	"github.com/winnowd/winnow/store"
	"github.com/winnowd/winnow/trials"
)

const (
	// queueCapacity is how many revisions the queue keeps in memory, some 2 KB each as a
	// rule, and queueBytes about how many bytes they may take if their texts are long.
	queueCapacity = 10_000
	queueBytes    = 64 << 20
)

// Build says which winnow this is.
type Build struct{ Version, Commit string }

// Options are what a Daemon needs.
type Options struct {
	Config *configs.Config
	Logger *slog.Logger
	// Welcome is told, once, what a start on an empty directory makes: the keys of a site,
	// and the way in for an admin.
	Welcome func(models.Welcome)
	Build   Build
	// RetrySchedule is the waits between the attempts of one delivery, and CallTimeout
	// bounds a call: publish.Schedule and 15 s if they are zero.
	RetrySchedule []time.Duration
	CallTimeout   time.Duration
	// Timeouts bound what a client's connection may take; for tests.
	Timeouts server.Timeouts
}

// Daemon runs once.
type Daemon struct {
	cfg  *configs.Config
	log  *slog.Logger
	o    Options
	reg  *prometheus.Registry
	stop stack

	stopping chan struct{}
	stopOnce sync.Once
	fatal    chan error
	observer observer

	owner      bool // of the data directory
	store      *store.Store
	sites      *sites.Directory
	policy     *policy.Live
	writing    sync.Mutex // of the policy's file
	trials     *trials.Service
	model      *classifier.Model
	learner    *moderation.Learner
	keeper     *moderation.Keeper
	moderation *moderation.Service
	queue      *queue.Queue
	facts      *facts.Index
	events     *events.Hub
	board      *events.Board
	publisher  *publish.Publisher
	keyer      *identity.Keyer
	decisions  *judge.Metrics
	accounts   *accounts.Service
	welcome    *models.Welcome
	intake     *intake.Handler
	api, ops   *server.Server
}

// New makes a daemon that has not started.
func New(o Options) (*Daemon, error) {
	if o.Config == nil || o.Logger == nil {
		return nil, errors.New("daemon: configuration and logger are needed")
	}
	if o.Welcome == nil {
		o.Welcome = func(models.Welcome) {}
	}
	return &Daemon{
		cfg: o.Config, log: o.Logger, o: o, reg: prometheus.NewRegistry(),
		stopping: make(chan struct{}), fatal: make(chan error, 1),
	}, nil
}

// Start starts everything and returns when comments are accepted. After an error
// nothing of it is left running.
func (d *Daemon) Start(ctx context.Context) (err error) {
	defer func() {
		d.greet(ctx) // what was made is known to nobody else, even if the start failed
		if err != nil {
			err = errors.Join(err, d.stop.run(ctx))
		}
	}()
	for _, step := range []func(context.Context) error{
		d.startHeap, d.takeOver, d.listen, d.startPolicy, d.startOwnership, d.startStore, d.startAccounts, d.startSites, d.followPolicy, d.startModel, d.startQueue, d.startPublish, d.startJudge, d.startModeration, d.startTrials, d.startControl, d.startHTTP,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// takeOver locks a directory that was in use before, so that a second daemon is told of
// the first one and not of its address.
func (d *Daemon) takeOver(context.Context) error {
	if used, err := control.Used(d.cfg.DataDir); err != nil || !used {
		return err
	}
	return d.lock()
}

// startOwnership makes a directory that is new, unless the start has failed by now.
func (d *Daemon) startOwnership(context.Context) (err error) {
	dir := d.cfg.DataDir
	if !d.owner {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("create data directory: %w", err)
		}
		if err := d.lock(); err != nil {
			return err
		}
	}
	d.keyer, err = identity.LoadOrCreate(filepath.Join(dir, KeyFile))
	return err
}

func (d *Daemon) lock() error {
	lock, err := control.Acquire(d.cfg.DataDir)
	if err != nil {
		return err
	}
	d.owner = true
	d.stop.push("lock", func(context.Context) error { return errors.Join(entrust(d.cfg), lock.Release()) })
	return store.FinishRestore(d.cfg.DataDir)
}

func (d *Daemon) startPolicy(context.Context) error {
	var err error
	d.policy, err = policy.Open(policy.LiveOptions{
		Place: PolicyPlace(d.cfg), Registerer: d.reg, Logger: d.log.With("component", "policy"),
		Keep: func(ctx context.Context, version string, text []byte) error {
			return d.store.LoadedPolicy(ctx, version, text)
		},
		Changed: d.policyChanged,
	})
	if err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return nil
}

// followPolicy begins to act on changes of the policy's files.
func (d *Daemon) followPolicy(context.Context) error {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { d.policy.Run(ctx) })
	d.stop.push("policy", func(context.Context) error {
		cancel()
		running.Wait()
		return nil
	})
	return nil
}

// ReloadPolicy reads the policy again. After an error, which is logged, the one before
// stays in force.
func (d *Daemon) ReloadPolicy(ctx context.Context) error { return d.policy.Reload(ctx) }

func (d *Daemon) startStore(ctx context.Context) (err error) {
	d.registerRuntime()
	d.observer.d = d
	d.store, err = store.Open(ctx, store.Options{
		Dir: d.cfg.DataDir, MaxSize: int64(d.cfg.Store.MaxSize), Observer: &d.observer,
		Fatal: d.fail, Searchable: searchable, Registerer: d.reg, Logger: d.log.With("component", "store"),
	})
	if err != nil {
		return err
	}
	d.stop.push("store", func(context.Context) error { return d.store.Close() })
	if err := entrust(d.cfg); err != nil {
		return err
	}
	inForce := d.policy.Current()
	return d.store.LoadedPolicy(ctx, inForce.Version(), inForce.Source())
}

func (d *Daemon) startSites(ctx context.Context) error {
	d.events, d.board = new(events.Hub), new(events.Board)
	d.sites = sites.New(d.store, d.siteAdded, nil)
	label := d.sites.Labels(d.cfg.Metrics.MaxSites)
	d.decisions = judge.NewMetrics(d.reg, label)
	intakeHandler, err := intake.New(intake.Options{
		Store: d.store, Feed: d.store, Moderation: siteDesk{d}, Sites: d.sites, Gate: gate{d}, Keyer: d.keyer, Events: d.events,
		Limits:     intake.Limits{MaxBody: int64(d.cfg.Server.MaxBody), MaxBatchBody: int64(d.cfg.Server.MaxBatchBody)},
		MaxRate:    d.cfg.Server.MaxRate,
		Reasons:    refusalReasons(),
		Registerer: d.reg, SiteLabel: label, Stopping: d.stopping, Logger: d.log.With("component", "intake"),
	})
	if err != nil {
		return err
	}
	d.intake = intakeHandler
	if err := d.newPublisher(label); err != nil {
		return err
	}
	if !d.store.EverHadSites() {
		creds, err := d.store.AddSite(ctx, models.Site{Name: "default"})
		if err != nil {
			return err
		}
		d.welcome = &models.Welcome{Credentials: creds}
	}
	return d.sites.Reload(ctx)
}

func (d *Daemon) startModel(context.Context) (err error) {
	d.model, err = newModel(d.cfg, d.store, d.reg, d.siteCutoffs)
	if err != nil {
		return err
	}
	d.learner = moderation.NewLearner(d.store, d.model)
	d.keeper = modelKeeper(d.cfg, d.learner, d.model, d.store, d.log)
	d.moderation = moderation.New(moderation.Options{
		Store: d.store, History: d.store, Classifier: d.model, Learner: d.learner, Read: markup.Read, Lesson: classifier.LessonOf,
		Tokenizer: classifier.Tokenizer, Policy: func() string { return d.policy.Current().Version() }, Registerer: d.reg,
		Keys: d.keyer.Keys,
		Desk: d.store, Sites: d.sites, Keyer: d.keyer, SpamAbove: d.cfg.Classifier.SpamAbove, Window: time.Duration(d.cfg.Moderation.UndoWindow), Logger: d.log.With("component", "moderation"),
	})
	return nil
}

func (d *Daemon) startQueue(ctx context.Context) error {
	standing, err := d.store.Standing(ctx)
	if err != nil {
		return err
	}
	q := d.cfg.Queue
	d.facts = facts.New(facts.Options{Window: policy.MaxDuplicateWindow, Keep: factsKept})
	d.queue, err = queue.New(queue.Options{
		Backlog: d.store, Capacity: queueCapacity, CapacityBytes: queueBytes, MaxAge: time.Duration(q.MaxAge),
		MaxDepth: q.MaxDepth, MaxPerSite: q.MaxPerSite, MaxAttempts: q.MaxAttempts,
	}, standing)
	if err != nil {
		return err
	}
	d.queue.Register(d.reg)
	d.stop.push("queue", func(context.Context) error { d.queue.Close(); return nil })
	return nil
}

// startJudge judges as soon as facts and model are as they were when winnow went
// down.
func (d *Daemon) startJudge(context.Context) error {
	j, err := judge.New(judge.Options{
		Queue: d.queue, Store: d.store, Facts: d.facts, Classifier: d.model, Finding: classifier.Finding,
		Policy: func() judge.Rules { return d.policy.Current() },
		Read:   markup.Read, Site: d.sites.ByID, Workers: 2 * runtime.GOMAXPROCS(0), Logger: d.log.With("component", "judge"),
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		var keeping sync.WaitGroup
		defer keeping.Wait()
		err := d.recall(ctx)
		if err == nil {
			keeping.Go(func() { d.keeper.Run(ctx) })
			err = j.Run(ctx)
		}
		if err != nil && ctx.Err() == nil {
			d.fail(err)
		}
	}()
	d.stop.push("judge", func(stop context.Context) error {
		cancel()
		select {
		case <-done:
			// Nobody learns any more. Without the file the next start takes longer.
			if err := d.keeper.Save(stop); err != nil {
				d.log.Warn("the model was not saved", "err", err)
			}
			return nil
		case <-stop.Done():
			return stop.Err()
		}
	})
	return nil
}

func (d *Daemon) startControl(context.Context) error {
	s, err := control.Serve(d.cfg.DataDir, owner{archive{d.admin(models.Operator), d.cfg, d.moderation}, d})
	if err != nil {
		return err
	}
	d.stop.push("commands", s.Close)
	return nil
}

// admin is the administration of a daemon, in somebody's name.
func (d *Daemon) admin(by models.Actor) admin {
	return admin{d.store, d.accounts, d.loginURL, by, cutoffs(d.cfg), func(ctx context.Context, forgotten bool) error {
		if forgotten {
			return errors.Join(d.reloadSites(ctx), d.learner.Rebuild(ctx))
		}
		return d.reloadSites(ctx)
	}}
}

// Label labels a comment of a site, as its moderators do, and returns the decision
// that then stands. Errors as of moderation.Service.Label.
func (d *Daemon) Label(ctx context.Context, site, commentID string, label models.Label, origin models.Origin) (*models.Decision, error) {
	s := d.sites.ByName(site)
	if s == nil {
		return nil, fmt.Errorf("site %q: %w", site, models.ErrNotFound)
	}
	return d.moderation.Label(ctx, models.Labelling{Site: s, CommentID: commentID, Label: label, Origin: origin, Actor: models.SiteAdmin})
}

// Failed delivers the error after which the daemon cannot go on and must be
// stopped.
func (d *Daemon) Failed() <-chan error { return d.fatal }

func (d *Daemon) fail(err error) {
	select {
	case d.fatal <- err:
	default:
	}
}

// Stop stops everything, the newest first, until ctx ends. It may be called more
// than once.
func (d *Daemon) Stop(ctx context.Context) error {
	d.stopOnce.Do(func() { close(d.stopping) })
	return d.stop.run(ctx)
}

// registerRuntime exports what is known of the process.
func (d *Daemon) registerRuntime() {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "winnow_build_info", Help: "Which winnow this is; always 1.",
		ConstLabels: prometheus.Labels{"version": d.o.Build.Version, "commit": d.o.Build.Commit, "goversion": runtime.Version()},
	})
	build.Set(1)
	d.reg.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}
