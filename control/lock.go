package control

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// ErrHeld tells that another process owns the data directory.
var ErrHeld = errors.New("in use by another process")

// Lock is the ownership of a data directory.
type Lock struct{ file *os.File }

// LockFile is the name, in a data directory, of the file that its owner locks.
const LockFile = "winnow.lock"

// Used tells whether a data directory ever had an owner.
func Used(dir string) (bool, error) {
	_, err := os.Lstat(filepath.Join(dir, LockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the owner of the data directory: %w", err)
	}
	return true, nil
}

// Acquire takes the ownership of a data directory, without waiting. The error
// wraps ErrHeld and names the owner's process if there is another. The lock ends
// with the process, however it ends.
func Acquire(dir string) (*Lock, error) {
	path := filepath.Join(dir, LockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			owner, _ := os.ReadFile(path) // it is only for the message
			return nil, errors.Join(fmt.Errorf("data directory %s is %w (%s)", dir, ErrHeld, bytes.TrimSpace(owner)), f.Close())
		}
		return nil, errors.Join(fmt.Errorf("lock data directory: %w", err), f.Close())
	}
	if err := errors.Join(f.Truncate(0), write(f, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		return nil, errors.Join(fmt.Errorf("lock data directory: %w", err), f.Close())
	}
	return &Lock{f}, nil
}

func write(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

// Release gives the ownership up.
func (l *Lock) Release() error { return l.file.Close() }
