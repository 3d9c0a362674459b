package store

import (
	"os"

	"golang.org/x/sys/unix"
)

// shrinkStep is how much of a file is given back to the file system in one go, in bytes.
const shrinkStep = 16 << 20

// shrink gives back the space of a file that has lost its name, step by step: ext4 frees a
// file of a gigabyte in about a second, for which commits would have to wait. One that has
// another name, or that somebody else has open, stays as it is until it is closed.
func shrink(f *os.File) error {
	var stat unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &stat); err != nil {
		return err
	}
	if stat.Nlink > 0 || stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil
	}
	// The lease is had only by who is alone with the file.
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		return nil
	}
	for size := stat.Size; size > 0; {
		size = max(size-shrinkStep, 0)
		if err := f.Truncate(size); err != nil {
			return err
		}
	}
	return nil
}
