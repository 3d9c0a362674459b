package configs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Layer is one of the places that settings come from.
type Layer string

// The layers, from the weakest to the strongest.
const (
	FromDefault Layer = "default"
	FromFile    Layer = "file"
	FromEnv     Layer = "env"
	FromFlag    Layer = "flag"
)

// rank orders the layers by precedence, the weakest first.
func (l Layer) rank() int {
	return slices.Index([]Layer{FromDefault, FromFile, FromEnv, FromFlag}, l)
}

// Origin is where a setting came from.
type Origin struct {
	Layer Layer `json:"layer"`
	// Name is the file's path as it was given, the variable, or the flag; empty for a
	// default.
	Name string `json:"name,omitempty"`
	// Line and Column (in characters) count from 1; they are 0 outside files.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
}

// String gives the origin as people read it: "default", "file winnow.yaml:3:11",
// "env WINNOW_LOG_LEVEL", "flag --listen".
func (o Origin) String() string {
	if o.Layer == FromDefault {
		return string(o.Layer)
	}
	return string(o.Layer) + " " + o.place()
}

// place is what an error starts with: FILE:LINE:COL, the variable, or the flag.
func (o Origin) place() string {
	if o.Line == 0 {
		return o.Name
	}
	return o.Name + ":" + strconv.Itoa(o.Line) + ":" + strconv.Itoa(o.Column)
}

// Fault is one thing that is wrong with a configuration.
type Fault struct {
	Origin
	// Key is the full key at fault, such as "server.listen"; empty if it is none.
	Key string `json:"key,omitempty"`
	// Message says what is wrong and what is allowed.
	Message string `json:"message"`
}

// Error gives the fault as "FILE:LINE:COL: key: message", where a variable or a
// flag stands in place of FILE:LINE:COL if it is at fault.
func (f Fault) Error() string {
	s := f.place() + ": "
	if f.Key != "" {
		s += f.Key + ": "
	}
	return s + f.Message
}

// Faults is everything that is wrong with a configuration, never empty as an
// error. Faults of the file come first, in its order.
type Faults []Fault

// Error gives one line for each fault.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// maxFaults is how many faults are shown; a file that is something else entirely
// would have thousands.
const maxFaults = 50

// sorted gives the faults in the order in which they are shown, and at most
// maxFaults of them and a last one that counts the others.
func (fs Faults) sorted() Faults {
	slices.SortStableFunc(fs, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Layer.rank(), b.Layer.rank()), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if over := len(fs) - maxFaults; over > 0 {
		last := fs[maxFaults]
		last.Key, last.Message = "", fmt.Sprintf("%d more faults from here on", over)
		fs = append(fs[:maxFaults:maxFaults], last)
	}
	return fs
}

// quote puts a value in quotation marks, shortened so that a message stays one
// readable line.
func quote(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.Quote(s[:most]) + "..."
	}
	return strconv.Quote(s)
}
