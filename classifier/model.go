package classifier

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/models"
)

// Defaults of the cut-offs.
const (
	DefaultHoldAbove = 0.5
	DefaultSpamAbove = 0.9
)

// Options configure a Model. The zero value is valid.
type Options struct {
	// HoldAbove is the score from which a comment is held, over 0 and at most 1;
	// 0 means DefaultHoldAbove.
	HoldAbove float64
	// SpamAbove is the score from which a held comment is called spam instead of
	// unsure, HoldAbove to 1; 0 means DefaultSpamAbove, or HoldAbove if that is higher.
	SpamAbove float64
	// RejectAbove is the score from which a comment is rejected, HoldAbove to 1;
	// 0 means never.
	RejectAbove float64
	// Site gives the cut-offs of a site's own; nil if no site has any. It is called for
	// every score and must not block.
	Site func(site int64) models.SiteCutoffs
	// Starter is what the model knows before its first label, see Bundled; nil for
	// none.
	Starter *Starter
	// Registerer takes the metrics; nil for none.
	Registerer prometheus.Registerer
	// Epoch names the database whose label log is folded; it begins Version.
	Epoch string
}

// cutoffs are those that are set for a site.
func (o *Options) cutoffs(site int64) models.Cutoffs {
	c := models.Cutoffs{HoldAbove: o.HoldAbove, SpamAbove: o.SpamAbove, RejectAbove: o.RejectAbove}
	if o.Site == nil {
		return c
	}
	return o.Site(site).Of(c)
}

func (o *Options) complete() error {
	if o.HoldAbove == 0 {
		o.HoldAbove = DefaultHoldAbove
	}
	if !(o.HoldAbove > 0 && o.HoldAbove <= 1) {
		return fmt.Errorf("classifier options: HoldAbove is %v, must be over 0 and at most 1: %w", o.HoldAbove, models.ErrInvalid)
	}
	if o.SpamAbove == 0 {
		o.SpamAbove = max(DefaultSpamAbove, o.HoldAbove)
	}
	if !(o.SpamAbove >= o.HoldAbove && o.SpamAbove <= 1) {
		return fmt.Errorf("classifier options: SpamAbove is %v, must be HoldAbove (%v) to 1: %w", o.SpamAbove, o.HoldAbove, models.ErrInvalid)
	}
	if o.RejectAbove != 0 && !(o.RejectAbove >= o.HoldAbove && o.RejectAbove <= 1) {
		return fmt.Errorf("classifier options: RejectAbove is %v, must be 0 (never) or HoldAbove (%v) to 1: %w", o.RejectAbove, o.HoldAbove, models.ErrInvalid)
	}
	return nil
}

// Model is the classifier: what was learnt, and how to score by it. Its methods may
// be called by any number of goroutines.
type Model struct {
	options Options
	tuning  tuning
	metrics *metrics
	starter *Starter
	pool    sync.Pool // of *document

	// folding is held by whoever changes the state; mu guards what scoring reads of it,
	// and is held for one document at a time.
	folding sync.Mutex
	mu      sync.RWMutex
	state   *state
	// version is Version of state, kept for scoring.
	version string

	// rebuilding is held by the one rebuild there can be. While recording is set, the
	// entries folded meanwhile go to missed, because the rebuild's log may lack them.
	rebuilding sync.Mutex
	recording  bool
	missed     []models.LogEntry

	seq atomic.Int64

	// rules names how the model is made; see makeRules.
	rules func() (string, error)
}

// New returns a model that has learnt nothing. The error names the option at fault
// and wraps models.ErrInvalid, or says why the metrics could not be registered.
func New(o Options) (*Model, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	counters, err := newMetrics(o.Registerer)
	if err != nil {
		return nil, err
	}
	m := &Model{options: o, tuning: tuned, metrics: counters, starter: o.Starter}
	if o.Starter == nil {
		m.tuning.starter = 0
	}
	m.state = newState(&m.tuning)
	m.pool.New = func() any { return newDocument() }
	m.rules = sync.OnceValues(m.makeRules)
	m.settle()
	return m, nil
}

// Fold applies the next entry of the label log: it learns a lesson, or takes one
// back. Entries come in order of Seq; one that is not beyond Seq() was folded before
// and is ignored. A retraction must have the Site, Label, Shared and Lesson of what
// it takes back; if that was never learnt, so that a count would fall below zero, the
// error wraps models.ErrConflict. On any error the model is unchanged. At some places
// of the log, ever further apart, it trains all weights anew, which may take a part of
// a second and keeps nobody from scoring.
func (m *Model) Fold(e models.LogEntry) error {
	if err := checkEntry(&e); err != nil {
		return err
	}
	if e.Seq <= m.seq.Load() {
		return nil
	}
	d := m.pool.Get().(*document)
	defer m.pool.Put(d)
	d.read(&e.Lesson, nil)

	m.folding.Lock()
	defer m.folding.Unlock()
	if err := m.state.fold(&e, m.reading(d), &m.mu); err != nil {
		return err
	}
	if m.recording {
		m.missed = append(m.missed, e)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settle()
	return nil
}

// reading is what learning takes of a document.
func (m *Model) reading(d *document) reading {
	r := reading{features: d.features}
	if m.starter != nil {
		r.starter = m.starter.judge(d, &m.tuning).odds
	}
	return r
}

// settle follows a change of state; the caller holds mu for writing, or is New.
func (m *Model) settle() {
	m.seq.Store(m.state.seq)
	m.version = versionName(m.options.Epoch, m.state.seq)
	m.metrics.show(m.state)
}

// versionName names a state: the epoch, how lessons become tokens, and the last
// entry of the label log.
func versionName(epoch string, seq int64) string {
	return epoch + "." + Tokenizer + "." + strconv.FormatInt(seq, 10)
}

// Seq is the last entry of the label log that was folded; 0 before the first.
func (m *Model) Seq() int64 { return m.seq.Load() }

// Version names the state of the model, EPOCH.TOKENIZER.SEQ: equal versions give
// equal scores.
func (m *Model) Version() string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.version
}

// Documents is how many labelled comments the model knows, shared and of single sites.
func (m *Model) Documents() (ham, spam int) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	documents, _ := m.state.totals()
	return documents[hamRow], documents[spamRow]
}

// Tokens is how many features stand in at least one document. One that is known to the
// shared counts and to a site's own counts twice.
func (m *Model) Tokens() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, features := m.state.totals()
	return features
}
