package history

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// Unpacked reads what gzip compressed as it was before, and anything else as it is.
func Unpacked(r io.Reader) (io.Reader, error) {
	head := bufio.NewReaderSize(r, HeadBytes)
	if magic, _ := head.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) { // fewer in an empty file
		return head, nil
	}
	unpacked, err := gzip.NewReader(head)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return unpacked, nil
}
