package e2e

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The checker reads a trace of winnow's system calls, as strace -f -y writes it, and
// follows SQLite's log (https://www.sqlite.org/fileformat2.html#the_write_ahead_log):
// each page is written as a header of 24 bytes, whose bytes 4 to 7 are not all zero
// in the last one of a transaction, and the page itself. A comment is recognised by
// its marker, "[id]", in a page and by its id in the answer.

// call is one system call of a trace. A call that was never seen to return has ok
// false.
type call struct {
	name, path string
	data       string // its string arguments
	offset     int64  // its last argument, where that is a number
	ok         bool
}

// point is the beginning or the end of a call.
type point struct {
	call *call
	end  bool
}

var (
	callBegins  = regexp.MustCompile(`^(\d+) +(\w+)\(\d+<([^>]*)>(.*)$`)
	callResumes = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>(.*)$`)
	quoted      = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
	lastNumber  = regexp.MustCompile(`, (\d+)\)?\s*$`)
	returned    = regexp.MustCompile(`\) += (\d+)\s*$`)
)

const unfinished = " <unfinished ...>"

// readTrace reads a trace into points in the order in which they happened.
func readTrace(r io.Reader) ([]point, error) {
	var points []point
	open := map[string]*call{} // by thread
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := callResumes.FindStringSubmatch(line); m != nil {
			if c := open[m[1]]; c != nil {
				c.ok = returned.MatchString(line)
				points = append(points, point{c, true})
				delete(open, m[1])
			}
			continue
		}
		m := callBegins.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		rest, waits := strings.CutSuffix(m[4], unfinished)
		c := &call{name: m[2], path: m[3]}
		for _, q := range quoted.FindAllStringSubmatch(rest, -1) {
			c.data += unescape(q[1])
		}
		arguments := rest
		if at := returned.FindStringIndex(rest); at != nil {
			arguments = rest[:at[0]]
		}
		if n := lastNumber.FindStringSubmatch(arguments); n != nil {
			c.offset, _ = strconv.ParseInt(n[1], 10, 64) // digits
		}
		points = append(points, point{c, false})
		if waits {
			open[m[1]] = c
			continue
		}
		c.ok = returned.MatchString(rest)
		points = append(points, point{c, true})
	}
	return points, lines.Err()
}

// unescape undoes strace's escapes in a string: those of C, octal ones included.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	letters := map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', 'f': '\f', 'a': 7, 'b': 8, 'e': 27}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		if s[i] < '0' || s[i] > '7' {
			if c, ok := letters[s[i]]; ok {
				b = append(b, c)
			} else {
				b = append(b, s[i])
			}
			continue
		}
		n, end := 0, min(i+3, len(s))
		for ; i < end && s[i] >= '0' && s[i] <= '7'; i++ {
			n = n*8 + int(s[i]-'0')
		}
		i--
		b = append(b, byte(n))
	}
	return string(b)
}

// verdict is what a trace shows.
type verdict struct {
	answered   []string // ids of comments that got a 2xx, in order
	violations []string
}

// checker replays a trace.
type checker struct {
	verdict
	commits   bool            // the page that comes next is a transaction's last
	written   map[string]bool // in the log, of a transaction that may not be whole
	committed map[string]bool // in the log, of a whole transaction
	durable   map[string]bool
	covered   map[*call][]string // what was committed when a sync began
	copied    bool               // the database was written to since its last sync
	flushing  map[*call]bool     // syncs of the database that began after that
}

var (
	marker     = regexp.MustCompile(`\[(sync-\d+)\]`)
	answer2xx  = regexp.MustCompile(`^HTTP/1\.1 2\d\d `)
	answeredID = regexp.MustCompile(`"(?:comment_id|id)":"(sync-\d+)"`)
)

// checkTrace finds answers of 2xx that were written before the comment was on disk:
// before a sync of the log had returned that began after the comment's transaction
// was written whole. It also finds logs that were reset before the database, into
// which they had been copied, was synced.
func checkTrace(points []point) verdict {
	c := &checker{
		written: map[string]bool{}, committed: map[string]bool{}, durable: map[string]bool{},
		covered: map[*call][]string{}, flushing: map[*call]bool{},
	}
	for _, p := range points {
		switch {
		case strings.HasSuffix(p.call.path, "/winnow.db-wal"):
			c.log(p)
		case strings.HasSuffix(p.call.path, "/winnow.db"):
			c.database(p)
		case strings.HasPrefix(p.call.path, "socket:") && !p.end && answer2xx.MatchString(p.call.data):
			c.answer(p.call.data)
		}
	}
	return c.verdict
}

func (c *checker) log(p point) {
	switch p.call.name {
	case "fdatasync", "fsync":
		if !p.end {
			for id := range c.committed {
				c.covered[p.call] = append(c.covered[p.call], id)
			}
		} else if p.call.ok {
			for _, id := range c.covered[p.call] {
				c.durable[id] = true
			}
		}
	case "ftruncate":
		c.reset(p)
	default:
		switch {
		case p.call.offset == 0:
			c.reset(p)
		case !p.end || !p.call.ok:
		case len(p.call.data) == 24:
			c.commits = p.call.data[4:8] != "\x00\x00\x00\x00"
		default:
			for _, m := range marker.FindAllStringSubmatch(p.call.data, -1) {
				c.written[m[1]] = true
			}
			if c.commits {
				for id := range c.written {
					c.committed[id] = true
				}
				clear(c.written)
			}
		}
	}
}

func (c *checker) reset(p point) {
	if !p.end && c.copied {
		c.violations = append(c.violations, "the log was reset before the database was synced")
	}
}

func (c *checker) database(p point) {
	switch p.call.name {
	case "fdatasync", "fsync":
		if !p.end {
			c.flushing[p.call] = true
		} else if p.call.ok && c.flushing[p.call] {
			c.copied = false
		}
	case "ftruncate":
	default:
		c.copied = true
		clear(c.flushing)
	}
}

func (c *checker) answer(data string) {
	m := answeredID.FindStringSubmatch(data)
	if len(m) < 2 || slices.Contains(c.answered, m[1]) {
		return
	}
	c.answered = append(c.answered, m[1])
	if !c.durable[m[1]] {
		c.violations = append(c.violations, fmt.Sprintf("%s was answered before it was on disk", m[1]))
	}
}
