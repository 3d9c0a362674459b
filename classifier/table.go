package classifier

// table numbers features from 0 in the order in which they first come: a hash table
// with open addressing over what is known of each, by number. What is common comes
// early, so that most of what is asked for lies close together.
//
// A slot holds the upper half of a hash and the number + 1; 0 is free. So nearly every
// feature that is not there is told without a look elsewhere in memory.
type table struct {
	slots   []uint64
	records []record
}

// record is what is known of a feature. All of it lies together, two records to the
// line of a cache: scoring waits for memory more than for anything else.
type record struct {
	hash uint64
	// have is in how many documents it stood, by row of class.
	have [2]uint32
	weight
}

// len is how many features have a number.
func (t *table) len() int { return len(t.records) }

// numberBits of a slot are the number.
const numberBits = 32

// find gives the number of a feature, -1 if it has none.
func (t *table) find(hash uint64) int32 {
	if len(t.slots) == 0 {
		return -1
	}
	return t.probe(hash, uint32(hash)&uint32(len(t.slots)-1))
}

// probe is find from a slot on.
func (t *table) probe(hash uint64, i uint32) int32 {
	mask := uint32(len(t.slots) - 1)
	for ; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 {
			return -1
		}
		if s>>numberBits == hash>>numberBits {
			if n := uint32(s) - 1; t.records[n].hash == hash {
				return int32(n)
			}
		}
	}
}

// look gives the slots where the search for each feature begins. That they are read
// before anything depends on them lets the processor wait for many at once.
func (t *table) look(features []feature, slots []uint64) []uint64 {
	slots = slots[:0]
	if len(t.slots) == 0 {
		return append(slots, make([]uint64, len(features))...)
	}
	mask := uint32(len(t.slots) - 1)
	for i := range features {
		slots = append(slots, t.slots[uint32(features[i].hash)&mask])
	}
	return slots
}

// likely appends to doc the codes of features, as far as their slots tell: one that has
// the upper half of its hash in common with another may get the number of that one.
func (t *table) likely(features []feature, slots []uint64, doc []uint32) []uint32 {
	mask := uint32(len(t.slots) - 1)
	for i := range features {
		f := &features[i]
		s, at := slots[i], uint32(f.hash)
		for s != 0 && s>>numberBits != f.hash>>numberBits {
			at++
			s = t.slots[at&mask]
		}
		n := uint32(unknownNumber)
		if s != 0 {
			n = uint32(s) - 1
		}
		doc = append(doc, n|f.flags())
	}
	return doc
}

// codes appends the codes of features to doc: their numbers with flags.
func (t *table) codes(features []feature, doc []uint32, slots []uint64) ([]uint32, []uint64) {
	slots = t.look(features, slots)
	doc = t.likely(features, slots, doc)
	for i, code := range doc {
		if n := code & numberMask; n != unknownNumber && t.records[n].hash != features[i].hash {
			doc[i] = t.code(&features[i])
		}
	}
	return doc, slots
}

// code gives the code of a feature.
func (t *table) code(f *feature) uint32 {
	if n := t.find(f.hash); n >= 0 {
		return uint32(n) | f.flags()
	}
	return unknownNumber | f.flags()
}

// add gives a feature that has no number the next one.
func (t *table) add(hash uint64) uint32 {
	if 3*(t.len()+1) > 2*len(t.slots) {
		t.grow()
	}
	t.records = append(t.records, record{hash: hash})
	t.link(uint32(t.len()))
	return uint32(t.len() - 1)
}

// link enters feature n-1, whose hash is in no slot.
func (t *table) link(n uint32) {
	mask := uint32(len(t.slots) - 1)
	hash := t.records[n-1].hash
	i := uint32(hash) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = hash>>numberBits<<numberBits | uint64(n)
}

func (t *table) grow() {
	t.slots = make([]uint64, max(1024, 2*len(t.slots)))
	t.linkAll()
}

func (t *table) linkAll() {
	for n := range t.records {
		t.link(uint32(n + 1))
	}
}

// fill makes slots for the hashes, as many as add would have made.
func (t *table) fill() {
	if t.len() == 0 {
		return
	}
	n := 1024
	for 3*t.len() > 2*n {
		n *= 2
	}
	t.slots = make([]uint64, n)
	t.linkAll()
}
