package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Entrust gives files of a directory to the directory's owner, if root works in what
// belongs to another user: else a daemon that runs as that user could not open them.
// Names are paths within the directory. What is not there, and what is not root's, stays
// as it is, and so does a file that has another name, which may be anywhere.
func Entrust(dir string, names ...string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	var owner unix.Stat_t
	if err := unix.Stat(dir, &owner); err != nil {
		return fmt.Errorf("find the owner of %s: %w", dir, err)
	}
	if owner.Uid == 0 {
		return nil
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		var f unix.Stat_t
		err := unix.Lstat(path, &f)
		if errors.Is(err, fs.ErrNotExist) || err == nil && (f.Uid != 0 || f.Mode&unix.S_IFMT == unix.S_IFREG && f.Nlink > 1) {
			continue
		}
		if err == nil {
			err = os.Lchown(path, int(owner.Uid), int(owner.Gid))
		}
		if err != nil {
			return fmt.Errorf("give %s to the owner of its directory: %w", path, err)
		}
	}
	return nil
}
