package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"

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
// operation broke a constraint is run again: it sets its results anew each time.
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
	steps    chan *request // taken when nobody else waits
	chores   chan chore
	stop     chan struct{}
	stopped  chan struct{}
	stopOnce sync.Once
	closing  sync.RWMutex // held shared while sending to requests
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
		requests: make(chan *request, 4*maxBatch), steps: make(chan *request), chores: make(chan chore), stop: make(chan struct{}), stopped: make(chan struct{}),
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
		"PRAGMA wal_autocheckpoint = 4000",
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
	if err := w.refused(); err != nil {
		return err
	}
	r := &request{op: op, done: make(chan struct{})}
	if err := w.send(ctx, r); err != nil {
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

func (w *writer) send(ctx context.Context, r *request) error {
	w.closing.RLock()
	defer w.closing.RUnlock()
	if w.closed {
		return errClosing
	}
	select {
	case w.requests <- r:
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
	return w.have(ctx, chore{do: do, done: make(chan error, 1)})
}

// runLast is run for what lets others go first, as a step does.
func (w *writer) runLast(ctx context.Context, do func() error) error {
	return w.have(ctx, chore{do: do, last: true, done: make(chan error, 1)})
}

func (w *writer) have(ctx context.Context, c chore) error {
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
			batch = w.gatherSoon(append(batch[:0], r))
			w.commit(batch)
			clear(batch)
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

// letOthersGo commits what waits, again and again for as long as a step has patience.
func (w *writer) letOthersGo(batch []*request) []*request {
	for start := time.Now(); time.Since(start) < stepPatience; {
		batch = w.gather(batch[:0])
		if len(batch) == 0 {
			break
		}
		batch = w.gatherSoon(batch)
		w.commit(batch)
		clear(batch)
	}
	return batch
}

// gatherSoon takes what waits and what is about to: whoever can run goes first, as long
// as that brings more. A commit costs the same for one as for many, so fewer and larger
// ones leave more of the processor for everything else; when nothing else runs, nothing is
// waited for.
func (w *writer) gatherSoon(batch []*request) []*request {
	for start, had := time.Now(), 0; time.Since(start) < soon; {
		if batch = w.gather(batch); len(batch) == had {
			break
		}
		had = len(batch)
		runtime.Gosched()
	}
	return batch
}

// gather takes what else waits, without waiting for more.
func (w *writer) gather(batch []*request) []*request {
	weight := 0
	for _, r := range batch {
		weight += weightOf(r.op)
	}
	for weight < maxBatch {
		select {
		case r := <-w.requests:
			batch = append(batch, r)
			weight += weightOf(r.op)
		default:
			return batch
		}
	}
	return batch
}

func (w *writer) drain(batch []*request) {
	for {
		batch = w.gather(batch[:0])
		if len(batch) == 0 {
			w.truncateLog(0)
			return
		}
		w.commit(batch)
	}
}

// commit applies a batch in one transaction and answers its callers.
func (w *writer) commit(batch []*request) {
	if err := w.refused(); err != nil {
		answer(batch, err)
		return
	}
	w.m.batchSize.Observe(float64(len(batch)))
	err := w.try(batch, false)
	if isConstraint(err) {
		err = w.try(batch, true)
	}
	if err != nil {
		answer(batch, w.broken(err))
		return
	}
	w.announce(batch)
	w.boundLog()
}

// try runs one transaction. A careful one goes back to before an operation that broke
// a constraint and goes on with the next, which costs something for each of them.
func (w *writer) try(batch []*request, careful bool) error {
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	tx := &tx{w: w, seq: w.s.last.Load(), careful: careful, began: time.Now()}
	if err := w.fill(tx, batch); err != nil {
		w.rollback()
		return err
	}
	start := time.Now()
	if _, err := w.exec("COMMIT"); err != nil {
		w.rollback()
		return err
	}
	w.m.commit.Observe(time.Since(start).Seconds())
	w.s.last.Store(tx.seq)
	return nil
}

// fill applies a batch's operations. Its error is of the whole batch.
func (w *writer) fill(tx *tx, batch []*request) error {
	for _, r := range batch {
		r.err = tx.alone(func() error { return r.op.apply(tx) })
		if r.err != nil && !refused(r.err) && !(tx.careful && isConstraint(r.err)) {
			return r.err
		}
	}
	if err := tx.keepTallies(); err != nil {
		return err
	}
	if tx.seq == w.s.last.Load() {
		return nil
	}
	_, err := w.exec("UPDATE sequence SET last = ? WHERE id = 1", tx.seq)
	return err
}

// refused tells errors by which an operation declines, having changed nothing.
func refused(err error) bool {
	return errors.Is(err, models.ErrNotFound) || errors.Is(err, models.ErrConflict) || errors.Is(err, models.ErrInvalid)
}

// rollback ends the transaction; SQLite may have ended it already.
func (w *writer) rollback() {
	_, _ = w.exec("ROLLBACK")
}

// announce tells the observer first, so that what a caller learns from the answer
// is already known everywhere.
func (w *writer) announce(batch []*request) {
	for _, r := range batch {
		if r.err == nil {
			r.op.committed(w.s.opts.Observer)
		}
		close(r.done)
	}
}

func answer(batch []*request, err error) {
	for _, r := range batch {
		r.err = err
		close(r.done)
	}
}

func isConstraint(err error) bool {
	var se sqlite3.Error
	return errors.As(err, &se) && se.Code == sqlite3.ErrConstraint
}

// exec runs a statement and returns how many rows it changed.
func (w *writer) exec(query string, args ...any) (int64, error) { return w.write.exec(query, args) }

func (w *writer) prepare(query string) (*sql.Stmt, error) {
	if stmt := w.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(background, query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	w.stmts[query] = stmt
	return stmt, nil
}

// tx is what an operation works with.
type tx struct {
	w       *writer
	seq     int64
	careful bool
	began   time.Time
	tallies map[tally]int
}

// late tells a step to leave the rest to the next one.
func (t *tx) late() bool { return time.Since(t.began) > stepTime }

// alone runs changes so that, in a careful transaction, nothing of them stays if they
// fail.
func (t *tx) alone(changes func() error) error {
	if !t.careful {
		return changes()
	}
	seq, tallies := t.seq, maps.Clone(t.tallies)
	if _, err := t.w.exec("SAVEPOINT alone"); err != nil {
		return err
	}
	err := changes()
	if err != nil {
		t.seq, t.tallies = seq, tallies
		if _, back := t.w.exec("ROLLBACK TO alone"); back != nil {
			return back
		}
	}
	if _, end := t.w.exec("RELEASE alone"); end != nil {
		return end
	}
	return err
}

// next takes the next number of the sequence.
func (t *tx) next() int64 {
	t.seq++
	return t.seq
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	return t.w.exec(query, args...)
}

// get reads one row; found is false if there is none.
func (t *tx) get(query string, args []any, dest ...any) (found bool, err error) {
	stmt, err := t.w.prepare(query)
	if err != nil {
		return false, err
	}
	err = stmt.QueryRowContext(background, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// each reads rows one by one.
func (t *tx) each(query string, args []any, row func(scan func(...any) error) error) error {
	stmt, err := t.w.prepare(query)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(background, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
