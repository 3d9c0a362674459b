package models

import "time"

// Facts are what rules may know beyond the comment: gathered before any rule runs,
// stored with the decision, never looked up again. A nil part was not gathered,
// which is not the same as nothing found.
type Facts struct {
	Duplicate *Duplicates    `json:"duplicate,omitempty"`
	Similar   *Similar       `json:"similar,omitempty"`
	Rate      *Rate          `json:"rate,omitempty"`
	Author    *AuthorHistory `json:"author,omitempty"`
	Post      *Activity      `json:"post,omitempty"`
	// Parent is how the comment that this one answers stands, Previous how this one's
	// revision before does.
	Parent   *Standing `json:"parent,omitempty"`
	Previous *Standing `json:"previous,omitempty"`
	// SiteURL is the site's address at the time; empty if it has none.
	SiteURL string `json:"site_url,omitempty"`
	// Cutoffs are the classifier's as they were, before any rule moved them.
	Cutoffs *Cutoffs `json:"cutoffs,omitempty"`
}

// CountWindows are the lengths of time over which comments are counted.
var CountWindows = [...]time.Duration{10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 24 * time.Hour}

// Counts are numbers of earlier comments, one for each of CountWindows.
type Counts [len(CountWindows)]int

// Rate tells how many comments at the same site came earlier from the same sender. A
// part is nil if there is no telling: without an address, or a useless one, and
// without a person.
type Rate struct {
	Address *Counts `json:"address,omitempty"`
	Person  *Counts `json:"person,omitempty"`
}

// Activity tells how many comments under the same post came earlier; nil if the post
// has no name.
type Activity struct {
	Comments *Counts `json:"comments,omitempty"`
}

// MaxHistory is the most comments of a person that AuthorHistory counts, the newest ones.
const MaxHistory = 64

// AuthorHistory tells how the earlier comments of the same person at the same site stand.
type AuthorHistory struct {
	// Person tells that the comment names somebody who can be recognised; if not, the
	// rest is 0.
	Person bool `json:"person,omitempty"`
	// Comments are those that are remembered, decided or not.
	Comments int `json:"comments,omitempty"`
	Approved int `json:"approved,omitempty"`
	// ByPeople are those of Approved that a person approved.
	ByPeople int `json:"by_people,omitempty"`
	Held     int `json:"held,omitempty"`
	Rejected int `json:"rejected,omitempty"`
	// SinceMS is how long ago the first of them was received, in milliseconds.
	SinceMS int64 `json:"since_ms,omitempty"`
}

// Standing is how a comment stands.
type Standing struct {
	// Action is that of the decision in force; empty if none is known.
	Action Action `json:"action,omitempty"`
	// ByPerson tells that a person decided.
	ByPerson bool `json:"by_person,omitempty"`
}

// Similar tells of earlier comments at the same site with nearly the same text.
type Similar struct {
	// Matches are the newest of them, at most MaxMatches, newest first. Those with the
	// very same text are among the duplicates instead.
	Matches []Alike `json:"matches,omitempty"`
}

// Alike is an earlier comment with nearly the same text.
type Alike struct {
	Match
	// Percent estimates how much of the text is the same: runs of three words that both
	// have, of all that either has.
	Percent int `json:"percent"`
}

// Remembered is a revision with how it stands.
type Remembered struct {
	*Revision
	Standing
}
