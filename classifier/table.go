package classifier

// table numbers features from 0 in the order in which they first come: a hash table
// with open addressing over what is known of each, by number. What is common comes
// early, so that most of what is asked for lies close together.
//
// A slot holds the upper half of a hash and the number + 1; 0 is free. So nearly every
// feature that is not there is told without a look elsewhere in memory.
type table struct {
	slots  []uint64
	hashes []uint64
	// have is in how many documents a feature stood, by row of class.
	have [][2]uint32
}

// len is how many features have a number.
func (t *table) len() int { return len(t.hashes) }

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
			if n := uint32(s) - 1; t.hashes[n] == hash {
				return int32(n)
			}
		}
	}
}

// codes appends the codes of features to doc: their numbers with flags.
//
// The slots are read first, and then what they point to, so that the processor waits
// for many places of a large table at once.
func (t *table) codes(features []feature, doc []uint32, slots []uint64) ([]uint32, []uint64) {
	slots = slots[:0]
	if len(t.slots) == 0 {
		slots = append(slots, make([]uint64, len(features))...)
	} else {
		mask := uint32(len(t.slots) - 1)
		for i := range features {
			slots = append(slots, t.slots[uint32(features[i].hash)&mask])
		}
	}
	for i := range features {
		f := &features[i]
		n := uint32(unknownNumber)
		switch s := slots[i]; {
		case s == 0:
		case s>>numberBits == f.hash>>numberBits && t.hashes[uint32(s)-1] == f.hash:
			n = uint32(s) - 1
		default:
			if found := t.find(f.hash); found >= 0 {
				n = uint32(found)
			}
		}
		doc = append(doc, n|f.flags())
	}
	return doc, slots
}

// put gives the number of a feature, the next one if it has none.
func (t *table) put(hash uint64) int32 {
	if n := t.find(hash); n >= 0 {
		return n
	}
	if 3*(t.len()+1) > 2*len(t.slots) {
		t.grow()
	}
	t.hashes = append(t.hashes, hash)
	t.have = append(t.have, [2]uint32{})
	t.link(uint32(t.len()))
	return int32(t.len() - 1)
}

// link enters feature n-1, whose hash is in no slot.
func (t *table) link(n uint32) {
	mask := uint32(len(t.slots) - 1)
	hash := t.hashes[n-1]
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
	for n := range t.hashes {
		t.link(uint32(n + 1))
	}
}

// fill makes slots for the hashes, as many as put would have made.
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
