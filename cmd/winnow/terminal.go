package main

import (
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/text/width"
)

// terminal is a standard output that people may be looking at.
type terminal struct {
	// columns is its width; 0 if it is no terminal.
	columns int
	colour  bool
}

// terminalOf tells what w is. Colours are for terminals alone, and not if NO_COLOR is
// set (https://no-color.org) or the terminal is a dumb one.
func terminalOf(w io.Writer, env []string) terminal {
	f, ok := w.(*os.File)
	if !ok {
		return terminal{}
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return terminal{}
	}
	plain := slices.Contains(env, "TERM=dumb") || slices.ContainsFunc(env, func(v string) bool {
		value, set := strings.CutPrefix(v, "NO_COLOR=")
		return set && value != ""
	})
	t := terminal{columns: int(size.Col), colour: !plain}
	if t.columns == 0 {
		t.columns = 80
	}
	return t
}

// The colours, as the parameters of SGR (ECMA-48, 8.3.117).
const (
	green  = "32"
	yellow = "33"
	red    = "31"
	faint  = "2"
)

// paint colours a text.
func (t terminal) paint(colour, s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// fit makes a text of exactly so many columns, cut or filled with spaces.
func fit(s string, columns int) string {
	s = clip(s, columns)
	return s + strings.Repeat(" ", columns-columnsOf(s))
}

// clip cuts a text that is wider than so many columns, and shows that it did.
func clip(s string, columns int) string {
	if columnsOf(s) <= columns {
		return s
	}
	used := 0
	for i, r := range s {
		if used += runeColumns(r); used > columns-1 {
			return s[:i] + "…"
		}
	}
	return s
}

func columnsOf(s string) (n int) {
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

// runeColumns is 2 for the characters that East Asian scripts write wide (Unicode UAX
// #11).
func runeColumns(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
