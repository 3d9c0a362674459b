package classifier

import "slices"

// lesson is a document as a brain keeps it.
type lesson struct {
	features []uint32 // numbers with flags
	seq      int64
	site     int64
	starter  float64
	print    uint64
	row      uint8
}

// same tells that two documents are alike and from one site.
func (l *lesson) same(o *lesson) bool {
	return l.print == o.print && l.row == o.row && l.site == o.site
}

// fingerprint tells documents apart by their features.
func fingerprint(features []feature) uint64 {
	h := uint64(len(features))
	for i := range features {
		h += mix(features[i].hash, 1)
	}
	return h
}

// maxMemory is how many documents of either class are kept to train weights from.
const maxMemory = 10_000

// memory keeps labelled documents to train weights from: all of a class until there
// are maxMemory, from then on a new one takes the place of any. So the chance of being
// kept falls off slowly with age.
type memory struct{ rows [2][]*lesson }

// add keeps a document; n seeds the choice of its place.
func (m *memory) add(l *lesson, n uint64, j *journal) {
	row := &m.rows[l.row]
	if len(*row) < maxMemory {
		*row = append(*row, l)
		j.placed(-1, nil)
		return
	}
	at := int(random(n, 7) % maxMemory)
	j.placed(at, (*row)[at])
	(*row)[at] = l
}

// draw gives a document for a replay, of the classes in turn; nil if there is none.
func (m *memory) draw(n uint64, turn int) *lesson {
	row := m.rows[turn%2]
	if len(row) == 0 {
		return nil
	}
	return row[random(n, uint64(turn))%uint64(len(row))]
}

// drop forgets the newest document like l.
func (m *memory) drop(print uint64, row uint8, site int64) *lesson {
	kept := m.rows[row]
	found := -1
	for i, l := range kept {
		if l.print == print && l.site == site && (found < 0 || l.seq > kept[found].seq) {
			found = i
		}
	}
	if found < 0 {
		return nil
	}
	l := kept[found]
	m.rows[row] = slices.Delete(kept, found, found+1)
	return l
}

// random gives the draw of a place in the log: the same log draws the same.
func random(n, draw uint64) uint64 { return mix(n*0x9e3779b97f4a7c15+draw, 0x5eed) }
