package classifier

// table numbers features from 0 in the order in which they first come: a hash table
// with open addressing over what is known of each, by number. What is common comes
// early, so that most of what is asked for lies close together.
//
// A slot holds the number + 1 in as many lower bits as it takes to count the slots, and
// above them upper bits of the hash; 0 is free. So nearly every feature that is not there
// is told without a look elsewhere in memory, and sixteen slots share a line of a cache.
type table struct {
	slots   []uint32 // a power of two
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

// find gives the number of a feature, -1 if it has none.
func (t *table) find(hash uint64) int32 {
	if len(t.slots) == 0 {
		return -1
	}
	mask := uint32(len(t.slots) - 1)
	for i := uint32(hash) & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 {
			return -1
		}
		if (s^upper(hash))&^mask == 0 {
			if n := s&mask - 1; t.records[n].hash == hash {
				return int32(n)
			}
		}
	}
}

// upper is the half of a hash that slots keep bits of.
func upper(hash uint64) uint32 { return uint32(hash >> 32) }

// look gives the slots where the search for each feature begins. That they are read
// before anything depends on them lets the processor wait for many at once.
func (t *table) look(features []feature, slots []uint32) []uint32 {
	slots = resized(slots, len(features))
	if len(t.slots) == 0 {
		clear(slots)
		return slots
	}
	mask := uint32(len(t.slots) - 1)
	for i := range features {
		slots[i] = t.slots[uint32(features[i].hash)&mask]
	}
	return slots
}

// resized gives a slice of n elements of any value, in place of one that it need not keep.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, max(n, 256))
	}
	return s[:n]
}

// likely gives the codes of features in doc, as far as their slots tell: one that has
// the same upper bits of its hash as another may get the number of that one.
func (t *table) likely(features []feature, slots, doc []uint32) []uint32 {
	mask := uint32(len(t.slots) - 1)
	doc = resized(doc, len(features))
	slots = slots[:len(doc)]
	for i := range doc {
		f, s := &features[i], slots[i]
		for at := uint32(f.hash); s != 0 && (s^upper(f.hash))&^mask != 0; {
			at++
			s = t.slots[at&mask]
		}
		doc[i] = (s&mask-1)&numberMask | f.flags() // a free slot makes unknownNumber
	}
	return doc
}

// codes gives the codes of features in doc: their numbers with flags.
func (t *table) codes(features []feature, doc, slots []uint32) (codes, read []uint32) {
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
	t.slots[i] = upper(hash)&^mask | n
}

func (t *table) grow() {
	t.slots = make([]uint32, max(1024, 2*len(t.slots)))
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
	t.slots = make([]uint32, n)
	t.linkAll()
}
