package models

import "time"

// Act is an entry of the audit log: something that a moderator, an admin, or the
// operator at the machine did.
type Act struct {
	Seq int64 `json:"-"`
	// ID names the act for those who want to undo it: its seq in the database's epoch.
	ID string `json:"id"`
	// Kind is what was done, such as "verdict", "bulk", "undo", "site.add", "sign-in".
	Kind  string `json:"kind"`
	Actor Actor  `json:"actor"`
	// Site and CommentID are what it was done to, where it was one.
	Site      string    `json:"site,omitempty"`
	SiteID    int64     `json:"-"`
	CommentID string    `json:"comment_id,omitempty"`
	At        time.Time `json:"at"`
	// Detail is what else there is to say, by kind.
	Detail map[string]any `json:"detail,omitempty"`
	// Undoable tells that undo can take it back, Undone that it was.
	Undoable bool `json:"undoable"`
	Undone   bool `json:"undone"`
}
