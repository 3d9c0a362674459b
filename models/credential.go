package models

import (
	"crypto/sha256"
	"time"
)

// CredentialKind says what a credential of a site is for.
type CredentialKind string

// The kinds of credentials.
const (
	KeyCredential     CredentialKind = "key"     // Bearer key of the API, "wk_..."
	SecretCredential  CredentialKind = "secret"  // signs webhooks, "whsec_..."
	AkismetCredential CredentialKind = "akismet" // 12 characters of a-z and 0-9
)

// Credential is one of a site's credentials as stored.
type Credential struct {
	SiteID int64
	Kind   CredentialKind
	// Hash is HashKey of a key; Value is a secret or an Akismet key.
	Hash  []byte
	Value string
	// ExpiresAt is when it stops being good; zero if it does not.
	ExpiresAt time.Time
}

// HashKey is the form in which an API key is stored, its SHA-256. Keys are random
// and long, so that a plain hash is enough.
func HashKey(key string) []byte {
	var room [64]byte // on the stack, for each request has a key
	sum := sha256.Sum256(append(room[:0], key...))
	return sum[:]
}

// Credentials are a site's fresh credentials, in the clear, to be shown once.
type Credentials struct {
	Name       string `json:"name"`
	Key        string `json:"key,omitempty"`
	Secret     string `json:"secret,omitempty"`
	AkismetKey string `json:"akismet_key,omitempty"`
}

// SiteChange is a change of a site; nil fields stay as they are.
type SiteChange struct {
	URL                  *string `json:"url,omitempty"`
	Callback             *string `json:"callback,omitempty"`
	AllowPrivateCallback *bool   `json:"allow_private_callback,omitempty"`
	Enabled              *bool   `json:"enabled,omitempty"`
	// Cutoffs take the place of those that the site has.
	Cutoffs *SiteCutoffs `json:"cutoffs,omitempty"`
}

// Welcome is what a start on an empty directory makes, in the clear, to be shown once:
// the keys of the first site, and the way in for the first admin.
type Welcome struct {
	Credentials
	Email    string `json:"email"`
	Role     Role   `json:"role"`
	LoginURL string `json:"login_url"`
}
