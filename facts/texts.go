package facts

// textKey is a text at a site.
type textKey struct {
	site int64
	text uint64
}

// textTable finds entries by site and text, in order of seq. Most texts occur once,
// so a single entry needs no list.
type textTable struct {
	slots *slab
	// byText holds a slot of the slab, or ^i for lists[i].
	byText map[textKey]int32
	lists  []ring
	unused []int32
}

func newTextTable(slots *slab) textTable {
	return textTable{slots: slots, byText: make(map[textKey]int32)}
}

// before gives the entries of a text, in order, and how many of them have a smaller
// seq. They are valid until the next change; room has place for a single one.
func (t *textTable) before(key textKey, seq int64, room *[1]ref) (ring, int) {
	at, ok := t.byText[key]
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
func (t *textTable) insert(key textKey, v ref) {
	at, ok := t.byText[key]
	switch {
	case !ok:
		t.byText[key] = v.at
		return
	case at >= 0:
		first := ref{seq: t.slots.entries[at].seq, at: at}
		at = t.addList()
		t.lists[^at].insert(0, first)
		t.byText[key] = at
	}
	list := &t.lists[^at]
	i, _ := list.search(v.seq)
	list.insert(i, v)
}

// remove takes the entry with seq away.
func (t *textTable) remove(key textKey, seq int64) {
	at := t.byText[key]
	if at >= 0 {
		delete(t.byText, key)
		return
	}
	list := &t.lists[^at]
	list.remove(seq)
	if list.n == 1 {
		t.byText[key] = list.at(0).at
		*list = ring{}
		t.unused = append(t.unused, ^at)
	}
}

// addList makes an empty list and gives what byText is to hold of it.
func (t *textTable) addList() int32 {
	if n := len(t.unused); n > 0 {
		i := t.unused[n-1]
		t.unused = t.unused[:n-1]
		return ^i
	}
	t.lists = append(t.lists, ring{})
	return ^int32(len(t.lists) - 1)
}
