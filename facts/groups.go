package facts

// kind is what the entries of a group have in common.
type kind int

// The kinds of groups, in which an entry has one place each.
const (
	byText kind = iota
	byPerson
	byAddress
	byPost
	bySketch // the first of the bands
	kinds    = bySketch + bands
	// byComment is no group: the entries of a comment are linked.
	byComment = kinds
)

// names makes the names of groups. They are as good as random to whoever does not know
// the seed, so that nobody can make comments of which the names get into each other's way.
type names struct{ ofKind [byComment + 1]uint64 }

func newNames(seed uint64) (n names) {
	for k := range n.ofKind {
		n.ofKind[k] = mix(seed + uint64(k))
	}
	return n
}

// group names a group of entries: of one kind, of one site, with one value.
func (n *names) group(k kind, site int64, value uint64) uint64 {
	return mix(mix(n.ofKind[k]^uint64(site)) ^ value)
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
	// byName holds what single and listed give.
	byName table
	lists  []ring
	unused []int32
}

// single is what stands in byName for a group of one entry, and listed for one that has
// a list.
func single(at int32) uint32   { return uint32(at)<<1 | 1 }
func listed(list int32) uint32 { return uint32(list+1) << 1 }

func isSingle(v uint32) bool          { return v&1 != 0 }
func singleOf(v uint32) int32         { return int32(v >> 1) }
func (t *groups) list(v uint32) *ring { return &t.lists[v>>1-1] }

// before gives the entries of a group, in order, and how many of them have a smaller
// seq. They are valid until the next change; room has place for a single one.
func (t *groups) before(name uint64, seq int64, room *[1]ref) (ring, int) {
	var list ring
	switch v := t.byName.find(name); {
	case v == 0:
		return list, 0
	case isSingle(v):
		room[0] = t.slots.ref(singleOf(v))
		list = ring{refs: room[:], n: 1}
	default:
		list = *t.list(v)
	}
	n, _ := list.search(seq)
	return list, n
}

// insert adds an entry.
func (t *groups) insert(k kind, name uint64, v ref) {
	value := t.byName.put(name)
	if *value == 0 {
		*value = single(v.at)
		t.slots.entry(v.at).lead(k, true)
		return
	}
	if isSingle(*value) {
		first := t.slots.ref(singleOf(*value))
		*value = listed(t.addList())
		t.list(*value).insert(0, first)
	}
	list := t.list(*value)
	i, _ := list.search(v.seq)
	list.insert(i, v)
	if i == 0 {
		t.slots.entry(v.at).lead(k, true)
		t.slots.entry(list.at(1).at).lead(k, false)
	}
}

// remove takes the entry with seq away.
func (t *groups) remove(name uint64, seq int64) {
	v := t.byName.find(name)
	switch {
	case v == 0:
		return
	case isSingle(v):
		t.byName.remove(name)
		return
	}
	list := t.list(v)
	list.remove(seq)
	if list.n == 1 {
		*t.byName.put(name) = single(list.at(0).at)
		*list = ring{}
		t.unused = append(t.unused, int32(v>>1)-1)
	}
}

// addList makes an empty list.
func (t *groups) addList() int32 {
	if n := len(t.unused); n > 0 {
		i := t.unused[n-1]
		t.unused = t.unused[:n-1]
		return i
	}
	t.lists = append(t.lists, ring{})
	return int32(len(t.lists) - 1)
}
