package identity

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestLoadOrCreateMakesAKeyOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity.key")
	first, err := LoadOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 || info.Size() != keyFileBytes {
		t.Errorf("mode %v, %d bytes", info.Mode(), info.Size())
	}
	second, err := LoadOrCreate(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.EmailKey("ann@example.com"), second.EmailKey("ann@example.com")) {
		t.Error("the second time the key is another")
	}
	if names := list(t, filepath.Dir(path)); len(names) != 1 {
		t.Errorf("files left: %v", names)
	}
	other, err := LoadOrCreate(filepath.Join(t.TempDir(), "identity.key"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(first.EmailKey("ann@example.com"), other.EmailKey("ann@example.com")) {
		t.Error("two directories have the same key")
	}
}

func TestLoadOrCreateGivesAllTheSameKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity.key")
	keys := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			k, err := LoadOrCreate(path)
			if err != nil {
				t.Error(err)
				return
			}
			keys[i] = k.EmailKey("ann@example.com")
		})
	}
	wg.Wait()
	for _, key := range keys {
		if !bytes.Equal(key, keys[0]) {
			t.Fatalf("keys differ: %x", keys)
		}
	}
}

func TestLoadOrCreateRefusesAFileOfAnotherSize(t *testing.T) {
	for _, size := range []int{0, 31, 33} {
		path := filepath.Join(t.TempDir(), "identity.key")
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadOrCreate(path)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "backup") {
			t.Errorf("%d bytes: error %v, want one that names the file and what to do", size, err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() != int64(size) {
			t.Errorf("%d bytes: the file was changed", size)
		}
	}
}

func TestLoadOrCreateFailsWithoutADirectory(t *testing.T) {
	_, err := LoadOrCreate(filepath.Join(t.TempDir(), "missing", "identity.key"))
	if err == nil || !strings.Contains(err.Error(), "create identity key") {
		t.Errorf("error %v", err)
	}
}

func list(t *testing.T, dir string) []fs.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// TestWhoComesLaterTakesTheKeyThatIsThere: of two that find no key, each makes one.
func TestWhoComesLaterTakesTheKeyThatIsThere(t *testing.T) {
	dir := t.TempDir()
	path, late := filepath.Join(dir, "identity.key"), filepath.Join(dir, "late")
	for name, content := range map[string]string{path: "first", late: "second"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := place(late, path); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "first" {
		t.Errorf("the key is %q, %v", b, err)
	}
}
