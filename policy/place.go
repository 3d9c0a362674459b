package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// maxFile is the size of the largest file that is read, in bytes.
const maxFile = 32 << 20

// Place is where a policy is: a file, or a text that counts while the file is not
// there.
type Place struct {
	// File is the policy's file.
	File string
	// Default is the policy without the file, and DefaultName what messages call it;
	// if nil the file must be there.
	Default     []byte
	DefaultName string
}

// Load reads the policy and the files that it names. The error is an Errors if what
// was read is no policy.
func (p Place) Load() (*Set, error) {
	r := p.read()
	return r.set, r.err
}

// reading is what came of one reading of a place.
type reading struct {
	set *Set
	err error
	// name is what messages call the policy.
	name string
	// files are those that were read or looked for, as they were.
	files map[string]stamp
	// texts are what was read, for those who read twice; nil if nobody does.
	texts map[string][]byte
}

// read reads the place once.
func (p Place) read() reading {
	r := reading{name: p.File, files: map[string]stamp{}}
	src, err := r.file(p.File)
	if errors.Is(err, fs.ErrNotExist) && p.Default != nil {
		src, err, r.name = p.Default, nil, p.DefaultName
	}
	if err != nil {
		r.err = fmt.Errorf("read policy: %w", err)
		return r
	}
	r.set, r.err = parseAt(r.name, src, p.File, r.file)
	return r
}

// file reads one file and notes how it was.
func (r *reading) file(name string) ([]byte, error) {
	if text, ok := r.texts[name]; ok {
		return text, nil
	}
	r.files[name] = stamp{}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r.files[name] = stampOf(info)
	switch {
	case info.IsDir():
		return nil, fmt.Errorf("%s is a directory", name)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s has %d bytes, at most %d are read", name, info.Size(), maxFile)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && r.texts != nil {
		r.texts[name] = text
	}
	return text, err
}

// stamp tells one state of a file from another; the zero stamp is of none.
type stamp struct {
	there    bool
	size     int64
	modified time.Time
	info     os.FileInfo
}

func stampOf(info os.FileInfo) stamp {
	return stamp{there: true, size: info.Size(), modified: info.ModTime(), info: info}
}

// stampAt looks at a file, behind all symbolic links.
func stampAt(name string) stamp {
	info, err := os.Stat(name)
	if err != nil {
		return stamp{}
	}
	return stampOf(info)
}

func (s stamp) same(other stamp) bool {
	return s.there == other.there && s.size == other.size && s.modified.Equal(other.modified) &&
		(!s.there || os.SameFile(s.info, other.info))
}

// sameFiles tells whether files are as they were.
func sameFiles(a, b map[string]stamp) bool {
	for name, s := range a {
		if !s.same(b[name]) {
			return false
		}
	}
	return len(a) == len(b)
}
