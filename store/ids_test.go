package store

import (
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestEpochsMeetWithoutAGap(t *testing.T) {
	s := &Store{epochs: []epoch{{1, 0xa}, {10, 0xb}, {20, 0xc}}}
	for seq, want := range map[int64]uint32{0: 0, 1: 0xa, 9: 0xa, 10: 0xb, 19: 0xb, 20: 0xc, 1 << 40: 0xc} {
		if got := s.epochOf(seq); got != want {
			t.Errorf("%d is of epoch %x, want %x", seq, got, want)
		}
	}
	if s.Epoch() != 0xc {
		t.Errorf("the present epoch is %x", s.Epoch())
	}
	for name, c := range map[string]struct {
		from, to models.Cursor
		other    bool
	}{
		"of the present":           {models.Cursor{Epoch: 0xc, Seq: 25}, models.Cursor{Epoch: 0xc, Seq: 25}, false},
		"that the backup had":      {models.Cursor{Epoch: 0xa, Seq: 5}, models.Cursor{Epoch: 0xc, Seq: 5}, true},
		"that was lost":            {models.Cursor{Epoch: 0xa, Seq: 15}, models.Cursor{Epoch: 0xc, Seq: 9}, true},
		"lost at the last restore": {models.Cursor{Epoch: 0xb, Seq: 1000}, models.Cursor{Epoch: 0xc, Seq: 19}, true},
		"of no known epoch":        {models.Cursor{Epoch: 0xd, Seq: 3}, models.Cursor{Epoch: 0xc}, true},
	} {
		if to, other := s.Translate(c.from); to != c.to || other != c.other {
			t.Errorf("a cursor %s goes on at %v, %v; want %v, %v", name, to, other, c.to, c.other)
		}
	}
}
