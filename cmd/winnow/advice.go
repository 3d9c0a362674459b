package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/winnowd/winnow/control"
)

// advised adds to an error of the machine what its operator can do about it.
func advised(err error) error {
	advice := ""
	var listen *net.OpError
	switch onListen := errors.As(err, &listen) && listen.Op == "listen"; {
	case onListen && errors.Is(err, unix.EADDRINUSE):
		advice = "another program uses this address, perhaps another winnow: stop it, or choose another address by --listen or --metrics-listen"
	case onListen && errors.Is(err, unix.EADDRNOTAVAIL):
		advice = "this machine does not have that address: choose another one by --listen or --metrics-listen"
	case onListen && errors.Is(err, fs.ErrPermission):
		advice = "this user may not use that port: choose one from 1024 on by --listen or --metrics-listen"
	case errors.Is(err, control.ErrHeld):
		advice = "stop that one, or choose another directory by --data-dir"
	case errors.Is(err, fs.ErrPermission):
		advice = ownerAdvice(err)
	case errors.Is(err, unix.ENOSPC):
		advice = "make room on that disk, or choose a directory on another one by --data-dir"
	case errors.Is(err, unix.EROFS):
		advice = "choose a directory that can be written to by --data-dir, or mount the file system so"
	case errors.Is(err, unix.ENOTDIR):
		advice = "the data directory must be a directory: choose another one by --data-dir"
	}
	if advice == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, advice)
}

// ownerAdvice names the user who may do what this one may not; empty if that is
// nobody else.
func ownerAdvice(err error) string {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return ""
	}
	for at := path.Path; ; at = filepath.Dir(at) {
		var stat unix.Stat_t
		if err := unix.Stat(at, &stat); err != nil {
			if at == filepath.Dir(at) {
				return ""
			}
			continue
		}
		if int(stat.Uid) == os.Geteuid() {
			return fmt.Sprintf("look at the permissions of %s", at)
		}
		var parent unix.Stat_t
		if err := unix.Stat(filepath.Dir(at), &parent); err == nil && int(parent.Uid) == os.Geteuid() {
			return fmt.Sprintf("%s belongs to another user, its directory to this one: give it to this one, too (sudo chown %s %s)", at, userName(parent.Uid, ""), at)
		}
		return fmt.Sprintf("%s belongs to another user: run winnow as that one (sudo -u %s winnow ...)", at, userName(stat.Uid, "#"))
	}
}

// userName names a user; one without a name by its number, behind a mark.
func userName(uid uint32, mark string) string {
	number := strconv.Itoa(int(uid))
	if u, err := user.LookupId(number); err == nil {
		return u.Username
	}
	return mark + number
}
