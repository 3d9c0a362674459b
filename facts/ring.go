package facts

import "sort"

// ref points at an entry.
type ref struct {
	seq int64
	at  int32
}

// ring holds refs in order of seq, in a circle, so that both ends
// are cheap to change and the middle costs the way to the nearer end.
type ring struct {
	refs []ref // the length is a power of two
	head int
	n    int
}

// at gives the i-th ref.
func (r *ring) at(i int) *ref { return &r.refs[(r.head+i)&(len(r.refs)-1)] }

// search tells where seq is, or where it belongs.
func (r *ring) search(seq int64) (int, bool) {
	if r.n == 0 || r.at(r.n-1).seq < seq {
		return r.n, false
	}
	i := sort.Search(r.n, func(i int) bool { return r.at(i).seq >= seq })
	return i, r.at(i).seq == seq
}

// insert puts a ref before the i-th.
func (r *ring) insert(i int, v ref) {
	if r.n == len(r.refs) {
		r.grow()
	}
	if i < r.n/2 {
		r.head = (r.head - 1) & (len(r.refs) - 1)
		for k := range i {
			*r.at(k) = *r.at(k + 1)
		}
	} else {
		for k := r.n; k > i; k-- {
			*r.at(k) = *r.at(k - 1)
		}
	}
	r.n++
	*r.at(i) = v
}

// removeFirst takes the first ref away.
func (r *ring) removeFirst() ref {
	v := *r.at(0)
	r.head = (r.head + 1) & (len(r.refs) - 1)
	r.n--
	return v
}

// remove takes away the ref of seq.
func (r *ring) remove(seq int64) {
	i, found := r.search(seq)
	if !found {
		return
	}
	if i < r.n/2 {
		for k := i; k > 0; k-- {
			*r.at(k) = *r.at(k - 1)
		}
		r.removeFirst()
		return
	}
	for k := i; k < r.n-1; k++ {
		*r.at(k) = *r.at(k + 1)
	}
	r.n--
}

func (r *ring) grow() {
	const least = 4
	refs := make([]ref, max(least, 2*len(r.refs)))
	for i := range r.n {
		refs[i] = *r.at(i)
	}
	r.refs, r.head = refs, 0
}
