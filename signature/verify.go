package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Tolerance is how far a message's timestamp may be from the receiver's clock, in
// either direction.
const Tolerance = 300 * time.Second

// MaxID is the length of the longest id that Verify takes, in bytes.
const MaxID = 256

var (
	// ErrMalformed tells that a header is missing, doubled or not of its form.
	ErrMalformed = errors.New("malformed webhook headers")
	// ErrSignature tells that no signature fits any of the secrets.
	ErrSignature = errors.New("wrong webhook signature")
	// ErrTimestamp tells that the timestamp is too far from the receiver's clock. The
	// error that Verify returns is a *TimestampError.
	ErrTimestamp = errors.New("webhook timestamp too far away")
)

// TimestampError is an ErrTimestamp with both times, so that a sender can see what is
// wrong with its clock.
type TimestampError struct {
	// Sent is the message's timestamp, Now the receiver's time, both in whole seconds.
	Sent, Now time.Time
}

// Error gives both times.
func (e *TimestampError) Error() string {
	return fmt.Sprintf("webhook-timestamp %d is more than %d s away from the receiver's time, %d (%s)",
		e.Sent.Unix(), int(Tolerance.Seconds()), e.Now.Unix(), e.Now.UTC().Format(time.RFC3339))
}

// Is makes errors.Is(err, ErrTimestamp) true.
func (e *TimestampError) Is(target error) bool { return target == ErrTimestamp }

// Verify checks that a message was signed with one of the secrets, within Tolerance
// of now, and returns its id. Signatures are compared in constant time, those of
// other versions than v1 are passed over. The error is ErrMalformed, ErrTimestamp or
// ErrSignature by errors.Is; without any secret it is ErrSignature.
func Verify(secrets []Secret, h http.Header, body []byte, now time.Time) (id string, err error) {
	id, err = single(h, HeaderID)
	if err != nil {
		return "", err
	}
	if len(id) > MaxID {
		return "", fmt.Errorf("%w: webhook-id has %d bytes, at most %d are taken", ErrMalformed, len(id), MaxID)
	}
	timestamp, err := single(h, HeaderTimestamp)
	if err != nil {
		return "", err
	}
	if err := checkTimestamp(timestamp, now); err != nil {
		return "", err
	}
	list, err := single(h, HeaderSignature)
	if err != nil {
		return "", err
	}
	given, err := parseList(list)
	if err != nil {
		return "", err
	}
	good := false
	for _, s := range secrets {
		if s.IsZero() {
			continue
		}
		want := digest(s, id, timestamp, body)
		for i := range given {
			good = hmac.Equal(want[:], given[i][:]) || good
		}
	}
	if !good {
		return "", ErrSignature
	}
	return id, nil
}

func single(h http.Header, name string) (string, error) {
	values := h.Values(name)
	switch {
	case len(values) == 0 || values[0] == "":
		return "", fmt.Errorf("%w: %s is missing", ErrMalformed, strings.ToLower(name))
	case len(values) > 1:
		return "", fmt.Errorf("%w: %s is given more than once", ErrMalformed, strings.ToLower(name))
	}
	return values[0], nil
}

// checkTimestamp takes digits alone: a sign or a space would be another message.
func checkTimestamp(s string, now time.Time) error {
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil || s[0] < '0' || s[0] > '9' || seconds > 1<<40 {
		return fmt.Errorf("%w: webhook-timestamp must be whole seconds since 1970", ErrMalformed)
	}
	away := now.Unix() - seconds
	if away > int64(Tolerance.Seconds()) || -away > int64(Tolerance.Seconds()) {
		return &TimestampError{Sent: time.Unix(seconds, 0), Now: time.Unix(now.Unix(), 0)}
	}
	return nil
}

// signatureLen is the length of a signature's base64.
const signatureLen = (sha256.Size + 2) / 3 * 4

// parseList reads the v1 signatures of a list.
func parseList(list string) (given [][sha256.Size]byte, err error) {
	for entry := range strings.SplitSeq(list, " ") {
		encoded, ok := strings.CutPrefix(entry, version)
		if !ok || len(encoded) != signatureLen { // the decoder would pass over line ends
			continue
		}
		sum, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err == nil && len(sum) == sha256.Size {
			given = append(given, [sha256.Size]byte(sum))
		}
	}
	if given == nil {
		return nil, fmt.Errorf(`%w: webhook-signature holds no signature of the form "v1,BASE64"`, ErrMalformed)
	}
	return given, nil
}
