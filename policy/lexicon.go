package policy

import "unicode/utf8"

// lexicon knows every word that the lists of a policy contain. A text is cut into
// words and each is looked up once, however many lists there are; a list then only
// compares numbers.
type lexicon struct {
	// diacritics tells that marks which people leave out are left out.
	diacritics bool
	ids        map[string]uint32
	// sieve lets most words pass by that are not in ids.
	sieve sieve
	// begins tells, by the number of a word, which lists have a term that begins with
	// it, a bit for each list (lists 64 apart share one).
	begins []uint64
	globs  []glob // with the numbers that ids gives them
	// finder finds in a word the literal parts of globs; anywhere are the numbers of
	// globs without any.
	finder   *automaton
	anywhere []int
	lists    int
}

func newLexicon(diacritics bool) *lexicon {
	return &lexicon{diacritics: diacritics, ids: map[string]uint32{}, begins: []uint64{0}}
}

// id gives the number of a word of a list, from 1.
func (x *lexicon) id(word string) uint32 {
	id := x.ids[word]
	if id == 0 {
		id = uint32(len(x.begins))
		x.ids[word] = id
		x.begins = append(x.begins, 0)
	}
	return id
}

// globID gives the number of a word with wildcards.
func (x *lexicon) globID(pattern string) uint32 {
	key := "\x00" + pattern // no word begins so
	known := len(x.begins)
	id := x.id(key)
	if int(id) == known {
		x.globs = append(x.globs, glob{pattern, id})
	}
	return id
}

// finish makes the lexicon ready for cut; words are added before.
func (x *lexicon) finish() {
	x.sieve = newSieve(x.ids)
	var b automatonBuilder
	for i, g := range x.globs {
		if l := g.literal(); l != "" {
			b.add(l, int32(i))
		} else {
			x.anywhere = append(x.anywhere, i)
		}
	}
	x.finder = b.build()
}

// wordText is a text cut into words.
type wordText struct {
	read   bool
	text   []byte // folded
	words  []wordAt
	ids    []uint32
	begins uint64 // those of all words
	room   []byte
}

// wordAt is where a word stands in the text, and which known words it is: those of
// ids from the one index to the other. It may be several by wildcards and by letters
// that look alike.
type wordAt struct {
	start, end, from, to int32
	begins               uint64
}

// cut reads a text.
func (x *lexicon) cut(t *wordText, s string) {
	t.read = true
	t.text, t.words, t.ids, t.begins = fold(t.text[:0], s, x.diacritics), t.words[:0], t.ids[:0], 0
	for start, end, ok := nextToken(t.text, 0); ok; start, end, ok = nextToken(t.text, end) {
		w := wordAt{start: int32(start), end: int32(end), from: int32(len(t.ids))}
		word := t.text[start:end]
		x.know(t, word)
		if plain := undisguise(t.room[:0], word); len(plain) > 0 {
			t.room = plain
			x.know(t, plain)
		}
		w.to = int32(len(t.ids))
		for _, id := range t.ids[w.from:] {
			w.begins |= x.begins[id]
		}
		t.begins |= w.begins
		t.words = append(t.words, w)
	}
}

// maxGlobbed is the length of the longest word that wildcards are compared with, in
// bytes. It bounds the time that a text of one endless word takes.
const maxGlobbed = 255

// know looks a word up.
func (x *lexicon) know(t *wordText, word []byte) {
	if x.sieve.mayHave(word) {
		if id := x.ids[string(word)]; id != 0 {
			t.ids = append(t.ids, id)
		}
	}
	if len(x.globs) == 0 || len(word) > maxGlobbed {
		return
	}
	known := len(t.ids)
	add := func(i int) {
		g := &x.globs[i]
		for _, id := range t.ids[known:] {
			if id == g.id {
				return
			}
		}
		if g.match(word) {
			t.ids = append(t.ids, g.id)
		}
	}
	x.finder.find(word, func(i int32) { add(int(i)) })
	for _, i := range x.anywhere {
		add(i)
	}
}

// glob is a word with wildcards: * stands for any number of characters, ? for one.
type glob struct {
	pattern string
	id      uint32
}

// literal is the longest part without wildcards.
func (g *glob) literal() string {
	best, from := "", 0
	for i := 0; i <= len(g.pattern); i++ {
		if i == len(g.pattern) || g.pattern[i] == '*' || g.pattern[i] == '?' {
			if i-from > len(best) {
				best = g.pattern[from:i]
			}
			from = i + 1
		}
	}
	return best
}

// match compares a whole word. It goes back to the last star alone, so that the time
// is at most the product of both lengths.
func (g *glob) match(word []byte) bool {
	p, w, star, again := 0, 0, -1, 0
	for w < len(word) {
		switch {
		case p < len(g.pattern) && g.pattern[p] == '*':
			star, again = p, w
			p++
			continue
		case p < len(g.pattern) && g.pattern[p] == '?':
			_, size := utf8.DecodeRune(word[w:])
			p, w = p+1, w+size
			continue
		case p < len(g.pattern) && g.pattern[p] == word[w]:
			p, w = p+1, w+1
			continue
		case star < 0:
			return false
		}
		again++
		p, w = star+1, again
	}
	for p < len(g.pattern) && g.pattern[p] == '*' {
		p++
	}
	return p == len(g.pattern)
}
