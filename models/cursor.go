package models

import (
	"fmt"
	"strconv"
	"strings"
)

// Cursor is a place in a site's decisions feed: everything up to Seq was seen. A
// database that was restored from a backup has another epoch, so that a cursor
// from before is recognised and never skips.
type Cursor struct {
	Epoch uint32
	Seq   int64
}

// String gives the cursor as clients carry it: opaque to them, URL-safe.
func (c Cursor) String() string {
	return strconv.FormatUint(uint64(c.Epoch), 36) + "." + strconv.FormatInt(c.Seq, 36)
}

// ParseCursor reads what String wrote. The error wraps ErrInvalid.
func ParseCursor(s string) (Cursor, error) {
	epoch, seq, ok := strings.Cut(s, ".")
	e, err1 := strconv.ParseUint(epoch, 36, 32)
	n, err2 := strconv.ParseInt(seq, 36, 64)
	c := Cursor{Epoch: uint32(e), Seq: n}
	if !ok || err1 != nil || err2 != nil || n < 0 || c.String() != s {
		return Cursor{}, fmt.Errorf("cursor %q: not one of winnow's: %w", s, ErrInvalid)
	}
	return c, nil
}
