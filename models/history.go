package models

import (
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"
)

// HistoryEntry is one entry of a comment history, which is read from a file to be
// imported or written to one to be exported. Exactly one of its parts is set.
type HistoryEntry struct {
	// Line is where it begins in its file, from 1; 0 for what comes from no file.
	Line int `json:"line,omitzero"`
	// Labelled is a comment from elsewhere, with what its moderators said of it.
	Labelled *LabelledComment `json:"labelled,omitzero"`

	// Policy, Revision and Label are what a winnow stored.
	Policy   *StoredPolicy   `json:"policy,omitzero"`
	Revision *StoredRevision `json:"revision,omitzero"`
	Label    *StoredLabel    `json:"label,omitzero"`
}

// LabelledComment is a comment that was moderated elsewhere.
type LabelledComment struct {
	// Comment needs content. Its ID may be empty: then the comment is known by what it
	// says, so that the same one again is not counted twice.
	Comment Comment `json:"comment"`
	// Label is empty for a comment that nobody has decided on; it teaches nothing.
	Label Label `json:"label,omitempty"`
}

// StoredPolicy is the text of a policy that judged.
type StoredPolicy struct {
	Version string `json:"version"`
	Text    string `json:"text"`
}

// StoredRevision is a revision as it is stored, with all its decisions.
type StoredRevision struct {
	CommentID string `json:"comment_id"`
	Revision  int    `json:"revision"`
	State     State  `json:"state"`
	// Dead tells that its judgement failed for good; Attempts how often it failed.
	Dead      bool   `json:"dead,omitempty"`
	Attempts  int    `json:"attempts,omitempty"`
	LastError string `json:"last_error,omitempty"`
	// Removed is empty, or what happened to the comment.
	Removed    Removal   `json:"removed,omitempty"`
	Protocol   string    `json:"protocol"`
	ReceivedAt time.Time `json:"received_at"`
	// Message has the hashes, one after the other, of the signed messages that it came with
	// or that repeated it, if there are any.
	Message []byte `json:"message,omitempty"`
	// Comment is nil if it was removed.
	Comment *Comment `json:"comment,omitempty"`
	// Keys are never written to a file: they are made anew where it is read.
	Keys      Keys             `json:"keys,omitzero"`
	Decisions []StoredDecision `json:"decisions"`
}

// Removal is what happened to a comment that is there no more.
type Removal string

// The removals.
const (
	// Removed comments are gone; their decisions and what they taught are not.
	Removed Removal = "removed"
	// Erased comments taught nothing any more either, and their ids are not taken again.
	Erased Removal = "erased"
)

// StoredDecision is a decision as it is stored. Its ID belongs to the database that
// gave it.
type StoredDecision struct {
	ID            string    `json:"id"`
	Sequence      int       `json:"sequence"`
	Judged        bool      `json:"judged"`
	Action        Action    `json:"action"`
	Source        Source    `json:"source"`
	Actor         Actor     `json:"actor"`
	Score         float64   `json:"score"`
	Reasons       []Reason  `json:"reasons"`
	Shadow        []Reason  `json:"shadow,omitempty"`
	Facts         Facts     `json:"facts"`
	PolicyVersion string    `json:"policy_version,omitempty"`
	ModelVersion  string    `json:"model_version"`
	DecidedAt     time.Time `json:"decided_at"`
	Note          string    `json:"note,omitempty"`
}

// StoredLabel is a label as it is stored, and what took it back.
type StoredLabel struct {
	CommentID string `json:"comment_id"`
	// Revision is 0 for a label without one.
	Revision   int       `json:"revision,omitempty"`
	Label      Label     `json:"label"`
	Origin     Origin    `json:"origin"`
	Actor      Actor     `json:"actor"`
	Shared     bool      `json:"shared"`
	Tokenizer  string    `json:"tokenizer"`
	LabelledAt time.Time `json:"labelled_at"`
	// Lesson is nil once it was erased.
	Lesson *Lesson `json:"lesson,omitempty"`
	// Retracted is nil while the label stands.
	Retracted *Retraction `json:"retracted,omitempty"`
}

// Retraction is what took a label back.
type Retraction struct {
	// Reason is "relabel", "undo", "erase" or "reset".
	Reason string    `json:"reason"`
	Actor  Actor     `json:"actor"`
	At     time.Time `json:"at"`
}

// RowError is what is wrong with one row of a history. The rows after it can be read
// all the same.
type RowError struct {
	// Line is where the row begins, from 1.
	Line int    `json:"line"`
	Err  string `json:"detail"`
}

// Error gives the line and what is wrong.
func (e *RowError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Err) }

// Imported counts what became of imported entries.
type Imported struct {
	// Comments (each revision counts) and Labels are new; Ham and Spam are those labels.
	Comments int `json:"comments"`
	Labels   int `json:"labels"`
	Ham      int `json:"ham"`
	Spam     int `json:"spam"`
	// Known entries were there already.
	Known int `json:"known"`
	// Unlabelled comments teach nothing, and Erased ones may not come back.
	Unlabelled int `json:"unlabelled"`
	Erased     int `json:"erased"`
	// Bad are the rows that could not be stored.
	Bad []*RowError `json:"bad,omitempty"`
}

// Add counts more.
func (n *Imported) Add(more Imported) {
	n.Comments += more.Comments
	n.Labels += more.Labels
	n.Ham += more.Ham
	n.Spam += more.Spam
	n.Known += more.Known
	n.Unlabelled += more.Unlabelled
	n.Erased += more.Erased
	n.Bad = append(n.Bad, more.Bad...)
}

// CheckCommentID returns an error that says what is wrong with a comment's id.
func CheckCommentID(id string) error {
	switch {
	case id == "" || len(id) > MaxIDBytes:
		return fmt.Errorf("must be 1 to %d bytes long, is %d", MaxIDBytes, len(id))
	case !utf8.ValidString(id):
		return fmt.Errorf("must be UTF-8")
	}
	for _, r := range id {
		if unicode.IsControl(r) {
			return fmt.Errorf("must not contain control characters")
		}
	}
	return nil
}
