package models

import (
	"fmt"
	"sync"

	"github.com/go-json-experiment/json"
)

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

	wire func() ([]byte, error)
}

// Shared gives a copy whose copies are encoded once for all of them: a notice goes to
// everybody.
func (n Notice) Shared() Notice {
	plain := n
	n.wire = sync.OnceValues(func() ([]byte, error) { return json.Marshal(&plain, WireJSON()) })
	return n
}

// Wire gives the notice as clients get it, in JSON. Nobody may change the bytes.
func (n Notice) Wire() ([]byte, error) {
	encoding := n.wire
	if encoding == nil {
		encoding = func() ([]byte, error) { return json.Marshal(&n, WireJSON()) }
	}
	b, err := encoding()
	if err != nil {
		return nil, fmt.Errorf("encode notice: %w", err)
	}
	return b, nil
}
