package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"hash/maphash"
	"strconv"
	"sync"
	"time"
)

const (
	// maxHeldRows is how many held comments are kept in memory, some 250 bytes each. When
	// more are held the database is asked instead, which takes longer.
	maxHeldRows = 300_000
	// maxHeldText is how much of their text is, in bytes; what is beyond it is read when
	// it is searched, where its signature says that it may have what is looked for.
	maxHeldText = 32 << 20
	// heldPage is how many are read in one go.
	heldPage  = 1000
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
	// delay is how long at most a change waits for a list to take it over.
	delay time.Duration

	mu    sync.RWMutex
	state heldState
	rows  []heldRow
	more  []heldMore // of each row
	free  []int32    // rows that hold nothing
	place map[int64]int32
	rules []string // sets of rules, as in held.rules
	known map[string]int32
	text  int // bytes
	memo  searches

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

// heldRow is what every list looks at of a row of held, small so that all of them are
// soon read. The revision is 0 if there is none.
type heldRow struct {
	revision int64
	score    float64
	site     int32
	rules    int32
}

// heldMore is the rest of it. Keys, language and post are hashes, 0 if empty: two that
// differ have the same with a chance of one in 10^19.
type heldMore struct {
	decision, received int64
	person, email, ip  uint64
	language, post     uint64
	text               string
	unread             bool // its text is not here
	sign               signature
}

func newHeldSet(s *Store) *heldSet {
	return &heldSet{
		s: s, seed: maphash.MakeSeed(), delay: heldDelay, maxRows: cmp.Or(s.opts.heldRows, maxHeldRows), maxBytes: cmp.Or(s.opts.heldText, maxHeldText),
	}
}

// start reads everything, after which lists need not ask the database.
func (h *heldSet) start() {
	h.run(func() {
		if err := h.load(); err != nil {
			h.s.opts.Logger.Warn("what is held could not be read into memory: lists of it take longer until it is read again", "error", err)
			h.mu.Lock()
			h.empty(heldTooMany)
			h.mu.Unlock()
		}
		h.tidy() // what was changed meanwhile
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
		h.timer = time.AfterFunc(h.delay, func() { h.run(h.tidy) })
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
		rows, err := h.read("WHERE h.revision_seq > ? ORDER BY h.revision_seq LIMIT ?", after, heldPage)
		if err != nil {
			return err
		}
		if h.add(rows) {
			return nil
		}
		after = rows[len(rows)-1].revision
	}
}

// add enters a page of rows. It tells that no more are wanted.
func (h *heldSet) add(rows []heldRead) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range rows {
		h.put(&rows[i])
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
	h.state, h.rows, h.more, h.free, h.rules, h.text = state, nil, nil, nil, nil, 0
	h.place, h.known = map[int64]int32{}, map[string]int32{}
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
	rows, err := h.read("WHERE h.revision_seq IN (SELECT value FROM json_each(?))", jsonList(seqs))
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		h.forget(seq)
	}
	for i := range rows {
		h.put(&rows[i])
	}
	return nil
}

// heldRead is a row as it was read.
type heldRead struct {
	heldRow
	heldMore
	rules string
}

// read reads rows of held.
func (h *heldSet) read(where string, args ...any) (list []heldRead, err error) {
	rows, err := h.s.readers.QueryContext(background, `SELECT h.revision_seq, h.decision_seq, h.site_id, h.score, h.received_at,
		h.person_key, h.email_key, h.ip_key, h.language, h.post, h.rules, t.text
		FROM held h LEFT JOIN held_text t ON t.revision_seq = h.revision_seq `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read what is held: %w", err)
	}
	defer rows.Close()
	var person, email, ip, language, post, text sql.RawBytes
	for rows.Next() {
		var r heldRead
		if err := rows.Scan(&r.revision, &r.decision, &r.site, &r.score, &r.received, &person, &email, &ip, &language, &post, &r.rules, &text); err != nil {
			return nil, fmt.Errorf("read what is held: %w", err)
		}
		r.person, r.email, r.ip, r.language, r.post = h.hash(person), h.hash(email), h.hash(ip), h.hash(language), h.hash(post)
		r.text, r.unread = string(text), text == nil
		if r.sign = signatureOf(r.text); r.unread {
			r.sign = anySignature()
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// hash is a key's, a language's or a post's.
func (h *heldSet) hash(b []byte) uint64 {
	if len(b) == 0 {
		return 0
	}
	return maphash.Bytes(h.seed, b)
}

// put enters a row.
func (h *heldSet) put(r *heldRead) {
	h.forget(r.revision)
	if h.text+len(r.text) > h.maxBytes {
		r.text, r.unread = "", true
	}
	h.text += len(r.text)
	r.heldRow.rules = h.rulesAt(r.rules)
	at := int32(len(h.rows))
	if n := len(h.free); n > 0 {
		at, h.free = h.free[n-1], h.free[:n-1]
		h.rows[at], h.more[at] = r.heldRow, r.heldMore
	} else {
		h.rows, h.more = append(h.rows, r.heldRow), append(h.more, r.heldMore)
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
	h.text -= len(h.more[at].text)
	h.rows[at], h.more[at] = heldRow{}, heldMore{}
	h.free = append(h.free, at)
}

// rulesAt finds a set of rules.
func (h *heldSet) rulesAt(set string) int32 {
	at, ok := h.known[set]
	if !ok {
		at = int32(len(h.rules))
		h.rules, h.known[set] = append(h.rules, set), at
	}
	return at
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
