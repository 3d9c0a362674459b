package facts

// kind is what the entries of a group have in common.
type kind uint64

const (
	byText kind = iota + 1
	byPerson
	byAddress
	byPost
	bySketch // and the number of the band
)

// groupKey names a group of entries: of one kind, of one site, with one value.
func groupKey(k kind, site int64, value uint64) uint64 {
	return mix(mix(mix(uint64(k))^uint64(site)) ^ value)
}

// mix spreads a number over all bits (the finalizer of SplitMix64: Steele, Lea and
// Flood, "Fast splittable pseudorandom number generators", 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// groups finds entries by what they have in common, in order of seq. Most groups have
// one entry, so a single one needs no list.
type groups struct {
	slots *slab
	// byKey holds a slot of the slab, or ^i for lists[i].
	byKey  map[uint64]int32
	lists  []ring
	unused []int32
}

func newGroups(slots *slab) groups {
	return groups{slots: slots, byKey: make(map[uint64]int32)}
}

// before gives the entries of a group, in order, and how many of them have a smaller
// seq. They are valid until the next change; room has place for a single one.
func (t *groups) before(key uint64, seq int64, room *[1]ref) (ring, int) {
	at, ok := t.byKey[key]
	var list ring
	switch {
	case !ok:
		return list, 0
	case at >= 0:
		room[0] = ref{seq: t.slots.entries[at].seq, at: at}
		list = ring{refs: room[:], n: 1}
	default:
		list = t.lists[^at]
	}
	n, _ := list.search(seq)
	return list, n
}

// insert adds an entry.
func (t *groups) insert(key uint64, v ref) {
	at, ok := t.byKey[key]
	switch {
	case !ok:
		t.byKey[key] = v.at
		return
	case at >= 0:
		first := ref{seq: t.slots.entries[at].seq, at: at}
		at = t.addList()
		t.lists[^at].insert(0, first)
		t.byKey[key] = at
	}
	list := &t.lists[^at]
	i, _ := list.search(v.seq)
	list.insert(i, v)
}

// remove takes the entry with seq away.
func (t *groups) remove(key uint64, seq int64) {
	at, ok := t.byKey[key]
	if !ok {
		return
	}
	if at >= 0 {
		delete(t.byKey, key)
		return
	}
	list := &t.lists[^at]
	list.remove(seq)
	if list.n == 1 {
		t.byKey[key] = list.at(0).at
		*list = ring{}
		t.unused = append(t.unused, ^at)
	}
}

// addList makes an empty list and gives what byKey is to hold of it.
func (t *groups) addList() int32 {
	if n := len(t.unused); n > 0 {
		i := t.unused[n-1]
		t.unused = t.unused[:n-1]
		return ^i
	}
	t.lists = append(t.lists, ring{})
	return ^int32(len(t.lists) - 1)
}
