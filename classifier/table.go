package classifier

// record is what a brain knows of one feature.
type record struct {
	hash uint64
	// have is in how many documents it stood, by row of class.
	have [2]uint32
}

// table numbers features from 0 in the order in which they first come: a hash table
// with open addressing over records that stay where they are.
type table struct {
	slots   []uint32 // number + 1; 0 is free
	records []record
}

// find gives the number of a feature, -1 if it has none.
func (t *table) find(hash uint64) int32 {
	if len(t.slots) == 0 {
		return -1
	}
	mask := uint32(len(t.slots) - 1)
	for i := uint32(hash) & mask; ; i = (i + 1) & mask {
		n := t.slots[i]
		if n == 0 {
			return -1
		}
		if t.records[n-1].hash == hash {
			return int32(n - 1)
		}
	}
}

// put gives the number of a feature, the next one if it has none.
func (t *table) put(hash uint64) int32 {
	if n := t.find(hash); n >= 0 {
		return n
	}
	if 3*(len(t.records)+1) > 2*len(t.slots) {
		t.grow()
	}
	t.records = append(t.records, record{hash: hash})
	t.link(uint32(len(t.records)))
	return int32(len(t.records) - 1)
}

// link enters record n-1, whose hash is in no slot.
func (t *table) link(n uint32) {
	mask := uint32(len(t.slots) - 1)
	i := uint32(t.records[n-1].hash) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = n
}

func (t *table) grow() {
	t.slots = make([]uint32, max(1024, 2*len(t.slots)))
	for n := range t.records {
		t.link(uint32(n + 1))
	}
	// Records grow by a quarter: append would double them.
	if len(t.records) == cap(t.records) {
		t.records = append(make([]record, 0, len(t.records)+max(512, len(t.records)/4)), t.records...)
	}
}
