package publish

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/models"
)

// message is the body of every call. Timestamp is when what it tells happened.
type message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

func encodeDecision(d *models.Decision) ([]byte, error) {
	b, err := json.Marshal(&message{"comment.decided", d.DecidedAt, d}, models.WireJSON(), json.FormatNilSliceAsNull(false))
	if err != nil {
		return nil, fmt.Errorf("encode decision: %w", err)
	}
	return b, nil
}

func encodePing(site string, at time.Time) ([]byte, error) {
	b, err := json.Marshal(&message{"ping", at, map[string]string{"site": site}}, models.WireJSON())
	if err != nil {
		return nil, fmt.Errorf("encode test message: %w", err)
	}
	return b, nil
}

// pingID makes a fresh id, of winnow's own like those of decisions.
func pingID() string {
	var b [13]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return "wn_ping" + hex.EncodeToString(b[:])
}
