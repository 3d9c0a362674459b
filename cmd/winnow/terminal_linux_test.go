package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal makes a pseudo terminal: what is written to device can be read from
// master.
func openTerminal(t *testing.T, columns uint16) (master, device *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns})
	}
	if err == nil {
		device, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		_ = master.Close()
		t.Fatal(err)
	}
	return master, device
}

func TestColoursAreForTerminalsThatWantThem(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for _, out := range []io.Writer{&bytes.Buffer{}, w} {
		if got := terminalOf(out, nil); got != (terminal{}) {
			t.Errorf("%T is a terminal: %+v", out, got)
		}
	}
	terminal, device := openTerminal(t, 100)
	defer terminal.Close()
	defer device.Close()
	for _, test := range []struct {
		env    []string
		colour bool
	}{
		{nil, true}, {[]string{"NO_COLOR="}, true}, {[]string{"NO_COLOR=1"}, false}, {[]string{"TERM=dumb"}, false}, {[]string{"TERM=xterm"}, true},
	} {
		if got := terminalOf(device, test.env); got.columns != 100 || got.colour != test.colour {
			t.Errorf("%v: got %+v", test.env, got)
		}
	}
}
