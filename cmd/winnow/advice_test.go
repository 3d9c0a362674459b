package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/winnowd/winnow/control"
)

func TestErrorsOfTheMachineComeWithAdvice(t *testing.T) {
	dir := t.TempDir()
	listen := func(err error) error {
		return &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", err)}
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{listen(unix.EADDRINUSE), "another program uses this address"},
		{listen(unix.EADDRNOTAVAIL), "this machine does not have that address"},
		{listen(unix.EACCES), "choose one from 1024 on"},
		{control.ErrHeld, "stop that one"},
		{&fs.PathError{Op: "open", Path: filepath.Join(dir, "no", "such"), Err: unix.EROFS}, "can be written to"},
		{&fs.PathError{Op: "write", Path: filepath.Join(dir, "x"), Err: unix.ENOSPC}, "make room on that disk"},
		{&fs.PathError{Op: "mkdir", Path: dir, Err: unix.ENOTDIR}, "must be a directory"},
		{&fs.PathError{Op: "open", Path: filepath.Join(dir, "no", "such"), Err: unix.EACCES}, "look at the permissions of " + dir},
		{unix.EACCES, ""},
		{errors.New("of another kind"), ""},
	} {
		err := fmt.Errorf("start: %w", c.err)
		got := advised(err)
		if !errors.Is(got, c.err) || !strings.HasPrefix(got.Error(), err.Error()) || !strings.Contains(got.Error(), c.want) {
			t.Errorf("got %q, want the error and %q", got, c.want)
		}
		if c.want == "" && got.Error() != err.Error() {
			t.Errorf("got %q, want no advice", got)
		}
	}
}

func TestTheOwnerOfADirectoryIsNamed(t *testing.T) {
	path, owner := "/no such file", "sudo -u root winnow"
	if os.Geteuid() == 0 {
		dir := t.TempDir()
		if err := os.Chown(dir, 54321, -1); err != nil {
			t.Skip(err)
		}
		path, owner = filepath.Join(dir, "in", "x"), "sudo -u #54321 winnow"
		if err := os.Mkdir(filepath.Join(dir, "in"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(dir, "in"), 54321, -1); err != nil {
			t.Fatal(err)
		}
		err := advised(&fs.PathError{Op: "open", Path: filepath.Join(dir, "x"), Err: unix.EACCES})
		if !strings.Contains(err.Error(), "sudo chown root "+dir) {
			t.Errorf("in a directory of this user's: %q", err)
		}
	}
	err := advised(&fs.PathError{Op: "open", Path: path, Err: unix.EACCES})
	if !strings.Contains(err.Error(), owner) || !strings.Contains(err.Error(), "belongs to another user") {
		t.Errorf("got %q, want %q", err, owner)
	}
}
