package models

import "time"

// BacktestResult says what would have been decided otherwise under another policy.
type BacktestResult struct {
	// Replayed counts the decisions that were made again, Changed those that came out
	// otherwise.
	Replayed int `json:"replayed"`
	Changed  int `json:"changed"`
	// By has the changes by direction and rule, the most frequent first.
	By []BacktestChange `json:"by"`
	// Examples are some of them, the newest of each kind.
	Examples []BacktestExample `json:"examples"`
	// Unknown tells which rules could not tell in how many comments, because facts that
	// they need were not gathered then.
	Unknown []BacktestUnknown `json:"unknown,omitempty"`
}

// BacktestChange is a kind of change.
type BacktestChange struct {
	From Action `json:"from"`
	To   Action `json:"to"`
	// Rule is whose finding decides now or, where none does any more, decided then.
	Rule  string `json:"rule"`
	Count int    `json:"count"`
	// Agrees counts those that come nearer to what a moderator said of the comment,
	// Disagrees those that go away from it. Of the rest nobody said anything.
	Agrees    int `json:"moderator_agrees"`
	Disagrees int `json:"moderator_disagrees"`
}

// BacktestExample is a decision that would have been another.
type BacktestExample struct {
	Seq       int64  `json:"-"`
	Site      string `json:"site"`
	CommentID string `json:"comment_id"`
	Author    string `json:"author"`
	Excerpt   string `json:"excerpt"`
	From      Action `json:"from"`
	To        Action `json:"to"`
	Rule      string `json:"rule"`
	// Detail is the reason that decides now.
	Detail    string    `json:"detail"`
	Score     float64   `json:"score"`
	DecidedAt time.Time `json:"decided_at"`
	// Moderator is what a moderator said: "ham", "spam" or nothing.
	Moderator Label `json:"moderator,omitempty"`
}

// BacktestUnknown is a rule that could not tell.
type BacktestUnknown struct {
	Rule  string `json:"rule"`
	Count int    `json:"count"`
}
