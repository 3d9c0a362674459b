package identity

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyFileBytes is the length of a key file.
const keyFileBytes = 32

// LoadOrCreate gives a Keyer with the key in the file at path. If there is no such
// file it makes one, readable by its owner only, with a random key that is on disk
// before it is used; of several that try this at once all get the same key. A file
// of another size is refused and left alone: the directory must exist.
func LoadOrCreate(path string) (*Keyer, error) {
	key, err := load(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(path); err == nil {
			key, err = load(path)
		}
	}
	if err != nil {
		return nil, err
	}
	return New(key)
}

// load reads the key file.
func load(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read identity key: %w", err)
	}
	if len(key) != keyFileBytes {
		return nil, fmt.Errorf("identity key file %s has %d bytes instead of %d: put the file back from a backup; "+
			"or move it away to get a new key, after which authors and addresses of stored comments are not recognised any more",
			path, len(key), keyFileBytes)
	}
	return key, nil
}

// create makes the key file, unless somebody else makes it first.
func create(path string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("create identity key: %w", err)
		}
	}()
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, ".identity-*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // renamed by then, if all went well
	key := make([]byte, keyFileBytes)
	_, _ = rand.Read(key) // never fails
	_, err = temp.Write(key)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if err := place(temp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// place gives the file at temp the name path, but replaces nothing. A link does
// that at once; where a file system has none, a rename has to do.
func place(temp, path string) error {
	err := os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(temp, path)
}

// syncDir makes a new name in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
