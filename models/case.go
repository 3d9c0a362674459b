package models

import "time"

// Case is one revision with all that judging it may look at. Rules and the
// classifier are pure functions of a Case.
type Case struct {
	Site     *Site
	Revision *Revision
	Text     Text
	Facts    Facts
	// Verdict is what the classifier says; nil before it has spoken.
	Verdict *Verdict
}

// Text is a comment's content as a reader sees it.
type Text struct {
	// Plain is the content without markup, entities decoded, hidden characters gone.
	Plain string
	// Links are the content's links in order of appearance, disguised ones included.
	Links []Link
	// Hidden counts the invisible and direction-changing characters that were dropped.
	Hidden int
}

// LinkKind is how a link was written.
type LinkKind string

// The ways of writing a link.
const (
	LinkHTML      LinkKind = "html"      // <a href="...">
	LinkMarkdown  LinkKind = "markdown"  // [text](...)
	LinkBBCode    LinkKind = "bbcode"    // [url=...]text[/url]
	LinkBare      LinkKind = "bare"      // https://... or www.... in the text
	LinkDisguised LinkKind = "disguised" // example . com, hxxp://, example[dot]com
)

// Link is one link of a comment.
type Link struct {
	// URL is the target as written, repaired to an absolute URL where it was disguised.
	URL string `json:"url"`
	// Host is the target's host in lower-case ASCII (IDNA), without port and without a
	// leading "www."; empty if it has none.
	Host string   `json:"host"`
	Kind LinkKind `json:"kind"`
}

// Duplicates tells of earlier comments at the same site with the same text.
type Duplicates struct {
	// Matches are the newest of them, at most MaxMatches, newest first.
	Matches []Match `json:"matches,omitempty"`
}

// MaxMatches is the most matches that a fact lists.
const MaxMatches = 8

// Match is an earlier comment with the same text.
type Match struct {
	CommentID string `json:"comment_id"`
	// AgeMS is how long before this comment it was received, in milliseconds.
	AgeMS int64 `json:"age_ms"`
	// SameAuthor tells that a person or address key is the same.
	SameAuthor bool `json:"same_author,omitempty"`
	// SamePost tells that it stood under the same post.
	SamePost bool `json:"same_post,omitempty"`
}

// Age is how long before this comment the match was received.
func (m Match) Age() time.Duration { return time.Duration(m.AgeMS) * time.Millisecond }

// Verdict is what the classifier says of a case.
type Verdict struct {
	// Score is the probability of spam, 0 to 1; the base rate without evidence.
	Score float64
	// Cutoffs are those by which Finding acts.
	Cutoffs Cutoffs
	// Finding is the classifier's own finding: its action by the cut-offs, with
	// evidence, ready to stand among the rules' findings.
	Finding Finding
	// ModelVersion names the state of the model that spoke.
	ModelVersion string
}
