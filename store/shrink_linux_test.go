package store

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What takes the place of an older backup frees the older one step by step, unless somebody
// else still has it.
func TestAReplacedBackupStaysWholeForWhoHasItStill(t *testing.T) {
	dir := t.TempDir()
	leases := hasLeases(t, dir)
	path, content := filepath.Join(dir, "backup"), bytes.Repeat([]byte("old"), shrinkStep/2) // more than one step
	for _, c := range []struct {
		name  string
		have  func(t *testing.T) *os.File
		whole bool
	}{
		{"nobody", nil, false},
		{"one who reads it", func(t *testing.T) *os.File {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}, true},
		{"one by another name", func(t *testing.T) *os.File {
			other := filepath.Join(dir, "yesterday")
			if err := os.Link(path, other); err != nil {
				t.Fatal(err)
			}
			return nil
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := errors.Join(os.WriteFile(path, content, 0o600), os.WriteFile(path+".partial", []byte("new"), 0o600)); err != nil {
				t.Fatal(err)
			}
			var reader *os.File
			if c.have != nil {
				reader = c.have(t)
			}
			watched, err := os.OpenFile(path, unix.O_PATH, 0) // no file that is open, for a lease
			if err != nil {
				t.Fatal(err)
			}
			defer watched.Close()
			if err := replaceBackup(path+".partial", path); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != "new" {
				t.Errorf("in its place is %.20q, %v", got, err)
			}
			var stat unix.Stat_t
			if err := unix.Fstat(int(watched.Fd()), &stat); err != nil {
				t.Fatal(err)
			}
			if stat.Size != 0 && stat.Size != int64(len(content)) || (stat.Size != 0) != (c.whole || !leases) {
				t.Errorf("the old one has %d bytes", stat.Size)
			}
			if reader == nil {
				return
			}
			defer reader.Close()
			if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, content) {
				t.Errorf("who reads the old one gets %d bytes, %v", len(got), err)
			}
		})
	}
	if got, err := os.ReadFile(filepath.Join(dir, "yesterday")); err != nil || !bytes.Equal(got, content) {
		t.Errorf("by its other name it has %d bytes, %v", len(got), err)
	}
}

// hasLeases tells whether a file system can say that nobody else has a file: some of those
// of containers cannot.
func hasLeases(t *testing.T, dir string) bool {
	t.Helper()
	f, err := os.CreateTemp(dir, "lease")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK)
	return err == nil
}
