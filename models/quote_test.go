package models

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestQuotesAreThoseOfTheJSONPackage(t *testing.T) {
	for r := range rune(0x180) {
		for _, s := range []string{string(r), "a" + string(r) + "b", string(rune(0x1f600) + r), "\xff" + string(r)} {
			want, _ := jsontext.AppendQuote(nil, s)
			if got := appendQuote(nil, s); string(got) != string(want) {
				t.Errorf("%q is %s, want %s", s, got, want)
			}
		}
	}
}
