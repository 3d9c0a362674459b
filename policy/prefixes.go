package policy

import (
	"net/netip"
	"slices"
)

// prefixes is a set of address ranges. A look-up costs one hash for each length
// that occurs, however many ranges there are.
type prefixes struct {
	v4, v6 []ofLength
}

// ofLength is the ranges of one length, each with what the operator wrote.
type ofLength struct {
	bits int
	set  map[netip.Prefix]string
}

// add takes a range with its host bits clear; of two that are equal the first
// counts.
func (p *prefixes) add(r netip.Prefix, written string) {
	of := &p.v6
	if r.Addr().Is4() {
		of = &p.v4
	}
	// The longest stand first, so that a look-up finds the narrowest range.
	i, ok := slices.BinarySearchFunc(*of, r.Bits(), func(l ofLength, bits int) int { return bits - l.bits })
	if !ok {
		*of = slices.Insert(*of, i, ofLength{r.Bits(), make(map[netip.Prefix]string)})
	}
	if set := (*of)[i].set; set[r] == "" {
		set[r] = written
	}
}

// find gives the narrowest range that contains an address without zone, as the
// operator wrote it.
func (p *prefixes) find(a netip.Addr) (written string, ok bool) {
	of := p.v6
	if a.Is4() {
		of = p.v4
	}
	for _, l := range of {
		masked, err := a.Prefix(l.bits)
		if err != nil {
			continue // the zero Addr, which lies in no range
		}
		if written, ok := l.set[masked]; ok {
			return written, true
		}
	}
	return "", false
}
