package load

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// ledger notes of each comment when it was sent, accepted and decided. Comments are
// numbered from 0; a number is the end of the comment's id.
type ledger struct {
	prefix string

	mu       sync.Mutex
	rows     []row
	accepted int
	decided  int // of those accepted
	twice    int // decisions that came again
	seen     time.Time
	errors   map[string]int
}

// row has times in nanoseconds since the start, 0 for what did not happen.
type row struct{ due, accepted, decided int64 }

func newLedger(prefix string) *ledger {
	return &ledger{prefix: prefix, errors: map[string]int{}, seen: time.Now()}
}

// next numbers n comments that are due at a time, and returns the first number.
func (l *ledger) next(n int, due time.Duration) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := len(l.rows)
	for range n {
		l.rows = append(l.rows, row{due: int64(due)})
	}
	return first
}

func (l *ledger) id(b []byte, n int) []byte {
	return strconv.AppendInt(append(b, l.prefix...), int64(n), 10)
}

// accept notes that a comment was acknowledged.
func (l *ledger) accept(n int, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.rows[n]
	r.accepted = int64(at)
	l.accepted++
	if r.decided != 0 {
		l.decided++
	}
}

// fail notes that comments were refused, or not answered.
func (l *ledger) fail(code string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errors[code] += n
}

// decide notes a decision that came by the feed, if it is of one of our comments.
func (l *ledger) decide(id string, at time.Duration) {
	digits, ok := strings.CutPrefix(id, l.prefix)
	n, err := strconv.Atoi(digits)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !ok || err != nil || n < 0 || n >= len(l.rows) {
		return
	}
	l.seen = time.Now()
	r := &l.rows[n]
	if r.decided != 0 {
		l.twice++
		return
	}
	r.decided = max(int64(at), 1)
	if r.accepted != 0 {
		l.decided++
	}
}

// open tells how many comments were accepted and are not decided, and when the last
// decision came.
func (l *ledger) open() (n int, seen time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.accepted - l.decided, l.seen
}
