package classifier

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/jbrukh/bayesian"

	"github.com/winnowd/winnow/models"
)

// The words that no feature can be, because a feature's key has eight bytes.
const (
	// unseenWord is never observed: its frequency is the unit of all others.
	unseenWord = "unseen"
	// documentsWord is observed once per document.
	documentsWord = "documents"
)

// keyBytes is the length of a feature's key.
const keyBytes = 8

// The classes of the count store, in the order of its answers.
const (
	hamClass  bayesian.Class = "ham"
	spamClass bayesian.Class = "spam"

	hamRow  = 0
	spamRow = 1
)

var classes = [...]bayesian.Class{hamRow: hamClass, spamRow: spamClass}

func rowOf(l models.Label) uint8 {
	if l == models.Spam {
		return spamRow
	}
	return hamRow
}

// counts holds in how many documents of each class every feature stood: the same as a
// brain's table, which is at hand, for good. It follows the table some hundreds of
// documents at a time: most features of one are in another of them, and each takes one
// observation. It is not synchronised.
type counts struct {
	store *bayesian.Classifier
	keys  keys
	// behind tells that the store has only the features below filled: it is filled at the
	// end of a rebuild, and bit by bit after a saved model was loaded.
	behind bool
	filled int

	pending []operation // documents that the store does not have yet, or still has
}

// maxPending is how many documents the store follows at once.
const maxPending = 1024

func newCounts() *counts {
	return &counts{store: bayesian.NewClassifier(hamClass, spamClass)}
}

// note makes the store follow a document that the table has learnt or taken back.
func (c *counts) note(t *table, l *lesson, retracts bool) {
	if c.behind && c.filled == 0 {
		return
	}
	if c.pending = append(c.pending, operation{l, retracts}); len(c.pending) == maxPending {
		c.flush(t)
	}
}

// flush makes the store as new as the table, as far as it is filled.
func (c *counts) flush(t *table) {
	if len(c.pending) == 0 {
		return
	}
	for row := range uint8(2) {
		c.follow(t, row)
	}
	clear(c.pending)
	c.pending = c.pending[:0]
}

// follow applies what is pending of a class.
func (c *counts) follow(t *table, row uint8) {
	changes, documents := make([]int32, t.len()), 0
	for _, op := range c.pending {
		if op.lesson.row != row {
			continue
		}
		by := 1
		if op.retracts {
			by = -1
		}
		documents += by
		for _, code := range op.lesson.features {
			changes[code&numberMask] += int32(by)
		}
	}
	if c.behind {
		changes, documents = changes[:min(c.filled, len(changes))], 0
	}
	for n, by := range changes {
		if by != 0 {
			c.store.Observe(c.keys.of(t, n), int(by), classes[row])
		}
	}
	if documents != 0 {
		c.store.Observe(documentsWord, documents, classes[row])
	}
}

// fill makes the store hold what a table says of so many more features; with the last of
// them it has all of it, and so many documents.
func (c *counts) fill(t *table, documents [2]int, more int) {
	c.flush(t)
	end := min(t.len(), c.filled+more)
	for n := c.filled; n < end; n++ {
		for row, have := range t.records[n].have {
			if have > 0 {
				c.store.Observe(c.keys.of(t, n), int(have), classes[row])
			}
		}
	}
	if c.filled = end; end < t.len() {
		return
	}
	c.behind = false
	for row, n := range documents {
		if n > 0 {
			c.store.Observe(documentsWord, n, classes[row])
		}
	}
}

// read looks words up in the store, by row of class.
//
// The store answers with Laplace's (count+1)/(total+vocabulary), so a word that was
// never observed answers 1/(total+vocabulary), and the quotient of the two is
// count+1: exact after rounding. An empty class answers the same for all words,
// which makes every count 0.
func (c *counts) read(words []string) [2][]int {
	var rows [2][]int
	frequencies := c.store.WordFrequencies(append([]string{unseenWord}, words...))
	for row, answers := range frequencies {
		rows[row] = make([]int, len(words))
		for i, f := range answers[1:] {
			rows[row][i] = int(math.Round(f/answers[0])) - 1
		}
	}
	return rows
}

// chunkKeys is how many keys share one piece of memory.
const chunkKeys = 1024

// keys are the strings under which the store counts the features of a table, by
// number. The store keeps the string that it is given last, even for a word that it
// knows: these live as long as the store and take eight bytes each.
type keys struct {
	chunks []strings.Builder
	n      int
}

func (k *keys) of(t *table, n int) string {
	for ; k.n <= n; k.n++ {
		if k.n%chunkKeys == 0 {
			k.chunks = append(k.chunks, strings.Builder{})
			k.chunks[len(k.chunks)-1].Grow(chunkKeys * keyBytes)
		}
		var key [keyBytes]byte
		binary.LittleEndian.PutUint64(key[:], t.records[k.n].hash)
		k.chunks[k.n/chunkKeys].Write(key[:])
	}
	at := n % chunkKeys * keyBytes
	return k.chunks[n/chunkKeys].String()[at : at+keyBytes]
}
