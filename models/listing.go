package models

import (
	"slices"
	"strings"
	"time"
)

// Order is how a list of comments is ordered.
type Order string

// The orders. By score the highest or the lowest is first.
const (
	Newest  Order = "newest"
	Oldest  Order = "oldest"
	Highest Order = "score"
	Lowest  Order = "score-low"
)

// Orders lists every order there is.
var Orders = [...]Order{Newest, Oldest, Highest, Lowest}

// CommentFilter chooses comments; empty fields admit all.
type CommentFilter struct {
	// Action is that of the current decision; it is required.
	Action Action `json:"action"`
	// Sites are the sites whose comments are chosen; nil is all, an empty list none.
	Sites []int64 `json:"sites"`
	// Rule is the name of a rule that found something.
	Rule string `json:"rule,omitempty"`
	// MinScore is the lowest score; MaxScore, unless 0, the score below which it must be.
	MinScore float64 `json:"min_score,omitempty"`
	MaxScore float64 `json:"max_score,omitempty"`
	// Author is the key of a person or an e-mail address, Address that of an address.
	Author  []byte `json:"author,omitempty"`
	Address []byte `json:"address,omitempty"`
	// Language is as the site gave it, Post a post's id or, without one, its URL.
	Language string `json:"language,omitempty"`
	Post     string `json:"post,omitempty"`
	// Since and Until bound when a held comment was received, and when another one was
	// decided.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// Query are words that must all be found in text, names, addresses or URLs.
	Query string `json:"query,omitempty"`
	Order Order  `json:"order,omitempty"`
}

// Terms gives the words of a query; several between quotation marks are one.
func Terms(query string) []string {
	var terms []string
	for i, part := range strings.Split(query, `"`) {
		if i%2 == 1 {
			terms = append(terms, part)
			continue
		}
		terms = append(terms, strings.Fields(part)...)
	}
	return slices.DeleteFunc(terms, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// Plain tells that a filter chooses by site and action alone.
func (f *CommentFilter) Plain() bool {
	return f.Rule == "" && f.MinScore == 0 && f.MaxScore == 0 && f.Author == nil && f.Address == nil && f.Language == "" &&
		f.Post == "" && f.Since.IsZero() && f.Until.IsZero() && f.Query == ""
}

// Place is where a list goes on: after a comment, in the list's order.
type Place struct {
	Score float64
	Seq   int64
}

// Listed is a comment in a list.
type Listed struct {
	Revision *Revision
	Decision *Decision
	History  History
	// Place is where the list goes on after it.
	Place Place
}

// History is how many comments of an author stand how, among the newest at one site;
// those of the last seconds may be missing.
type History struct {
	Approved int `json:"approved"`
	Held     int `json:"held"`
	Rejected int `json:"rejected"`
	// More tells that there are older ones, which were not counted.
	More bool `json:"more,omitempty"`
}

// AuthorRef names a person at a site, by the person's key.
type AuthorRef struct {
	SiteID int64
	Person string
}

// Author is who wrote the revision; Person is empty if there is no telling.
func (r *Revision) Author() AuthorRef {
	return AuthorRef{SiteID: r.SiteID, Person: string(r.Keys.Person)}
}

// The lanes of what is held.
const (
	LaneLook = "look" // needs a look: its score is not that of spam
	LaneSpam = "spam" // likely spam: classifier.spam_above and more
)

// CommentQuery asks for comments. Empty fields admit all.
type CommentQuery struct {
	// Action is hold (held comments, the default), approve or reject.
	Action Action
	// Site is a site's name.
	Site string
	// Lane is LaneLook or LaneSpam.
	Lane               string
	Rule               string
	MinScore, MaxScore float64
	// Author is an e-mail address, Address an IP address.
	Author, Address string
	Language, Post  string
	Since, Until    time.Time
	// Text are words that must all be found.
	Text  string
	Order Order
	// After is the Cursor of the page before.
	After string
	// Limit is how many comments the page has at most, 1 to 200; 0 means 50.
	Limit int
	// Lanes asks for what each lane has, of held comments.
	Lanes bool
}

// CommentList is a page of comments.
type CommentList struct {
	Comments []Listed
	// Cursor is where the next page begins, More that there may be one. With a filter a
	// page of other than held comments may be empty before the end.
	Cursor string
	More   bool
	// Reached is the time of the decision down to which was looked, if a page is short
	// because looking took too long; else zero.
	Reached time.Time
	// Total counts all that the query finds among held comments; -1 for others.
	Total int
	// Look and Spam count what the lanes have, if the query asks for that.
	Look, Spam int
}
