package history

import (
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"github.com/winnowd/winnow/models"
)

// HeadBytes is how much of a file's beginning Detect needs, in bytes.
const HeadBytes = 4096

// Format is one way in which histories are written.
type Format struct {
	// Name is how a user calls it, Title what it is, in a few words.
	Name, Title string
	// Match tells from a file's name and its first HeadBytes whether the file is of this
	// format.
	Match func(file string, head []byte) bool
	// Read yields the entries of a file.
	Read func(r io.Reader) iter.Seq2[models.HistoryEntry, error]
}

// Formats lists every format, the one that is easiest to tell first.
func Formats() []Format {
	return []Format{exported(), labelledLines(), wordpress(), disqus(), separated()}
}

// Named finds a format by its name.
func Named(name string) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("format %q is unknown: there are %s", name, strings.Join(names, ", "))
}

// Detect finds the format of a file by its name and its first bytes.
func Detect(file string, head []byte) (Format, error) {
	var names []string
	for _, f := range Formats() {
		if f.Match(file, head) {
			return f, nil
		}
		names = append(names, f.Name+" ("+f.Title+")")
	}
	return Format{}, fmt.Errorf("%s is of no format that is known: there are %s", filepath.Base(file), strings.Join(names, ", "))
}
