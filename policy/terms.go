package policy

// terms finds words and phrases in texts: a trie whose edges are tokens, so that
// the time for a text depends on its length and hardly on the number of terms.
type terms struct {
	root       node
	diacritics bool
}

// node is a place in the trie: the tokens that led to it begin some term.
type node struct {
	next map[string]*node
	// term is the term that ends here, as the operator wrote it; empty if none does.
	term string
}

// add takes one term; of two that are the same when folded the first counts. False
// tells that nothing of it is a word or a sign.
func (t *terms) add(term string) bool {
	folded := fold(nil, term, t.diacritics)
	at := &t.root
	for start, end, ok := nextToken(folded, 0); ok; start, end, ok = nextToken(folded, end) {
		token := string(folded[start:end])
		below := at.next[token]
		if below == nil {
			below = new(node)
			if at.next == nil {
				at.next = make(map[string]*node)
			}
			at.next[token] = below
		}
		at = below
	}
	if at.term == "" {
		at.term = term
	}
	return at != &t.root
}

// find gives the term that begins first in s, the longest of several, and how it
// stands there, folded.
func (t *terms) find(s string) (term, found string, ok bool) {
	var room [1024]byte
	text := fold(room[:0], s, t.diacritics)
	for start, end, more := nextToken(text, 0); more; start, end, more = nextToken(text, end) {
		if below := t.root.next[string(text[start:end])]; below != nil {
			if term, stop := below.longest(text, end); stop >= 0 {
				return term, string(text[start:stop]), true
			}
		}
	}
	return "", "", false
}

// longest follows the tokens of text from a place where those that lead to n end.
// It gives the longest term on the way and where it ends; -1 without one.
func (n *node) longest(text []byte, from int) (term string, stop int) {
	stop = -1
	for end := from; ; {
		if n.term != "" {
			term, stop = n.term, end
		}
		if n.next == nil {
			return term, stop
		}
		start, after, ok := nextToken(text, end)
		if !ok {
			return term, stop
		}
		if n = n.next[string(text[start:after])]; n == nil {
			return term, stop
		}
		end = after
	}
}
