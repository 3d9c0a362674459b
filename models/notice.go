package models

// Notice is something that moderators who have a page open want to know.
type Notice struct {
	// Kind is "decision" (a comment stands otherwise than before, or is new), "removed",
	// "looking", or "lost": notices were lost, look at everything again.
	Kind      string `json:"kind"`
	SiteID    int64  `json:"-"`
	Site      string `json:"site,omitempty"`
	CommentID string `json:"comment_id,omitempty"`
	// Decision is the one now in force, of kind "decision".
	Decision *Decision `json:"decision,omitempty"`
	// Lookers are the e-mail addresses of those who are looking at the comment now, of kind
	// "looking".
	Lookers []string `json:"lookers,omitempty"`
}
