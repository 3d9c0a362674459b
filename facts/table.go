package facts

import "math/bits"

// table finds a number by a hash of 64 bits that are all as good as random. It does what
// a map does, with fewer ways to memory, of which there are a dozen for each comment. The
// zero table is empty.
//
// A hash's home is the cell on which it falls when all hashes are spread over the cells
// in their order; it stands there or in the next free cell (linear probing, with
// deletion: Knuth, "The Art of Computer Programming", vol. 3, 6.4, algorithms L and R).
type table struct {
	// parts grow at different times, so that nobody waits long for it.
	parts [16]part
	// touched keeps the compiler from leaving out what touch does.
	touched uint32
}

type part struct {
	cells []cell
	n     int
}

// cell has a hash in halves, because that takes 12 bytes and not 16. Value is 0 in a
// free one.
type cell struct{ high, low, value uint32 }

// leastCells is how many cells a part has at first.
const leastCells = 16

func (t *table) part(hash uint64) *part { return &t.parts[hash%uint64(len(t.parts))] }

// touch looks at the homes of hashes that are about to be asked for, so that the
// processor waits for all of them at once and not for one after the other.
func (t *table) touch(hashes []uint64) {
	for _, hash := range hashes {
		if p := t.part(hash); p.n > 0 {
			t.touched |= p.cells[p.home(hash)].value
		}
	}
}

// find gives the value of a hash; 0 if there is none.
func (t *table) find(hash uint64) uint32 {
	p := t.part(hash)
	if p.n == 0 {
		return 0
	}
	return p.cells[p.seek(hash)].value
}

// put gives the place of a hash's value, good until the next change. The value is 0 if
// the hash is new, and must be set then.
func (t *table) put(hash uint64) *uint32 {
	p := t.part(hash)
	if 8*(p.n+1) > 5*len(p.cells) {
		p.grow()
	}
	c := &p.cells[p.seek(hash)]
	if c.value == 0 {
		c.high, c.low = uint32(hash>>32), uint32(hash)
		p.n++
	}
	return &c.value
}

// remove takes a hash away.
func (t *table) remove(hash uint64) {
	p := t.part(hash)
	if p.n == 0 {
		return
	}
	free := p.seek(hash)
	if p.cells[free].value == 0 {
		return
	}
	p.n--
	for i := p.next(free); p.cells[i].value != 0; i = p.next(i) {
		c := &p.cells[i]
		// It may move to the free cell unless its home is after that, on the way to i.
		home := p.home(uint64(c.high)<<32 | uint64(c.low))
		if way := p.way(home, i); way >= p.way(free, i) {
			p.cells[free], free = *c, i
		}
	}
	p.cells[free] = cell{}
}

func (t *table) len() int {
	n := 0
	for i := range t.parts {
		n += t.parts[i].n
	}
	return n
}

// home is where a hash belongs.
func (p *part) home(hash uint64) int {
	at, _ := bits.Mul64(hash, uint64(len(p.cells)))
	return int(at)
}

func (p *part) next(i int) int {
	if i++; i == len(p.cells) {
		return 0
	}
	return i
}

// way is how many cells there are from one to another.
func (p *part) way(from, to int) int {
	if to < from {
		to += len(p.cells)
	}
	return to - from
}

// seek gives the cell of a hash, or the free one that it would take.
func (p *part) seek(hash uint64) int {
	high, low := uint32(hash>>32), uint32(hash)
	i := p.home(hash)
	for c := &p.cells[i]; c.value != 0 && (c.high != high || c.low != low); c = &p.cells[i] {
		i = p.next(i)
	}
	return i
}

func (p *part) grow() {
	old := p.cells
	p.cells = make([]cell, max(leastCells, len(old)+len(old)/2))
	for i := range old {
		if c := &old[i]; c.value != 0 {
			p.cells[p.seek(uint64(c.high)<<32|uint64(c.low))] = *c
		}
	}
}
