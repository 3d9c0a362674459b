package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// progress is a bar on standard error, if that is a terminal, drawn at most ten times a
// second.
type progress struct {
	w    io.Writer // nil for none
	what string
	next time.Time
}

func (a *app) progress(what string) *progress {
	p := &progress{what: what}
	if f, ok := a.stderr.(*os.File); ok && isTerminal(f) {
		p.w = f
	}
	return p
}

// set shows how much is done, from 0 to 1, and a word on it.
func (p *progress) set(done float64, detail string) {
	if p.w == nil || time.Now().Before(p.next) {
		return
	}
	p.next = time.Now().Add(100 * time.Millisecond)
	const width = 30
	full := min(width, max(0, int(done*width)))
	fmt.Fprintf(p.w, "\r%s [%s%s] %3.0f%% %s\x1b[K", p.what, strings.Repeat("#", full), strings.Repeat(".", width-full), 100*done, detail)
}

// end takes the bar away.
func (p *progress) end() {
	if p.w != nil {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
