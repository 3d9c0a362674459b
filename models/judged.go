package models

import "time"

// Judged is an automatic decision with all that it was made of, as it was then, so
// that it can be made again.
type Judged struct {
	Seq      int64
	Revision *Revision
	Facts    Facts
	Action   Action
	// Rule is whose finding decided.
	Rule  string
	Score float64
	// Explained tells that the classifier showed evidence for its score.
	Explained bool
	DecidedAt time.Time
	// Said is what a moderator or the site's own admin said of the revision afterwards;
	// empty if nobody did.
	Said Label
}
