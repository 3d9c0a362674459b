// Package control gives a data directory one owner and lets commands ask it for
// changes.
//
// The owner holds an exclusive lock on DIR/winnow.lock. A daemon also serves
// DIR/winnow.sock, a Unix socket that only its own user can open. A command that
// changes something takes the lock and does it itself, or, when a daemon has the
// lock, sends the request to the daemon's socket; both ways run the same code
// behind Admin.
package control
