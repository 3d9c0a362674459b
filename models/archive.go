package models

import "time"

// CommentRef names a comment.
type CommentRef struct {
	SiteID    int64  `json:"site_id"`
	Site      string `json:"site"`
	CommentID string `json:"comment_id"`
}

// ExportPage is a piece of what is stored for a site.
type ExportPage struct {
	Entries []HistoryEntry `json:"entries"`
	// Next is where the next piece begins, for that request.
	Next int64 `json:"next"`
	// Last is where the export ends.
	Last int64 `json:"last"`
	// Done tells that there is no next one.
	Done bool `json:"done"`
}

// PersonQuery asks for the comments of a person. What is set must match.
type PersonQuery struct {
	// SiteID is 0 for all sites, removed ones too.
	SiteID int64 `json:"site_id"`
	// Email and IP are keys, see Keys; nil if not asked for.
	Email []byte `json:"email,omitempty"`
	IP    []byte `json:"ip,omitempty"`
	// Author is an author's id, or a name in whatever case.
	Author string `json:"author,omitempty"`
	// After is where to go on.
	After int64 `json:"after"`
}

// PersonPage is a piece of what a PersonQuery finds.
type PersonPage struct {
	Comments []FoundComment `json:"comments"`
	Next     int64          `json:"next"`
	Done     bool           `json:"done"`
}

// FoundComment is a comment that was found, once for each of its revisions that match.
type FoundComment struct {
	CommentRef
	Author     string    `json:"author,omitempty"`
	Email      string    `json:"email,omitempty"`
	ReceivedAt time.Time `json:"received_at,omitzero"`
}

// Backup is what a backup holds.
type Backup struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	// TakenAt is the moment that it shows.
	TakenAt time.Time `json:"taken_at"`
	Seconds float64   `json:"seconds"`
}
