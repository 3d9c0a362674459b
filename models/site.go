package models

import (
	"fmt"
	"regexp"
	"time"
)

// Site is one blog.
type Site struct {
	ID   int64  `json:"-"`
	Name string `json:"name"`
	// URL is the blog's own address; links to its host are not counted.
	URL string `json:"url,omitempty"`
	// Callback is where decisions are delivered; empty for a site that follows the feed.
	Callback string `json:"callback,omitempty"`
	// AllowPrivateCallback lets the callback lie on a private network.
	AllowPrivateCallback bool `json:"allow_private_callback,omitempty"`
	Enabled              bool `json:"enabled"`
	// ShareLabels lets the site's labels train the model that all sites share.
	ShareLabels bool      `json:"share_labels"`
	CreatedAt   time.Time `json:"created_at"`
	// Cutoffs are the site's own, where it has any.
	Cutoffs SiteCutoffs `json:"cutoffs,omitzero"`
	// RemovedAt is when the site was removed; zero while it is there.
	RemovedAt time.Time `json:"removed_at,omitzero"`
}

var siteName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// CheckSiteName returns an error that says what is wrong with a site's name.
func CheckSiteName(name string) error {
	if !siteName.MatchString(name) {
		return fmt.Errorf("site name %q: must be 1 to 40 characters of a-z, 0-9 and -, not starting with -", name)
	}
	return nil
}
