package classifier

import "strings"

// arenaSize is how many bytes of tokens share one piece of memory.
const arenaSize = 64 << 10

// vocabulary numbers tokens from 0 in the order in which they first come. It is a
// hash table with open addressing over hashes that the caller has at hand, and keeps
// the tokens close together, which makes it several times as fast as a map when
// millions of them are counted.
type vocabulary struct {
	slots []uint64 // the hash in the upper half, the number + 1 in the lower; 0 is free
	names []string
	arena strings.Builder
}

// find gives the number of a token, -1 if it has none.
func (v *vocabulary) find(token []byte, hash uint32) int {
	if len(v.slots) == 0 {
		return -1
	}
	mask := uint32(len(v.slots) - 1)
	for i := hash & mask; v.slots[i] != 0; i = (i + 1) & mask {
		if slot := v.slots[i]; slot>>32 == uint64(hash) {
			if n := int(uint32(slot)) - 1; v.names[n] == string(token) {
				return n
			}
		}
	}
	return -1
}

// add gives a token that has no number the next one.
func (v *vocabulary) add(token []byte, hash uint32) int {
	if 2*(len(v.names)+1) > len(v.slots) {
		v.grow()
	}
	if v.arena.Cap()-v.arena.Len() < len(token) {
		v.arena = strings.Builder{}
		v.arena.Grow(max(arenaSize, len(token)))
	}
	start := v.arena.Len()
	v.arena.Write(token)
	v.names = append(v.names, v.arena.String()[start:])
	v.put(uint64(hash)<<32 | uint64(len(v.names)))
	return len(v.names) - 1
}

func (v *vocabulary) put(slot uint64) {
	mask := uint32(len(v.slots) - 1)
	i := uint32(slot>>32) & mask
	for v.slots[i] != 0 {
		i = (i + 1) & mask
	}
	v.slots[i] = slot
}

func (v *vocabulary) grow() {
	old := v.slots
	v.slots = make([]uint64, max(1024, 2*len(old)))
	for _, slot := range old {
		if slot != 0 {
			v.put(slot)
		}
	}
}
