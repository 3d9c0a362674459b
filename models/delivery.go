package models

import "time"

// DeliveryState is where a delivery stands that has not succeeded.
type DeliveryState string

// The states of a delivery. One that succeeded is not kept.
const (
	// DeliveryWaiting waits for its next attempt, or for an older one of its comment.
	DeliveryWaiting DeliveryState = "waiting"
	// DeliveryDead failed for good; only an operator puts it back.
	DeliveryDead DeliveryState = "dead"
)

// DeliveryStates lists every state there is.
var DeliveryStates = [...]DeliveryState{DeliveryWaiting, DeliveryDead}

// Outgoing is a decision with its place in its site's feed.
type Outgoing struct {
	Place    int64
	Decision *Decision
}

// Delivery is the delivery of one decision that has not succeeded.
type Delivery struct {
	// Seq is the decision's, Place where the decision stands in its site's feed.
	Seq, Place int64
	CommentID  string
	DecidedAt  time.Time
	State      DeliveryState
	// Attempts counts those that failed.
	Attempts int
	// DueAt is when a waiting one is to be tried again.
	DueAt time.Time
	// LastStatus is the HTTP status of the last attempt, 0 if there was no answer;
	// LastError says in words what was wrong.
	LastStatus    int
	LastError     string
	LastAttemptAt time.Time
}

// KeptAttempts is how many attempts of a delivery are kept, the newest ones.
const KeptAttempts = 20

// Attempt is one attempt of a delivery.
type Attempt struct {
	At time.Time `json:"at"`
	// Seconds is how long it took.
	Seconds float64 `json:"seconds"`
	// Status is the HTTP status, 0 if there was no answer; Error says in words what was
	// wrong and is empty if it succeeded.
	Status int    `json:"status"`
	Error  string `json:"error,omitempty"`
}

// Attempted is an attempt with the seq of the decision that was to be delivered.
type Attempted struct {
	Seq int64
	Attempt
}

// Lane is how far the deliveries of a site have come.
type Lane struct {
	SiteID int64
	// Cursor is a place in the site's feed: what stands up to there was delivered or is
	// kept as a Delivery.
	Cursor int64
	// StoppedAt is when the site's callback asked to be called no more, zero if it did
	// not, and StoppedReason what it said.
	StoppedAt     time.Time
	StoppedReason string
}

// LaneProgress is what has happened in a lane, to be stored together.
type LaneProgress struct {
	SiteID int64
	// Cursor is the lane's new cursor; it never moves back.
	Cursor int64
	// Failed are to be kept, Done are the seqs of decisions to be kept no longer.
	Failed []Delivery
	Done   []int64
	// Attempts are those to be remembered, in order: all that failed, and those that
	// succeeded after such ones, or because somebody asked for them.
	Attempts []Attempted
	// Stopped is why the lane stops, empty if it goes on.
	Stopped string
}

// PingAnswer is what a callback answered to a test message.
type PingAnswer struct {
	Callback string `json:"callback"`
	// Delivered tells that the status was 2xx.
	Delivered bool `json:"delivered"`
	// Status is the HTTP status, 0 if there was no answer.
	Status int `json:"status,omitempty"`
	// Body is the beginning of the answer's body, Error what went wrong.
	Body    string  `json:"body,omitempty"`
	Error   string  `json:"error,omitempty"`
	Seconds float64 `json:"seconds"`
}

// DeliveryRow is a delivery that has not succeeded, as an operator sees it.
type DeliveryRow struct {
	// ID is the decision's.
	ID        string        `json:"id"`
	Site      string        `json:"site"`
	CommentID string        `json:"comment_id"`
	Revision  int           `json:"revision"`
	Sequence  int           `json:"sequence"`
	Action    Action        `json:"action"`
	State     DeliveryState `json:"state"`
	Attempts  int           `json:"attempts"`
	DecidedAt time.Time     `json:"decided_at"`
	// DueAt is when a waiting one is tried again.
	DueAt time.Time `json:"due_at,omitzero"`
	// LastStatus is 0 if the last attempt brought no answer.
	LastStatus    int       `json:"last_status"`
	LastError     string    `json:"last_error"`
	LastAttemptAt time.Time `json:"last_attempt_at,omitzero"`
	// Cursor is its place, for the page after it.
	Cursor string `json:"-"`
}

// DeliveryFilter chooses a page of deliveries that have not succeeded.
type DeliveryFilter struct {
	// Sites are those whose deliveries are listed; none lists none.
	Sites []int64
	State DeliveryState
	// After is the Cursor of the last row of the page before, empty at first.
	After string
	Limit int
}
