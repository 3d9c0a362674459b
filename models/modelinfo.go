package models

// ModelInfo is what a model knows.
type ModelInfo struct {
	// Version names the state of the model.
	Version string `json:"version"`
	// Ham and Spam are the labelled comments that it has learnt, Features what it counts
	// of them.
	Ham      int `json:"ham"`
	Spam     int `json:"spam"`
	Features int `json:"features"`
	// Sites are the labels of each site.
	Sites []SiteLabels `json:"sites"`
	// StrongestSpam and StrongestHam are the features that weigh most either way.
	StrongestSpam []Evidence `json:"strongest_spam"`
	StrongestHam  []Evidence `json:"strongest_ham"`
}

// SiteLabels is what a site's labels are worth.
type SiteLabels struct {
	Site string `json:"site"`
	// Ham and Spam count the labels that stand.
	Ham  int `json:"ham"`
	Spam int `json:"spam"`
	// Shared tells that new labels also train the model that all sites share.
	Shared bool   `json:"shared"`
	Warmth Warmth `json:"warmth"`
}

// Warmth is how far a site's own evidence has come to lead.
type Warmth struct {
	// Labels is how many labels count towards Needed, which is about how many it takes.
	Labels int `json:"labels"`
	Needed int `json:"needed"`
}

// Warm tells that the site's own evidence leads.
func (w Warmth) Warm() bool { return w.Labels >= w.Needed }
