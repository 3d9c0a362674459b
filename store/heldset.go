package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// maxHeldRows is how many held comments are kept in memory, some 150 bytes each. When
	// more are held the database is asked instead, which takes longer.
	maxHeldRows = 300_000
	// maxHeldText is how much of their text is, in bytes; what is beyond it is read when
	// it is searched.
	maxHeldText = 40 << 20
	// heldPage is how many are read in one go.
	heldPage = 1000
	// heldDelay is how long at most a change waits for a list to take it over.
	heldDelay = time.Second
)

// heldSet has in memory what lists of held comments choose, order and count by: every
// click of a moderator would scan the table. The table remains what is true. The writer
// tells which of its rows were changed, and the next list reads those before it looks.
type heldSet struct {
	s *Store
	// seed is that of the hashes.
	seed              maphash.Seed
	maxRows, maxBytes int

	mu    sync.RWMutex
	state heldState
	rows  []heldRow
	free  []int32 // rows that hold nothing
	place map[int64]int32
	rules []string // sets of rules, as in held.rules
	text  int      // bytes

	// changes is held for moments only, by the writer too.
	changes sync.Mutex
	changed []int64
	timer   *time.Timer
	closed  bool
	running sync.WaitGroup
}

// heldState is what a heldSet is good for.
type heldState int

const (
	heldLoading heldState = iota
	heldReady
	heldTooMany
)

// heldRow is a row of held. Keys, language and post are hashes, 0 if empty: two that
// differ have the same with a chance of one in 10^19. The revision is 0 if there is none.
type heldRow struct {
	candidate
	site, received    int64
	person, email, ip uint64
	language, post    uint64
	text              string
	rules             int32
	unread            bool // its text is not here
}

func newHeldSet(s *Store) *heldSet {
	return &heldSet{s: s, seed: maphash.MakeSeed(), maxRows: cmp.Or(s.opts.heldRows, maxHeldRows), maxBytes: cmp.Or(s.opts.heldText, maxHeldText)}
}

// start reads everything, after which lists need not ask the database.
func (h *heldSet) start() {
	h.run(func() {
		if err := h.load(); err != nil {
			h.s.opts.Logger.Warn("what is held could not be read into memory: lists of it take longer until the next start", "error", err)
		}
	})
}

// run does something that close waits for, unless it is too late.
func (h *heldSet) run(do func()) {
	h.changes.Lock()
	defer h.changes.Unlock()
	if !h.closed {
		h.running.Go(do)
	}
}

func (h *heldSet) close() {
	h.changes.Lock()
	h.closed = true
	if h.timer != nil {
		h.timer.Stop()
	}
	h.changes.Unlock()
	h.running.Wait()
}

// touch notes that the rows of revisions were changed. It does not block.
func (h *heldSet) touch(seqs []int64) {
	if len(seqs) == 0 {
		return
	}
	h.changes.Lock()
	defer h.changes.Unlock()
	h.changed = append(h.changed, seqs...)
	if h.timer == nil && !h.closed {
		h.timer = time.AfterFunc(heldDelay, func() { h.run(h.tidy) })
	}
}

// tidy takes changes over for which no list asks, so that they do not pile up and what
// was removed does not stay.
func (h *heldSet) tidy() {
	h.changes.Lock()
	h.timer = nil
	h.changes.Unlock()
	if _, err := h.catchUp(); err != nil {
		h.s.opts.Logger.Warn("what is held could not be read again", "error", err)
	}
}

func (h *heldSet) take() (seqs []int64) {
	h.changes.Lock()
	defer h.changes.Unlock()
	seqs, h.changed = h.changed, nil
	return seqs
}

func (h *heldSet) behind() (behind, closed bool) {
	h.changes.Lock()
	defer h.changes.Unlock()
	return len(h.changed) > 0, h.closed
}

// load reads the table page by page. What is changed meanwhile is read again after it.
func (h *heldSet) load() error {
	h.mu.Lock()
	h.empty(heldLoading)
	h.mu.Unlock()
	for after := int64(0); ; {
		if _, closed := h.behind(); closed {
			return nil
		}
		rows, rules, err := h.read("WHERE h.revision_seq > ? ORDER BY h.revision_seq LIMIT ?", after, heldPage)
		if err != nil {
			return err
		}
		if h.add(rows, rules) {
			return nil
		}
		after = rows[len(rows)-1].revision
	}
}

// add enters a page of rows. It tells that no more are wanted.
func (h *heldSet) add(rows []heldRow, rules []string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range rows {
		h.put(&rows[i], rules[i])
	}
	switch {
	case len(h.place) > h.maxRows:
		h.empty(heldTooMany)
	case len(rows) < heldPage:
		h.state = heldReady
	default:
		return false
	}
	return true
}

