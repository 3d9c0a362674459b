package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	// maxBatch is the most operations that share a commit; a heavy one counts for more.
	maxBatch = 1024
	// probeEvery is how often a full disk is tried again.
	probeEvery = time.Second
	// idleAfter is how long nothing must have been written before the log is truncated.
	idleAfter = 5 * time.Second
	// maxLog is what the log file is cut back to, in bytes, once it was checkpointed.
	maxLog = 64 << 20
	// maxVerdicts is the most judged comments in a commit, once others wait for it: they
	// are what takes longest in it.
	maxVerdicts = 128
	// soon is the longest that a commit waits for what is about to come.
	soon = 2 * time.Millisecond
	// stepRows and stepTime bound a step of work that nobody waits for.
	stepRows = 200
	stepTime = 20 * time.Millisecond
	// stepPatience is how long a step lets others go first, so that it gets its turn under
	// full load, too.
	stepPatience = time.Second
)

// background is the writer's own context.
var background = context.Background()

// operation is one caller's change. apply may run twice, because a batch in which an
// operation failed by itself is run again: it sets its results anew each time.
// committed runs after the commit and must not block.
type operation interface {
	apply(tx *tx) error
	committed(o Observer)
}

// heavy is an operation that counts for several.
type heavy interface{ weight() int }

func weightOf(op operation) int {
	if h, ok := op.(heavy); ok {
		return h.weight()
	}
	return 1
}

type request struct {
	op   operation
	err  error
	done chan struct{}
}

// writer is the one goroutine that changes the database. It has a context of its
// own: a caller's that is cancelled would roll back everybody's rows.
type writer struct {
	s     *Store
	db    *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // that read
	write *direct
	m     *metrics
	log   logWatch

	requests chan *request
	verdicts chan *request // judged comments, of which a commit takes a share
	steps    chan *request // taken when nobody else waits
	chores   chan chore
	stop     chan struct{}
	stopped  chan struct{}
	stopOnce sync.Once
	closing  sync.RWMutex // held shared while sending to requests and verdicts
	closed   bool

	mu      sync.Mutex
	refusal *models.Refusal // why nothing can be written now; nil if it can
	failed  bool            // for good
}

func newWriter(ctx context.Context, s *Store, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		s: s, db: db, conn: conn, stmts: map[string]*sql.Stmt{}, write: newDirect(conn), m: newMetrics(s, s.opts.Registerer),
		requests: make(chan *request, 4*maxBatch), verdicts: make(chan *request, maxBatch), steps: make(chan *request), chores: make(chan chore), stop: make(chan struct{}), stopped: make(chan struct{}),
		log: logWatch{most: maxLog, wait: logWait},
	}
	if s.opts.maxLog > 0 {
		w.log.most = s.opts.maxLog
	}
	if s.opts.logWait > 0 {
		w.log.wait = s.opts.logWait
	}
	for _, pragma := range []string{
		fmt.Sprintf("PRAGMA journal_size_limit = %d", w.log.most),
		"PRAGMA wal_autocheckpoint = 1000",
		"PRAGMA temp_store = MEMORY",
		"PRAGMA secure_delete = ON", // what was removed is in no free space either
	} {
		if _, err := conn.ExecContext(ctx, pragma); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	if err := w.limit(ctx, s.opts.MaxSize); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if _, err := conn.ExecContext(ctx, watchHeld); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	go w.loop()
	return w, nil
}

// limit bounds the database file to size bytes; 0 lifts the bound. It must run on the
// writer's goroutine, or before that starts.
func (w *writer) limit(ctx context.Context, size int64) error {
	var page int64
	if err := w.conn.QueryRowContext(ctx, "PRAGMA page_size").Scan(&page); err != nil {
		return err
	}
	pages := int64(1<<32 - 2) // SQLite's own maximum
	if size > 0 {
		pages = max(size/page, 1)
	}
	var got int64
	return w.conn.QueryRowContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&got)
}

// do hands an operation to the writer and waits until it is on disk. When ctx ends
// first, do returns its error and the operation takes its course.
func (w *writer) do(ctx context.Context, op operation) error {
	return w.have(ctx, w.requests, op)
}

// decide is do for what was judged.
func (w *writer) decide(ctx context.Context, op operation) error {
	return w.have(ctx, w.verdicts, op)
}

func (w *writer) have(ctx context.Context, line chan<- *request, op operation) error {
	if err := w.refused(); err != nil {
		return err
	}
	r := &request{op: op, done: make(chan struct{})}
	if err := w.send(ctx, line, r); err != nil {
		return err
	}
	return r.wait(ctx)
}

// step is do for a piece of work for which no client waits: those that do wait go first.
// The operation must keep to stepRows and stepTime.
func (w *writer) step(ctx context.Context, op operation) error {
	if err := w.refused(); err != nil {
		return err
	}
	r := &request{op: op, done: make(chan struct{})}
	select {
	case w.steps <- r:
		return r.wait(ctx)
	case <-w.stopped:
		return errClosing
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (r *request) wait(ctx context.Context) error {
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) send(ctx context.Context, line chan<- *request, r *request) error {
	w.closing.RLock()
	defer w.closing.RUnlock()
	if w.closed {
		return errClosing
	}
	select {
	case line <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errClosing error = &models.Refusal{
	Kind: models.ErrUnavailable, Reason: "stopping", Detail: "winnow is stopping", RetryAfter: 5 * time.Second,
}

// chore is something that the writer's goroutine does between two batches.
type chore struct {
	do   func() error
	last bool // when nobody else waits
	done chan error
}

// run has something done between two batches.
func (w *writer) run(ctx context.Context, do func() error) error {
	return w.chore(ctx, chore{do: do, done: make(chan error, 1)})
}

// runLast is run for what lets others go first, as a step does.
func (w *writer) runLast(ctx context.Context, do func() error) error {
	return w.chore(ctx, chore{do: do, last: true, done: make(chan error, 1)})
}

func (w *writer) chore(ctx context.Context, c chore) error {
	select {
	case w.chores <- c:
		return <-c.done
	case <-w.stopped:
		return errClosing
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close commits what was sent and ends the goroutine.
func (w *writer) close() error {
	w.stopOnce.Do(func() {
		w.closing.Lock()
		w.closed = true
		w.closing.Unlock()
		close(w.stop)
	})
	<-w.stopped
	errs := []error{w.write.close()}
	for _, stmt := range w.stmts {
		errs = append(errs, stmt.Close())
	}
	if err := w.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (w *writer) loop() {
	defer close(w.stopped)
	probe := time.NewTicker(probeEvery)
	defer probe.Stop()
	idle := time.NewTimer(idleAfter)
	defer idle.Stop()
	batch := make([]*request, 0, maxBatch)
	for {
		select {
		case r := <-w.requests:
			batch = w.commitSoon(append(batch[:0], r))
			idle.Reset(idleAfter)
		case r := <-w.verdicts:
			batch = w.commitSoon(append(batch[:0], r))
			idle.Reset(idleAfter)
		case r := <-w.steps:
			batch = w.letOthersGo(batch)
			batch = append(batch[:0], r)
			w.commit(batch)
			clear(batch)
			idle.Reset(idleAfter)
		case c := <-w.chores:
			if c.last {
				batch = w.letOthersGo(batch)
			}
			c.done <- c.do()
		case <-probe.C:
			w.probe()
		case <-idle.C:
			if !w.truncateLog(0) {
				idle.Reset(idleAfter)
			}
		case <-w.stop:
			w.drain(batch)
			return
		}
	}
}
