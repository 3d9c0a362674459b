package store

import (
	"encoding/binary"
	"sort"
	"time"

	"github.com/winnowd/winnow/models"
)

// crockford is Crockford's base 32, as ULIDs use it (https://github.com/ulid/spec).
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// decisionID makes a decision's id from what never changes of it: "wn_" and a ULID
// whose 80 random bits are the epoch (32) and the seq (48).
func decisionID(at time.Time, epoch uint32, seq int64) string {
	var b [16]byte
	ms := uint64(at.UnixMilli())
	binary.BigEndian.PutUint64(b[:8], ms<<16|uint64(epoch>>16))
	binary.BigEndian.PutUint64(b[8:], uint64(epoch&0xffff)<<48|uint64(seq)&(1<<48-1))
	id := make([]byte, 0, 29)
	id = append(id, "wn_"...)
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	for i := 25; i >= 0; i-- { // 26 digits of 5 bits, the first of 3
		shift := uint(i * 5)
		var v uint64
		switch {
		case shift >= 64:
			v = hi >> (shift - 64)
		case shift > 59:
			v = hi<<(64-shift) | lo>>shift
		default:
			v = lo >> shift
		}
		id = append(id, crockford[v&31])
	}
	return string(id)
}

// epochOf is the epoch that was in force when seq was given out.
func (s *Store) epochOf(seq int64) uint32 {
	s.epochMu.RLock()
	defer s.epochMu.RUnlock()
	i := sort.Search(len(s.epochs), func(i int) bool { return s.epochs[i].from > seq })
	if i == 0 {
		return 0
	}
	return s.epochs[i-1].id
}

// Epoch is the database's present epoch.
func (s *Store) Epoch() uint32 { return s.epochOf(1 << 62) }

// Position is the newest place in every feed: a decision that joins a feed later
// has a greater seq.
func (s *Store) Position() models.Cursor {
	return models.Cursor{Epoch: s.Epoch(), Seq: s.last.Load()}
}

// Translate finds where a reader with a cursor of another epoch goes on without
// skipping anything. ok is false if the cursor is of the present epoch.
func (s *Store) Translate(c models.Cursor) (now models.Cursor, ok bool) {
	s.epochMu.RLock()
	defer s.epochMu.RUnlock()
	present := s.epochs[len(s.epochs)-1].id
	if c.Epoch == present {
		return c, false
	}
	for i, e := range s.epochs[:len(s.epochs)-1] {
		if e.id == c.Epoch {
			return models.Cursor{Epoch: present, Seq: min(c.Seq, s.epochs[i+1].from-1)}, true
		}
	}
	return models.Cursor{Epoch: present}, true
}
