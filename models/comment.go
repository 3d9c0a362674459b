package models

import (
	"encoding/json"
	"time"
)

// ContentType says which markup a comment's content is written in.
type ContentType string

// The content types that a site may submit.
const (
	PlainText ContentType = "text/plain"
	HTML      ContentType = "text/html"
	Markdown  ContentType = "text/markdown"
)

// ContentTypes lists every content type there is.
var ContentTypes = [...]ContentType{PlainText, HTML, Markdown}

// Comment is a comment as its site submitted it. Values that make no sense (an
// e-mail address without an @) are kept as they came: judging them is policy's
// work, not the door's.
type Comment struct {
	// ID is the site's own name for the comment, unique within the site: 1 to
	// MaxIDBytes of UTF-8 without control characters.
	ID string `json:"id,omitempty"`
	// Type is the site's word for what was submitted, "comment" if it said none.
	Type        string      `json:"type,omitempty"`
	Content     string      `json:"content,omitempty"`
	ContentType ContentType `json:"content_type,omitempty"`
	// SubmittedAt is when the site says the comment was written; zero if unsaid.
	SubmittedAt time.Time `json:"submitted_at,omitzero"`
	// EditedAt is when the site says this revision was made; zero if unsaid.
	EditedAt time.Time `json:"edited_at,omitzero"`
	ParentID string    `json:"parent_id,omitempty"`
	Language string    `json:"language,omitempty"`
	Referrer string    `json:"referrer,omitempty"`
	Post     Post      `json:"post,omitzero"`
	Author   Author    `json:"author,omitzero"`
	Form     Form      `json:"form,omitzero"`
	// Meta is any JSON value; it is handed back with the decision, unread.
	Meta json.RawMessage `json:"meta,omitempty"`
}

// Post is what was commented on.
type Post struct {
	ID          string    `json:"id,omitempty"`
	URL         string    `json:"url,omitempty"`
	Title       string    `json:"title,omitempty"`
	PublishedAt time.Time `json:"published_at,omitzero"`
}

// Author is who wrote the comment, as far as the site knows.
type Author struct {
	// ID is the site's own name for an account; it means something only with LoggedIn.
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Email     string `json:"email,omitempty"`
	URL       string `json:"url,omitempty"`
	IP        string `json:"ip,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
	Role      string `json:"role,omitempty"`
	LoggedIn  bool   `json:"logged_in,omitempty"`
}

// Form is what the site's comment form noticed.
type Form struct {
	// Honeypot is the content of a field that people do not see.
	Honeypot string `json:"honeypot,omitempty"`
	// ElapsedMS is how long the form was open, in milliseconds; nil if unsaid.
	ElapsedMS *int64 `json:"elapsed_ms,omitempty"`
}

// MaxIDBytes is the length of the longest comment id, in bytes.
const MaxIDBytes = 200
