package models

import "time"

// Objection is what a moderator has against a comment that is no spam.
type Objection string

// The objections.
const (
	OffTopic Objection = "off-topic"
	Abuse    Objection = "abuse"
)

// Objections lists every objection there is.
var Objections = [...]Objection{OffTopic, Abuse}

// ModeratorVerdict is what a moderator says of a comment.
type ModeratorVerdict struct {
	Site      *Site
	CommentID string
	Action    Action
	// Label is what the classifier learns; empty for nothing, which takes back what it
	// learnt of this revision.
	Label Label
	// Objection is why a comment is rejected of which the classifier learns nothing; empty
	// for no reason given, and for every other verdict.
	Objection Objection
	// Note is for other moderators; it is not delivered.
	Note string
	// Revision and IfSequence are what the moderator saw: if either is not 0 and the
	// comment's newest revision or its current decision's sequence is another, the
	// verdict is refused.
	Revision, IfSequence int
}

// Ruling is a verdict about to be stored, with the revision that it is about and the
// decision that it makes. Its Label may be empty, see ModeratorVerdict.
type Ruling struct {
	Labelled
	// IfSequence is that of ModeratorVerdict.
	IfSequence int
}

// Ruled is what became of a ruling.
type Ruled struct {
	// Before is the decision whose place was taken; nil if nothing was done.
	Before *Decision
	// Learnt tells that a label was stored.
	Learnt bool
	// Err tells why nothing was done; nil if something was.
	Err error
}

// Job is an action on many comments and how far it has come.
type Job struct {
	// ID is the action's.
	ID    string `json:"id"`
	Seq   int64  `json:"-"`
	State string `json:"state"` // "running", "done" or "stopped"
	Actor Actor  `json:"actor"`
	// Total is how many comments there were at the start, Done how many were changed,
	// Skipped how many were not, because somebody else decided them meanwhile.
	Total   int       `json:"total"`
	Done    int       `json:"done"`
	Skipped int       `json:"skipped"`
	Begun   time.Time `json:"begun"`
}

// JobWork is a job that is at work.
type JobWork struct {
	Seq   int64
	Actor Actor
	// Request is what is to be done, as it was asked for.
	Request []byte
	// Position is how far it has come, Last where it ends.
	Position, Last int64
}

// JobStep is a step of a job: how far it has come with it, and what became of the
// comments in it.
type JobStep struct {
	Seq, Position int64
	Done, Skipped int
}

// Undone is what undoing an act has done.
type Undone struct {
	// Seq is that of the act that undid it, 0 if nothing was done; ID names it.
	Seq int64
	ID  string
	// Restored are the decisions in force again: those from before, if the verdict was not
	// in the feed yet, else new ones like them.
	Restored []*Decision
	// Skipped counts comments that somebody decided since, which stay as they are.
	Skipped int
	// Last is the last verdict looked at; More tells that there are more.
	Last int64
	More bool
}

// Stale is an ErrConflict: the comment stands otherwise than the caller assumed.
type Stale struct {
	Detail string
	// Current is the decision in force; nil if there is none yet.
	Current *Decision
}

// Error gives the detail.
func (e *Stale) Error() string { return e.Detail }

// Unwrap gives ErrConflict.
func (e *Stale) Unwrap() error { return ErrConflict }

// Bulk asks for many comments to be decided alike, as one act that can be undone as one:
// those chosen, or, without any, all held ones that a filter chooses and that are there
// now.
type Bulk struct {
	Filter    CommentFilter `json:"filter"`
	Chosen    []Chosen      `json:"chosen,omitempty"`
	Action    Action        `json:"action"`
	Label     Label         `json:"label,omitempty"`
	Objection Objection     `json:"objection,omitempty"`
	Note      string        `json:"note,omitempty"`
}

// Chosen is a comment chosen, with the sequence of the decision that was seen; 0 for any.
type Chosen struct {
	SiteID    int64  `json:"site_id"`
	CommentID string `json:"comment_id"`
	Sequence  int    `json:"sequence,omitempty"`
}

// Verdicted is the outcome of a verdict, or of taking one back.
type Verdicted struct {
	*Decision
	// ActionID names the verdict to those who may undo it.
	ActionID string `json:"action_id"`
}
