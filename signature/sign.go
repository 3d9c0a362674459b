package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// The headers of a signed message, in the form in which net/http keeps them.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

const version = "v1,"

// Sign returns a message's signature, "v1," and base64, as one entry of the header
// webhook-signature. at counts in whole seconds. A zero secret gives an empty
// signature, which verifies nowhere.
func Sign(secret Secret, id string, at time.Time, body []byte) string {
	return string(appendSignature(nil, secret, id, strconv.FormatInt(at.Unix(), 10), body))
}

func appendSignature(b []byte, secret Secret, id, timestamp string, body []byte) []byte {
	if secret.IsZero() {
		return b
	}
	sum := digest(secret, id, timestamp, body)
	b = append(b, version...)
	return base64.StdEncoding.AppendEncode(b, sum[:])
}

// digest is the HMAC-SHA256 of id, timestamp and body joined by full stops.
func digest(secret Secret, id, timestamp string, body []byte) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, secret.key)
	head := make([]byte, 0, 128)
	head = append(head, id...)
	head = append(head, '.')
	head = append(head, timestamp...)
	head = append(head, '.')
	mac.Write(head) // a hash never fails
	mac.Write(body)
	mac.Sum(sum[:0])
	return sum
}

// SetHeader sets a message's three headers: id, timestamp, and one signature for each
// of the secrets.
func SetHeader(h http.Header, secrets []Secret, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	var list []byte
	for _, s := range secrets {
		if len(list) > 0 && !s.IsZero() {
			list = append(list, ' ')
		}
		list = appendSignature(list, s, id, timestamp, body)
	}
	h[HeaderID] = []string{id}
	h[HeaderTimestamp] = []string{timestamp}
	h[HeaderSignature] = []string{string(list)}
}
