// Package client connects a blog that is written in Go to a winnow daemon: it submits
// comments, learns what was decided, and teaches winnow what the blog's own
// administration decides.
//
// A [Client] speaks to the daemon. [Client.Submit] hands over a comment, and when it
// returns without an error the comment is on winnow's disk. What winnow decides about
// it comes in whichever way suits the blog:
//
//   - at once: [Client.SubmitAndWait];
//   - by callback: a [Receiver] is the http.Handler for the site's callback URL, which
//     verifies each message's signature and passes the decision on;
//   - by asking: [Client.Follow] gives all decisions in order, and its cursor, which
//     the blog stores, makes sure that none is missed; [Client.Comment] tells of one.
//
// # Trying again
//
// Every call can be repeated without harm, and Client repeats it by itself: after a
// failed connection, an answer that broke off, and the statuses 408, 429 and 5xx, up to
// Options.Attempts times, with a growing pause between them or the one that Retry-After
// asks for. A comment without an id gets one before it is sent, so that two attempts are
// one comment. Every call ends when its context does.
//
// # Errors
//
// What winnow refuses is a [*Problem], found by errors.As, with a stable type
// (docs/problems.md lists them all) and the fields at fault. Any other error means that
// no proper answer came: whether the request was carried out is not known, and it may
// simply be made again. errors.Is finds models.ErrNotFound, models.ErrConflict,
// models.ErrInvalid, models.ErrOverShare and models.ErrUnavailable.
//
// A Client and a Receiver may be used by any number of goroutines.
package client
