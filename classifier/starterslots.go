package classifier

// entry is what the starter has of a feature: its weight in units of 1/weightUnit in the
// upper half, and in the lower the place of the logarithm of the ratio of its likelihoods
// in spam and in ham. 0 is that of a feature that the starter does not know.
type entry uint32

// maxLikelihoods is how many places of likelihoods an entry can tell apart.
const maxLikelihoods = 1 << 16

func (e entry) weight() float64    { return float64(int16(e>>16)) / weightUnit }
func (e entry) likelihood() uint16 { return uint16(e) }

// starterSlots is a hash table that holds all that scoring asks the starter for, so that a
// feature takes one look into memory. Its entries are in order of their hashes, none
// before its home, the place in proportion to its hash, and few far behind it: a search
// goes on from there to the first that is not smaller.
//
// A slot holds in its upper half the lower half of the starterBits of a hash: its place
// tells the others, as no entry is further than maxShift from home. Below is the entry; a
// free slot is 0.
type starterSlots struct {
	slots []uint64
	homes uint64 // how many slots are homes; the others are behind them
}

const (
	// minHomes makes neighbours differ in what a slot holds of their hashes.
	minHomes = 1 << 16
	maxShift = 100
)

func (s *starterSlots) home(hash uint64) uint64 { return hash >> 32 * s.homes >> 32 }

// starterTag is what a slot holds of a hash.
func starterTag(hash uint64) uint32 { return uint32(hash >> (64 - starterBits)) }

// before tells that a slot is taken by a hash smaller than that of a tag.
func before(slot uint64, tag uint32) bool {
	return slot != 0 && int32(uint32(slot>>32)-tag) < 0
}

// makeStarterSlots enters entries, by the upper bits of hashes in ascending order, in slots
// of which a half stays free. It fails if too many hashes are alike.
func makeStarterSlots(hashes []uint64, entries []entry) (s starterSlots, ok bool) {
	s.homes = uint64(max(minHomes, 2*len(hashes)))
	s.slots = make([]uint64, s.homes+maxShift+2) // the last stays free
	next := uint64(0)
	for i, h := range hashes {
		hash := h << (64 - starterBits)
		home := s.home(hash)
		next = max(next, home)
		if next-home > maxShift {
			return s, false
		}
		s.slots[next] = uint64(starterTag(hash))<<32 | uint64(entries[i])
		next++
	}
	return s, true
}

// look gives the slots where the search for each feature begins.
func (s *starterSlots) look(features []feature, found []uint64) []uint64 {
	found = resized(found, len(features))
	for i := range features {
		found[i] = s.slots[s.home(features[i].hash)]
	}
	return found
}

// entries gives what the starter has of each feature, from the slots where the searches
// begin.
func (s *starterSlots) entries(features []feature, found []uint64, entries []entry) []entry {
	entries = resized(entries, len(features))
	found = found[:len(entries)]
	for i := range entries {
		slot, hash := found[i], features[i].hash
		tag := starterTag(hash)
		if before(slot, tag) {
			slot = s.search(hash, tag)
		}
		e := entry(0)
		if slot>>32 == uint64(tag) {
			e = entry(slot)
		}
		entries[i] = e
	}
	return entries
}

// search gives the first slot that is not before a hash.
func (s *starterSlots) search(hash uint64, tag uint32) uint64 {
	at := s.home(hash) + 1
	for before(s.slots[at], tag) {
		at++
	}
	return s.slots[at]
}
