package models

import (
	"encoding/json"
	"time"
)

// Action is what is to be done with a comment.
type Action string

// The actions of a decision.
const (
	Approve Action = "approve"
	Hold    Action = "hold"
	Reject  Action = "reject"
)

// The actions of findings that move the classifier's cut-offs for a comment and
// decide nothing by themselves. No decision has one of these.
const (
	Stricter Action = "stricter"
	Milder   Action = "milder"
)

// Actions lists every action that a decision can have.
var Actions = [...]Action{Approve, Hold, Reject}

// Source is where the finding that decided came from.
type Source string

// The sources of a decision.
const (
	FromPolicy     Source = "policy"
	FromClassifier Source = "classifier"
	FromModerator  Source = "moderator"
)

// Sources lists every source there is.
var Sources = [...]Source{FromPolicy, FromClassifier, FromModerator}

// Actor is who decided.
type Actor struct {
	// Kind is "system", "site" or "user".
	Kind string `json:"kind"`
	// Name is the user's e-mail address, for kind "user".
	Name string `json:"name,omitempty"`
}

// IsUser tells whether the actor is a user, who moderates.
func (a Actor) IsUser() bool { return a.Kind == "user" }

// System is winnow itself.
var System = Actor{Kind: "system"}

// SiteAdmin is the site's own administration, speaking by its key.
var SiteAdmin = Actor{Kind: "site"}

// Reason is one finding of a rule or of the classifier, for programs (Rule, Code,
// Params) and for people (Detail).
type Reason struct {
	Rule   string `json:"rule"`
	Action Action `json:"action"`
	// Code is stable, "RULE.CASE"; Params fill it.
	Code   string         `json:"code"`
	Params map[string]any `json:"params,omitempty"`
	// Detail is one English sentence, without a full stop.
	Detail   string     `json:"detail"`
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Evidence is a token that moved the score. Weight is in natural-log odds;
// positive speaks for spam.
type Evidence struct {
	Token  string  `json:"token"`
	Weight float64 `json:"weight"`
}

// Finding is what a rule found in one comment.
type Finding struct {
	Reason
	// Final makes a hold stand before the rules that approve.
	Final bool
	// Shift moves the classifier's cut-offs for this comment, in natural-log odds:
	// positive for Stricter, negative for Milder, 0 for every other action.
	Shift float64
	// Shadow tells that the rule is only being tried: the finding decides nothing,
	// moves nothing and is no reason.
	Shadow bool
}

// Decision is the outcome of judging a revision, or of a moderator's verdict.
type Decision struct {
	// Seq is its place in the order of everything that happened, RevisionSeq that of
	// the revision it is about.
	Seq         int64 `json:"-"`
	RevisionSeq int64 `json:"-"`
	SiteID      int64 `json:"-"`

	// ID is "wn_" and 26 characters; it contains the database's epoch.
	ID        string `json:"id"`
	CommentID string `json:"comment_id"`
	Site      string `json:"site"`
	Revision  int    `json:"revision"`
	// Sequence counts the comment's decisions from 1.
	Sequence int    `json:"sequence"`
	Action   Action `json:"action"`
	Source   Source `json:"source"`
	Actor    Actor  `json:"actor"`
	// Score is the probability of spam, 0 to 1.
	Score float64 `json:"score"`
	// Reasons lists every finding, the deciding one first.
	Reasons       []Reason        `json:"reasons"`
	PolicyVersion string          `json:"policy_version"`
	ModelVersion  string          `json:"model_version"`
	DecidedAt     time.Time       `json:"decided_at"`
	Meta          json.RawMessage `json:"meta,omitempty"`

	// Shadow lists what rules that are only being tried found: what they would have
	// done had they counted. Moderators see it; it is no part of the decision.
	Shadow []Reason `json:"-"`
	// FeedSeq is its place in its site's feed; 0 while it waits for the end of its undo
	// window.
	FeedSeq int64 `json:"-"`
	// Note is what a moderator wrote about it for other moderators.
	Note string `json:"-"`
	// Facts are what the rules read beyond the comment itself, kept for backtests.
	Facts Facts `json:"-"`
	// Judged tells that policy and classifier really looked: it is false for the hold
	// that a revision gets when its judgement failed for good.
	Judged bool `json:"-"`
	// ReceivedAt is when its revision was accepted.
	ReceivedAt time.Time `json:"-"`
}
