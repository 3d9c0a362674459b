package facts

// ref points at an entry. It has of it what is asked for of many at a time.
type ref struct {
	seq, received int64
	at            int32
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
	i := since(r.n, func(k int) bool { return r.at(k).seq >= seq })
	return i, i < r.n && r.at(i).seq == seq
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
