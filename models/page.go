package models

import "time"

// CommentPage is everything that is known of a comment.
type CommentPage struct {
	Site      string
	SiteID    int64
	CommentID string
	// Revisions and Decisions are all that are kept, the oldest first, verdicts that wait
	// for the feed too.
	Revisions []*Revision
	Decisions []*Decision
	// Current is the decision in force; nil before the first.
	Current *Decision
	// Label is what the classifier has learnt it as, LabelOrigin where that came from;
	// empty for nothing.
	Label       Label
	LabelOrigin Origin
	LabelActor  Actor
	History     History
	// Deliveries tell what became of the decisions, by their seq.
	Deliveries map[int64]DeliveryStatus
}

// DeliveryStatus is what became of the delivery of a decision.
type DeliveryStatus struct {
	// State is "undo" (it waits for the end of its undo window), "none" (there is no
	// callback), "next" (not tried yet), "delivered", "waiting" (for another attempt, or for
	// an older one of its comment) or "dead".
	State         string    `json:"state"`
	Attempts      int       `json:"attempts,omitempty"`
	DueAt         time.Time `json:"due_at,omitzero"`
	LastStatus    int       `json:"last_status,omitempty"`
	LastError     string    `json:"last_error,omitempty"`
	LastAttemptAt time.Time `json:"last_attempt_at,omitzero"`
	// Log are the last attempts, the oldest first; none of a delivery that succeeded at once.
	Log []Attempt `json:"log,omitempty"`
}

// Overview is how moderation stands.
type Overview struct {
	// Held is how many comments are held, OldestHeld when the oldest of them was received;
	// zero if none is.
	Held       int       `json:"held"`
	OldestHeld time.Time `json:"oldest_held,omitzero"`
	// Days are the last days, the oldest first, UTC.
	Days []Day `json:"days"`
}

// Day is what was decided on one day.
type Day struct {
	Date string `json:"date"` // 2026-03-01
	// Decisions are winnow's own by action, Verdicts those of people.
	Decisions map[Action]int `json:"decisions"`
	Verdicts  map[Action]int `json:"verdicts"`
	// Overturned are winnow's decisions that a moderator changed, by "FROM:TO".
	Overturned map[string]int `json:"overturned"`
	// Rules counts the comments in which a rule, or the classifier, found something.
	Rules map[string]int `json:"rules"`
}
