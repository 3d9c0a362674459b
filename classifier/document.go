package classifier

const (
	// maxFeatures is the most features that a document has.
	maxFeatures = 2000
	// textFeatures is how many of them its text may take; the others are kept for
	// links, author and traits.
	textFeatures = 1700
	// smallTable and largeTable are the sizes of the hash table of a document: powers of
	// two, twice what is in it at most. Most documents leave the rest of it untouched.
	smallTable = 1024
	largeTable = 4096
)

// kind is what a feature tells about. It is part of the feature's hash.
type kind uint8

const (
	kindWord   kind = iota + 1 // a word, or one or two characters of a script without spaces
	kindSymbol                 // a visible character that is no part of words
	kindNumber                 // how many digits a number has
	kindPair                   // two neighbouring words or symbols
	kindForm                   // the forms of two neighbouring words or symbols
	kindTrait                  // a trait of the text as a whole
	kindGram                   // four characters of a word, or three of a script without spaces
	kindHost                   // a host, its registered domain or its top-level domain
	kindPath                   // a word of a link's path
	kindLink                   // that there are links
	kindAuthor                 // what is known of the author
	kindName                   // a word of the author's name, with the hash, and so the size, of one of a text
)

// content tells that a feature speaks of what a comment says, rather than of what it
// looks like: a comment without one that is known is unknown.
func (k kind) content() bool {
	return k != kindForm && k != kindTrait && k != kindPair
}

// bayesian tells that the counts of a feature enter the sum of log-likelihoods:
// grams and forms repeat what words have said.
func (k kind) bayesian() bool {
	return k == kindWord || k == kindPair || k == kindSymbol || k == kindNumber
}

// named tells that the name of a feature stands in document.names.
func (k kind) named() bool {
	return k == kindHost || k == kindPath || k == kindAuthor || k == kindName
}

// feature is a member of a document's set of features.
type feature struct {
	hash uint64
	kind kind
	// a and b say where its name is; see document.name.
	a, b uint32
}

// token is a word or symbol of the text: its place in document.lower, its hash, and
// the form it has.
type token struct {
	from, to uint32
	hash     uint64
	form     uint32
}

// document is the set of features of one lesson, in order of first appearance. It is
// reused to spare allocations and belongs to one goroutine at a time.
type document struct {
	features []feature
	table    [largeTable]uint16 // number of a feature + 1 by hash, open addressing
	mask     uint32             // the size of the table that is used - 1

	lower  []byte  // its words in lower case, one after another
	tokens []token // in order of the text
	names  []byte  // of hosts, path words, and the like
	author nameWords
	// address tells that an address is being read: up to the next space. addressed tells
	// that there was one, and singles are the tokens of one character.
	address, addressed bool
	singles            int
	smallForms         uint64 // see forms

	normaliser

	// Scratch space of scoring: the features' numbers in a brain's table and its slots,
	// what the brain knows of them, and how strongly each speaks for spam.
	numbers []uint32
	slots   []uint32
	sights  []sight
	shares  []float64
	list    []clue // of evidence: what is called differently
	scratch []byte // for names
	// What the starter has of each feature, and what it says of it.
	entries []entry
	found   []uint64
	firsts  []float64
}

func newDocument() *document { return new(document) }

func (d *document) reset() {
	d.features, d.tokens, d.names = d.features[:0], d.tokens[:0], d.names[:0]
	d.lower, d.address, d.addressed, d.singles, d.smallForms = d.lower[:0], false, false, 0, 0
	d.normaliser.reset()
	clear(d.table[:smallTable])
	d.mask = smallTable - 1
}

// add adds a feature unless the document has it.
func (d *document) add(k kind, hash uint64, a, b uint32) {
	d.insert(feature{mix(hash, uint64(k)), k, a, b})
}

// addAs adds a feature with the hash of one kind and the name of another.
func (d *document) addAs(hashed, k kind, hash uint64, a, b uint32) {
	d.insert(feature{mix(hash, uint64(hashed)), k, a, b})
}

// insert adds a feature, of which the hash is complete, unless the document has it.
func (d *document) insert(f feature) {
	slot := uint32(f.hash) & d.mask
	for n := d.table[slot%largeTable]; n != 0; n = d.table[slot%largeTable] {
		if d.features[n-1].hash == f.hash {
			return
		}
		slot = (slot + 1) & d.mask
	}
	if len(d.features) >= maxFeatures {
		return
	}
	d.features = append(d.features, f)
	d.table[slot%largeTable] = uint16(len(d.features))
	if 2*len(d.features) > smallTable && d.mask < largeTable-1 {
		d.enlarge()
	}
}

// enlarge goes over to the large table.
func (d *document) enlarge() {
	clear(d.table[:])
	d.mask = largeTable - 1
	for i := range d.features {
		slot := uint32(d.features[i].hash) & d.mask
		for d.table[slot] != 0 {
			slot = (slot + 1) & d.mask
		}
		d.table[slot] = uint16(i + 1)
	}
}

// full tells that the text may add no more.
func (d *document) full() bool { return len(d.features) >= textFeatures }

// mix joins two numbers to a hash, by the multiplications and shifts of wyhash and
// murmur3's finaliser.
func mix(x, y uint64) uint64 {
	x ^= y*0x9e3779b97f4a7c15 + 0x632be59bd9b4e019
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 29
	x *= 0xff51afd7ed558ccd
	return x ^ x>>32
}
