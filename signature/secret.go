package signature

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// The least and the most bytes of a secret's key.
const (
	MinKey = 24
	MaxKey = 64
)

const prefix = "whsec_"

// Secret is a key that two parties share. It does not print.
type Secret struct{ key []byte }

// ParseSecret reads a secret in its usual form, "whsec_" and the standard base64 of 24
// to 64 bytes. The error does not repeat the secret.
func ParseSecret(s string) (Secret, error) {
	encoded, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return Secret{}, errors.New(`webhook secret: must begin with "whsec_"`)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || strings.ContainsAny(encoded, "\r\n") {
		return Secret{}, errors.New(`webhook secret: what follows "whsec_" must be base64`)
	}
	if len(key) < MinKey || len(key) > MaxKey {
		return Secret{}, fmt.Errorf("webhook secret: has %d bytes, must have %d to %d", len(key), MinKey, MaxKey)
	}
	return Secret{key}, nil
}

// String hides the secret.
func (Secret) String() string { return prefix + "..." }

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// IsZero tells a Secret that ParseSecret did not make. It signs nothing.
func (s Secret) IsZero() bool { return len(s.key) == 0 }
