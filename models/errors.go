package models

import (
	"errors"
	"time"
)

// The kinds of error that cross package borders. They are wrapped with what was
// being done; callers ask with errors.Is.
var (
	// ErrNotFound tells that the thing named is not there.
	ErrNotFound = errors.New("not found")
	// ErrConflict tells that the thing stands otherwise than the caller assumed.
	ErrConflict = errors.New("conflict")
	// ErrInvalid tells that the caller asked for something without sense.
	ErrInvalid = errors.New("invalid")
	// ErrUnavailable tells that nothing was stored and that the same request may
	// succeed later: starting, stopping, disk full.
	ErrUnavailable = errors.New("temporarily unavailable")
	// ErrOverShare tells that this site has more waiting than its share of the queue.
	ErrOverShare = errors.New("over the site's share")
)

// Refusal is an ErrUnavailable or ErrOverShare with what a client should be told.
type Refusal struct {
	// Kind is ErrUnavailable (nobody can be served) or ErrOverShare (this site cannot).
	Kind error
	// Reason is a stable word for metrics, such as "queue-age" or "disk-full".
	Reason string
	// Detail is a sentence for people.
	Detail string
	// RetryAfter is when trying again makes sense.
	RetryAfter time.Duration
}

// Error gives the kind and the detail.
func (r *Refusal) Error() string { return r.Kind.Error() + ": " + r.Detail }

// Unwrap gives the kind.
func (r *Refusal) Unwrap() error { return r.Kind }
