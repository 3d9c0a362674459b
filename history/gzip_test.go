package history

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestCompressedFilesAreUnpacked(t *testing.T) {
	const text = "content,label\nhello,ham\n"
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"plain": text, "packed": packed.String(), "twice": packed.String() + packed.String(), "empty": "", "one byte": "\x1f"} {
		r, err := Unpacked(iotest.OneByteReader(strings.NewReader(file)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := file
		switch name {
		case "packed":
			want = text
		case "twice":
			want = text + text
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := Unpacked(strings.NewReader("\x1f\x8bnot gzip")); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, gzip.ErrHeader) {
		t.Errorf("got %v", err)
	}
	r, err := Unpacked(bytes.NewReader(packed.Bytes()[:packed.Len()-6]))
	if err != nil {
		t.Fatal(err)
	}
	entries, faults := read(t, separated(), string(sofar(io.ReadAll(r))))
	if len(entries) != 1 || len(faults) != 0 {
		t.Errorf("cut off: %v, %v", entries, faults)
	}
}

// sofar gives what could be read before an error.
func sofar(b []byte, _ error) []byte { return b }
