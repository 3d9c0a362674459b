package models

import "time"

// State is where a revision stands in the queue.
type State string

// The states of a revision. A queued revision becomes decided, or superseded
// when a newer revision of its comment is accepted first; only putting a dead one
// back makes a decided one queued again.
const (
	Queued     State = "queued"
	Decided    State = "decided"
	Superseded State = "superseded"
)

// Revision is one immutable body of a comment, numbered 1, 2, ... within it.
type Revision struct {
	// Seq is the revision's place in the order of everything that happened.
	Seq    int64
	SiteID int64
	// Site is the site's name.
	Site   string
	Number int
	// Protocol is the door it came in by, such as "native".
	Protocol   string
	ReceivedAt time.Time
	Comment    Comment
	Keys       Keys
	// Message identifies the signed message that it came with, as a hash, so that a
	// replay of that message is no new revision; nil for one that came with a key.
	Message []byte
	// Attempts counts the judgements of it that failed.
	Attempts int
	// PutBack tells that its judgement had failed for good and an operator put it back, or
	// that it was queued elsewhere and imported: its age does not count.
	PutBack bool
}

// Keys identify what must be recognised again without being readable: keyed
// hashes of 16 bytes, nil where there is nothing to recognise.
type Keys struct {
	// Person is a logged-in author's account, else the normalised e-mail address.
	Person []byte
	// Email is the normalised e-mail address.
	Email []byte
	// IP is the whole IPv4 address or the /64 of an IPv6 one.
	IP []byte
	// Text is a hash of the content's letters and digits; 0 if there are too few
	// to call two comments alike.
	Text uint64
}

// Receipt says what became of a submission.
type Receipt struct {
	Seq      int64
	Revision int
	// Decided tells that the answer already stands.
	Decided bool
	// Repeated tells that nothing new was stored: the same body again, or a late retry.
	Repeated bool
}

// CommentStatus is a comment as it now stands.
type CommentStatus struct {
	CommentID  string
	Revision   int
	State      State
	ReceivedAt time.Time
	// Current is the decision in force; nil before there is one.
	Current *Decision
	// History is every decision of the comment, oldest first.
	History []*Decision
}
