package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

// trusted is what an approval of an account says.
const trusted = "an author whom a moderator trusts"

// entryName is what the entry of an addition is called: it tells additions of one kind
// apart, and the same one again has the same name.
func entryName(a models.Addition) string {
	sum := sha256.Sum256([]byte(a.Value))
	return string(a.Kind) + "-" + hex.EncodeToString(sum[:4])
}

// entryOf gives an addition as an entry in one line. The error wraps models.ErrInvalid if
// no rule can be made of it.
func entryOf(a models.Addition) (string, error) {
	if strings.TrimSpace(a.Value) == "" {
		return "", fmt.Errorf("a rule must have something to look for: %w", models.ErrInvalid)
	}
	if !utf8.ValidString(a.Value) || strings.ContainsFunc(a.Value, func(r rune) bool { return r < ' ' || invisible(r) }) {
		return "", fmt.Errorf("%s has characters that nobody sees, of which no rule can be made: %w", quote(a.Value), models.ErrInvalid)
	}
	if a.Site != "" {
		if err := models.CheckSiteName(a.Site); err != nil {
			return "", errors.Join(err, models.ErrInvalid)
		}
	}
	head, value := ", name: "+entryName(a), strconv.Quote(a.Value)
	var entry string
	switch a.Kind {
	case models.BlockHost:
		entry = "{rule: " + blockedSourcesName + head + ", hosts: [" + value + "]}"
	case models.BlockDomain:
		entry = "{rule: " + blockedSourcesName + head + ", domains: [" + value + "]}"
	case models.BlockPhrase:
		entry = "{rule: " + blockedWordsName + head + ", terms: [" + value + "]}"
	case models.ApproveEmail:
		entry = "{rule: " + allowedSourcesName + head + ", emails: [" + value + "]}"
	case models.ApproveAccount:
		when := strconv.Quote("author.logged_in && author.id == " + value)
		entry = "{rule: " + customName + head + ", when: " + when + ", action: approve, reason: " + strconv.Quote(trusted) + "}"
	default:
		return "", fmt.Errorf("unknown kind of addition %s: %w", quote(string(a.Kind)), models.ErrInvalid)
	}
	_, err := Parse("", []byte("rules: ["+entry+"]"))
	var faults Errors
	if errors.As(err, &faults) {
		return "", fmt.Errorf("%s: %w", faults[0].Msg, models.ErrInvalid)
	}
	return entry, err
}
