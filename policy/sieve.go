package policy

import (
	"hash/maphash"
	"math/bits"
)

// sieve tells of most words that they are not in a set, for less than asking the set: a
// Bloom filter with one hash (Bloom, "Space/time trade-offs in hash coding with allowable
// errors", 1970).
type sieve struct {
	seed maphash.Seed
	bits []uint64
	mask uint64
}

// newSieve makes a sieve with 16 bits or more for each word, so that one of 16 strangers
// passes at most.
func newSieve(words map[string]uint32) sieve {
	n := max(6, bits.Len(uint(16*len(words))))
	s := sieve{seed: maphash.MakeSeed(), bits: make([]uint64, 1<<(n-6)), mask: 1<<n - 1}
	for w := range words {
		h := maphash.String(s.seed, w) & s.mask
		s.bits[h/64] |= 1 << (h % 64)
	}
	return s
}

// mayHave tells whether a word may be in the set; of those in the set it always says so.
func (s *sieve) mayHave(word []byte) bool {
	h := maphash.Bytes(s.seed, word) & s.mask
	return s.bits[h/64]&(1<<(h%64)) != 0
}