func (h *heldSet) empty(state heldState) {
	h.state, h.rows, h.free, h.rules, h.text = state, nil, nil, nil, 0
	h.place = map[int64]int32{}
}

// catchUp takes over what was changed. It tells whether the set can be asked.
func (h *heldSet) catchUp() (bool, error) {
	if behind, _ := h.behind(); !behind {
		h.mu.RLock()
		defer h.mu.RUnlock()
		return h.state == heldReady, nil
	}
	// Of two who read the same row the later one must have the last word, so that the
	// lock is held while it is read.
	h.mu.Lock()
	defer h.mu.Unlock()
	switch h.state {
	case heldLoading:
		return false, nil
	case heldTooMany:
		h.take()
		if h.s.held.Load() < int64(h.maxRows)/2 {
			h.state = heldLoading
			h.start()
		}
		return false, nil
	}
	seqs := h.take()
	for from := 0; from < len(seqs); from += heldPage {
		if err := h.again(seqs[from:min(from+heldPage, len(seqs))]); err != nil {
			h.touch(seqs[from:])
			return false, err
		}
	}
	if len(h.place) > h.maxRows {
		h.empty(heldTooMany)
	}
	return h.state == heldReady, nil
}

// again reads the rows of revisions anew; those that are gone have none.
func (h *heldSet) again(seqs []int64) error {
	rows, rules, err := h.read("WHERE h.revision_seq IN (SELECT value FROM json_each(?))", jsonList(seqs))
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		h.forget(seq)
	}
	for i := range rows {
		h.put(&rows[i], rules[i])
	}
	return nil
}

// read reads rows of held with their sets of rules.
func (h *heldSet) read(where string, args ...any) (list []heldRow, rules []string, err error) {
	rows, err := h.s.readers.QueryContext(background, `SELECT h.revision_seq, h.decision_seq, h.site_id, h.score, h.received_at,
		h.person_key, h.email_key, h.ip_key, h.language, h.post, h.rules, t.text
		FROM held h LEFT JOIN held_text t ON t.revision_seq = h.revision_seq `+where, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("read what is held: %w", err)
	}
	defer rows.Close()
	var person, email, ip, language, post, set, text sql.RawBytes
	for rows.Next() {
		var r heldRow
		if err := rows.Scan(&r.revision, &r.decision, &r.site, &r.score, &r.received, &person, &email, &ip, &language, &post, &set, &text); err != nil {
			return nil, nil, fmt.Errorf("read what is held: %w", err)
		}
		r.place = r.revision
		r.person, r.email, r.ip, r.language, r.post = h.hash(person), h.hash(email), h.hash(ip), h.hash(language), h.hash(post)
		r.text, r.unread = string(text), text == nil
		list, rules = append(list, r), append(rules, string(set))
	}
	return list, rules, rows.Err()
}

// hash is a key's, a language's or a post's.
func (h *heldSet) hash(b []byte) uint64 {
	if len(b) == 0 {
		return 0
	}
	return maphash.Bytes(h.seed, b)
}

// put enters a row.
func (h *heldSet) put(r *heldRow, rules string) {
	h.forget(r.revision)
	if h.text+len(r.text) > h.maxBytes {
		r.text, r.unread = "", true
	}
	h.text += len(r.text)
	r.rules = h.rulesAt(rules)
	at := int32(len(h.rows))
	if n := len(h.free); n > 0 {
		at, h.free = h.free[n-1], h.free[:n-1]
		h.rows[at] = *r
	} else {
		h.rows = append(h.rows, *r)
	}
	h.place[r.revision] = at
}

// forget drops a row, if it is there.
func (h *heldSet) forget(revision int64) {
	at, ok := h.place[revision]
	if !ok {
		return
	}
	delete(h.place, revision)
	h.text -= len(h.rows[at].text)
	h.rows[at] = heldRow{}
	h.free = append(h.free, at)
}

// rulesAt finds a set of rules; there are few.
func (h *heldSet) rulesAt(set string) int32 {
	for i, known := range h.rules {
		if known == set {
			return int32(i)
		}
	}
	h.rules = append(h.rules, strings.Clone(set))
	return int32(len(h.rules) - 1)
}

// jsonList is a list of numbers for json_each.
func jsonList(seqs []int64) string {
	b := append(make([]byte, 0, 12*len(seqs)+2), '[')
	for i, seq := range seqs {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, seq, 10)
	}
	return string(append(b, ']'))
}
