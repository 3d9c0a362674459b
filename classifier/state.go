package classifier

import (
	"fmt"

	"github.com/winnowd/winnow/models"
)

// state is what folding the label log makes: one brain that all sites share, and one
// of each site that keeps its labels to itself or is not the only one.
type state struct {
	tuning *tuning
	shared *brain
	sites  map[int64]*brain
	// home is the first site whose labels are shared. As long as no other site's are,
	// it needs no brain of its own.
	home int64
	// private are the documents that the shared brain does not learn.
	private [2]int
	// seq is the last entry folded.
	seq int64
}

func newState(t *tuning) *state {
	s := &state{tuning: t, shared: newBrain(t), sites: make(map[int64]*brain)}
	s.shared.counts = newCounts()
	return s
}

// checkEntry returns an error wrapping models.ErrInvalid that names the field of an
// entry that cannot be folded.
func checkEntry(e *models.LogEntry) error {
	if e.Seq <= 0 {
		return fmt.Errorf("label log entry: Seq is %d, must be positive: %w", e.Seq, models.ErrInvalid)
	}
	if e.Label != models.Ham && e.Label != models.Spam {
		return entryError(e, fmt.Errorf("field Label is %q, must be %q or %q: %w", e.Label, models.Ham, models.Spam, models.ErrInvalid))
	}
	return nil
}

func entryError(e *models.LogEntry, err error) error {
	return fmt.Errorf("label log entry %d of site %d: %w", e.Seq, e.SiteID, err)
}

// reading is a document as learning takes it.
type reading struct {
	features []feature
	starter  float64 // what the starter says
}

// owner tells what to lock while a brain changes: nobody reads a state that is being
// rebuilt.
type owner interface {
	Lock()
	Unlock()
}

// fold applies an entry, if it is the next. It locks mu while it changes what scoring
// reads, for one document at a time, and never while it trains weights anew. On error
// nothing has changed.
func (s *state) fold(e *models.LogEntry, r reading, mu owner) error {
	if e.Seq <= s.seq {
		return nil
	}
	l := lesson{seq: e.Seq, site: e.SiteID, starter: r.starter, print: fingerprint(r.features), row: rowOf(e.Label)}
	brains, err := s.taught(e, r, &l, mu)
	if err != nil {
		return entryError(e, err)
	}
	if !e.Retracts && e.Shared {
		s.settleHome(e.SiteID, mu)
		brains = s.brainsOf(e)
	}
	for _, b := range brains {
		own := l
		if b != s.shared {
			own.starter = 0 // it speaks beside the shared brain
		}
		mu.Lock()
		if e.Retracts {
			own.features = b.find(r.features)
			b.forget(&own)
		} else {
			own.features = b.number(r.features)
			b.learn(&own)
		}
		mu.Unlock()
		b.counts.note(&b.table, &own, e.Retracts)
		switch {
		case b.due() && b.lazy != nil:
			b.mark()
		case b.due():
			w, c := b.retrain()
			mu.Lock()
			b.adopt(w, c)
			mu.Unlock()
		}
	}
	mu.Lock()
	defer mu.Unlock()
	s.seq = e.Seq
	if !e.Shared {
		if e.Retracts {
			s.private[l.row]--
		} else {
			s.private[l.row]++
		}
	}
	return nil
}

// brainsOf gives the brains that an entry teaches.
func (s *state) brainsOf(e *models.LogEntry) []*brain {
	var brains []*brain
	if e.Shared {
		brains = append(brains, s.shared)
	}
	if own := s.sites[e.SiteID]; own != nil {
		brains = append(brains, own)
	}
	return brains
}

// taught gives the brains that an entry teaches or that are to forget it. The one that
// must know what is taken back is the shared one for a shared label, and else the
// site's: a site's own beside the shared one may be younger than the label.
func (s *state) taught(e *models.LogEntry, r reading, l *lesson, mu owner) ([]*brain, error) {
	if !e.Shared && s.sites[e.SiteID] == nil && !e.Retracts {
		own := newBrain(s.tuning)
		own.counts = newCounts()
		own.follow(s.shared)
		mu.Lock()
		s.sites[e.SiteID] = own // empty: it has no share in any score yet
		mu.Unlock()
	}
	brains := s.brainsOf(e)
	if !e.Retracts {
		return brains, nil
	}
	if len(brains) == 0 {
		return nil, errNeverLearnt(e.Label)
	}
	var knowing []*brain
	for i, b := range brains {
		switch {
		case b.knows(r.features, l.row):
			knowing = append(knowing, b)
		case i == 0:
			return nil, errNeverLearnt(e.Label)
		}
	}
	return knowing, nil
}

// errNeverLearnt tells that a retraction has nothing to take back.
func errNeverLearnt(label models.Label) error {
	return fmt.Errorf("take back a %s document: none like it was learnt: %w", label, models.ErrConflict)
}

// settleHome sees to it that each sharing site has a brain of its own once there are
// two of them.
func (s *state) settleHome(site int64, mu owner) {
	switch {
	case s.home == 0:
		s.home = site
		return
	case s.home == site && s.sites[site] == nil:
		return
	case s.sites[site] != nil:
		return
	}
	for _, id := range []int64{s.home, site} {
		if s.sites[id] == nil {
			own := s.shared.extract(id)
			mu.Lock()
			s.sites[id] = own
			mu.Unlock()
		}
	}
}

// extract makes a brain of one site's labels, as far as they are in memory.
func (b *brain) extract(site int64) *brain {
	own := newBrain(b.tuning)
	own.counts = newCounts()
	own.follow(b)
	for _, l := range b.memory.inOrder() {
		if l.site != site {
			continue
		}
		features := make([]feature, len(l.features))
		for i, code := range l.features {
			features[i] = feature{hash: b.table.records[code&numberMask].hash, kind: flagKind(code)}
		}
		mine := *l
		mine.starter = 0
		mine.features = own.number(features)
		own.acquaint(&mine)
		own.count(mine.features, mine.row, 1)
		own.learnt++
		own.memory.add(&mine, uint64(own.learnt), &own.journal)
		own.remember(mine.row)
		own.counts.note(&own.table, &mine, false)
	}
	switch {
	case own.learnt == 0:
	case own.lazy != nil:
		own.mark()
		own.lazy.before = nil
	default:
		own.adopt(own.retrain())
	}
	return own
}

// follow makes a new brain learn as another does, in bulk or not.
func (b *brain) follow(other *brain) {
	b.counts.behind = other.counts.behind
	if other.lazy != nil {
		b.lazy = newLazy(b.tuning)
	}
}

// flagKind gives a kind that has the flags of a code.
func flagKind(code uint32) kind {
	switch {
	case code&authorFlag != 0:
		return kindAuthor
	case code&contentFlag == 0 && code&bayesianFlag == 0:
		return kindTrait
	case code&contentFlag == 0:
		return kindPair
	case code&bayesianFlag == 0:
		return kindGram
	}
	return kindWord
}

// knows tells that a document can be taken back: no count falls below zero.
func (b *brain) knows(features []feature, row uint8) bool {
	if b.documents[row] == 0 {
		return false
	}
	for i := range features {
		n := b.table.find(features[i].hash)
		if n < 0 || b.table.records[n].have[row] == 0 {
			return false
		}
	}
	return true
}

// totals are the documents of all labels, and the features that stand in one.
func (s *state) totals() (documents [2]int, features int) {
	documents, features = s.shared.documents, s.shared.features
	for row, n := range s.private {
		documents[row] += n
	}
	for _, b := range s.sites {
		features += b.features
	}
	return documents, features
}
