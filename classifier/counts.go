package classifier

import (
	"math"
	"strings"

	"github.com/jbrukh/bayesian"

	"github.com/winnowd/winnow/models"
)

// The words that no token can be, because no token starts with U+0000.
const (
	// unseenWord is never observed: its frequency is the unit of all others.
	unseenWord = "\x00unseen"
	// documentsWord is observed once per document.
	documentsWord = "\x00documents"
	// reserved is how many of them stand before the tokens.
	reserved = 2
)

// The classes of the count store, in the order of its answers.
const (
	hamClass  bayesian.Class = "ham"
	spamClass bayesian.Class = "spam"

	hamRow  = 0
	spamRow = 1
)

var classes = [...]bayesian.Class{hamRow: hamClass, spamRow: spamClass}

func classOf(l models.Label) (bayesian.Class, int) {
	if l == models.Spam {
		return spamClass, spamRow
	}
	return hamClass, hamRow
}

// counts holds in how many documents of each class every token stood. It is not
// synchronised: a lock around whole documents is what makes them atomic.
type counts struct {
	store *bayesian.Classifier
	// documents by row, and tokens that stand in at least one document.
	documents [2]int
	tokens    int
}

func newCounts() *counts {
	return &counts{store: bayesian.NewClassifier(hamClass, spamClass)}
}

// lookup is what a count store knows of some words, by row of class.
type lookup struct {
	// rows are the documents that each word stands in; the reserved words come first.
	rows [2][]float64
	// total is the sum of the counts of all words of a class, looked up or not.
	total [2]float64
}

// documents is how many documents of each class were learnt.
func (l *lookup) documents() (hams, spams float64) {
	return l.rows[hamRow][1], l.rows[spamRow][1]
}

// add sums the lookup of the same words in another store into this one.
func (l *lookup) add(other lookup) {
	for i, row := range other.rows {
		for j, n := range row {
			l.rows[i][j] += n
		}
		l.total[i] += other.total[i]
	}
}

// read looks words up, as document.words gave them.
//
// The store answers with Laplace's (count+1)/(total+vocabulary), so a word that was
// never observed answers 1/(total+vocabulary), and the quotient of the two is
// count+1: exact after rounding. An empty class answers the same for all words,
// which makes every count 0.
func (c *counts) read(words []string) lookup {
	var l lookup
	frequencies, totals := c.store.WordFrequencies(words), c.store.WordCount()
	for i, row := range frequencies {
		unit := row[0]
		for j, f := range row {
			row[j] = math.Round(f/unit) - 1
		}
		l.rows[i] = row
		l.total[i] = float64(totals[i])
	}
	return l
}

// learn counts a document.
func (c *counts) learn(words []string, label models.Label) {
	class, row := classOf(label)
	have := c.read(words).rows
	for i, w := range words[reserved:] {
		if have[hamRow][i+reserved]+have[spamRow][i+reserved] == 0 {
			c.tokens++
		}
		// The store keeps the string that it is given, even for a word it knows.
		c.store.Observe(strings.Clone(w), 1, class)
	}
	c.store.Observe(documentsWord, 1, class)
	c.documents[row]++
}

// unlearn takes back a document that was learnt. It changes nothing and returns an
// error wrapping models.ErrConflict if that cannot be: a count would fall below zero.
func (c *counts) unlearn(words []string, label models.Label) error {
	class, row := classOf(label)
	have := c.read(words).rows
	for i, n := range have[row][1:] {
		if n < 1 {
			return errNeverLearnt(label, words[i+1], c.documents[row])
		}
	}
	for i, w := range words[reserved:] {
		if have[hamRow][i+reserved]+have[spamRow][i+reserved] == 1 {
			c.tokens--
		}
		c.store.Observe(strings.Clone(w), -1, class)
	}
	c.store.Observe(documentsWord, -1, class)
	c.documents[row]--
	return nil
}
