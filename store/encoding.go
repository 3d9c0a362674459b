package store

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// lenient lets everything be stored and read back that was accepted: text that is not
// UTF-8 is repaired rather than refused.
var lenient = json.JoinOptions(
	jsontext.AllowInvalidUTF8(true),
	jsontext.AllowDuplicateNames(true),
	json.Deterministic(true),
	jsonv1.OmitEmptyWithLegacySemantics(true),
)

// encode gives the JSON in which values are stored.
func encode(v any) (string, error) {
	b, err := json.Marshal(v, lenient)
	return string(b), err
}

// decode reads what encode wrote.
func decode(b []byte, v any) error { return json.Unmarshal(b, v, lenient) }

// isJSON tells whether a value may be handed back as JSON.
func isJSON(b []byte) bool { return jsontext.Value(b).IsValid(lenient) }
