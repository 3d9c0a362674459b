package classifier

import (
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/text/cases"
)

const (
	// maxTokens is the most tokens that a document has.
	maxTokens = 1000
	// spareTokens of them are kept free for traits, which are added last.
	spareTokens = 24
	// maxTokenBytes is the length of the longest token.
	maxTokenBytes = 200
	// tableSize is that of the hash table of a document: a power of two, twice maxTokens.
	tableSize = 2048
)

// kind is what a token tells about.
type kind uint8

const (
	kindWord  kind = iota // a word, a symbol, or two characters of a script without spaces
	kindPair              // two neighbouring words
	kindLink              // part of a link
	kindField             // a field of the author
	kindTrait             // a trait of the text as a whole
)

// document is the set of tokens of one lesson, in order of first appearance. It
// is reused to spare allocations and belongs to one goroutine at a time.
type document struct {
	buf   []byte   // the tokens, one after another
	ends  []int    // where each of them ends in buf
	kinds []kind   // what each of them is
	sums  []uint32 // the hash of each

	table [tableSize]uint16 // token number + 1 by hash, open addressing
	text  []byte            // the text, normalised and folded
	wide  []byte            // the same, not yet folded
	names []string          // what words gave
	clues []clue            // what weigh gave
	fold  cases.Caser       // stateful: not to be shared
}

func newDocument() *document { return &document{fold: cases.Fold()} }

func (d *document) reset() {
	d.buf, d.ends, d.kinds, d.sums = d.buf[:0], d.ends[:0], d.kinds[:0], d.sums[:0]
	clear(d.table[:])
}

// size is the number of tokens.
func (d *document) size() int { return len(d.ends) }

// token gives the bytes of token i.
func (d *document) token(i int) []byte {
	start := 0
	if i > 0 {
		start = d.ends[i-1]
	}
	return d.buf[start:d.ends[i]]
}

// commit makes a token of what was appended to buf since the last one and gives
// its number, which is an earlier one if the document has that token already, and
// -1 if the document is full.
func (d *document) commit(k kind) int32 {
	start := 0
	if n := len(d.ends); n > 0 {
		start = d.ends[n-1]
	}
	if len(d.buf)-start > maxTokenBytes {
		d.buf = cutRune(d.buf, start+maxTokenBytes)
	}
	token := d.buf[start:]
	sum := uint32(xxhash.Sum64(token))
	slot := sum & (tableSize - 1)
	for ; d.table[slot] != 0; slot = (slot + 1) & (tableSize - 1) {
		if i := int32(d.table[slot] - 1); string(d.token(int(i))) == string(token) {
			d.buf = d.buf[:start]
			return i
		}
	}
	limit := maxTokens
	if k != kindTrait {
		limit -= spareTokens
	}
	if len(d.ends) >= limit || len(token) == 0 {
		d.buf = d.buf[:start]
		return -1
	}
	d.ends = append(d.ends, len(d.buf))
	d.kinds = append(d.kinds, k)
	d.sums = append(d.sums, sum)
	d.table[slot] = uint16(len(d.ends))
	return int32(len(d.ends) - 1)
}

// full tells that no further word fits.
func (d *document) full() bool { return len(d.ends) >= maxTokens-spareTokens }

// words gives the reserved words and then the tokens as strings, valid until the
// document is read into again. They share one piece of memory: whoever keeps one
// keeps all, unless he clones it.
func (d *document) words() []string {
	all := string(d.buf)
	d.names = append(d.names[:0], unseenWord, documentsWord)
	start := 0
	for _, end := range d.ends {
		d.names = append(d.names, all[start:end])
		start = end
	}
	return d.names
}

// cutRune cuts b to at most n bytes without splitting a character.
func cutRune(b []byte, n int) []byte {
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}
