package facts

// none is no slot.
const none = int32(-1)

// slab holds entries in slots that stay the same. It grows by chunks, so that what is
// there is never copied.
type slab struct {
	chunks []*chunk
	used   int // slots that ever had an entry
	unused []int32
	max    int
}

const chunkSize = 1024

// chunk has what the garbage collector looks at in front, and nothing of that in entries.
type chunk struct {
	comments [chunkSize]string
	entries  [chunkSize]entry
}

func (s *slab) entry(at int32) *entry {
	c, i := s.place(at)
	return &c.entries[i]
}

// ref gives a ref to the entry in a slot.
func (s *slab) ref(at int32) ref {
	e := s.entry(at)
	return ref{seq: e.seq, received: e.received, at: at}
}

// comment gives the id of the entry's comment.
func (s *slab) comment(at int32) string {
	c, i := s.place(at)
	return c.comments[i]
}

func (s *slab) place(at int32) (*chunk, uint32) {
	return s.chunks[uint32(at)/chunkSize], uint32(at) % chunkSize
}

// put copies an entry to a slot that is free.
func (s *slab) put(e *entry, comment string) int32 {
	at := int32(s.used)
	if n := len(s.unused); n > 0 {
		at = s.unused[n-1]
		s.unused = s.unused[:n-1]
	} else if s.used++; s.used > chunkSize*len(s.chunks) {
		s.chunks = append(s.chunks, new(chunk))
	}
	c, i := s.place(at)
	c.entries[i], c.comments[i] = *e, comment
	return at
}

// free gives a slot back.
func (s *slab) free(at int32) {
	c, i := s.place(at)
	c.entries[i], c.comments[i] = entry{}, ""
	s.unused = append(s.unused, at)
}
