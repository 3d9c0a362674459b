package models

import (
	"errors"
	"testing"
)

func FuzzParseCursor(f *testing.F) {
	for _, seed := range []string{"7.0", "0.0", "1z141z3.1y2p0ij32e8e7", "-1.0", "7.-1", "7", "7.0.0", "07.0", "+7.0", "7.0 ", "A.b", "1z141z4.0", "7.1y2p0ij32e8e8", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursor(text)
		switch {
		case err != nil && !errors.Is(err, ErrInvalid):
			t.Fatalf("%q: another error: %v", text, err)
		case err == nil && (c.String() != text || c.Seq < 0):
			t.Fatalf("%q is %+v, which is written %q", text, c, c)
		}
	})
}

func TestCursorsAreReadAsTheyAreWritten(t *testing.T) {
	for _, c := range []Cursor{{}, {Epoch: 7, Seq: 9}, {Epoch: 1<<32 - 1, Seq: 1<<63 - 1}} {
		if got, err := ParseCursor(c.String()); err != nil || got != c {
			t.Errorf("%q is read as %+v, %v", c, got, err)
		}
	}
}
