package models

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// timeLayout is RFC 3339 in UTC with exactly three digits of milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

var wireJSON = json.JoinOptions(
	json.Deterministic(true),
	jsontext.AllowInvalidUTF8(true),
	// omitempty must not drop a meta of {} or "", which is handed back as it came.
	jsonv1.OmitEmptyWithLegacySemantics(true),
	json.WithMarshalers(json.MarshalToFunc(writeTime)),
)

// WireJSON gives the options by which winnow's JSON is written for others to read:
// times in UTC with three digits of milliseconds, maps in order of their keys,
// text that is not UTF-8 repaired, and values handed back as they came.
func WireJSON() json.Options { return wireJSON }

func writeTime(enc *jsontext.Encoder, t time.Time) error {
	b := append(enc.AvailableBuffer(), '"')
	b = t.UTC().AppendFormat(b, timeLayout)
	return enc.WriteValue(append(b, '"'))
}
