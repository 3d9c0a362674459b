package models

import (
	"slices"
	"time"
)

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
	// SiteRemoved tells that the site is no more, and its comments are shown to nobody.
	SiteRemoved bool `json:"site_removed,omitzero"`
	// CommentRemoved tells that the comment is no more; it is found out for lists alone.
	CommentRemoved bool `json:"comment_removed,omitzero"`
	// Undoable tells that undo can take it back, Undone that it was.
	Undoable bool `json:"undoable"`
	Undone   bool `json:"undone"`
}

// ActFilter chooses entries of the audit log; empty fields admit all.
type ActFilter struct {
	Kind string
	// Actor is an e-mail address.
	Actor     string
	SiteID    int64
	CommentID string
	// Since is when the oldest may be from, Until is later than the newest.
	Since, Until time.Time
	// Sites are those that a limited user may see; nil is all, and what concerns no site.
	Sites []int64
}

// Admits tells whether an entry is one of those chosen.
func (f *ActFilter) Admits(a *Act) bool {
	return (f.Kind == "" || f.Kind == a.Kind) && (f.Actor == "" || f.Actor == a.Actor.Name) &&
		(f.SiteID == 0 || f.SiteID == a.SiteID) && (f.CommentID == "" || f.CommentID == a.CommentID) &&
		(f.Sites == nil || slices.Contains(f.Sites, a.SiteID))
}
