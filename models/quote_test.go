package models

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestQuotesAreThoseOfTheJSONPackage(t *testing.T) {
	same := func(s string) {
		t.Helper()
		want, _ := jsontext.AppendQuote(nil, s)
		if got := appendQuote(nil, s); string(got) != string(want) {
			t.Errorf("%q is %s, want %s", s, got, want)
		}
	}
	for r := range rune(0x180) {
		for _, s := range []string{string(r), "a" + string(r) + "b", string(rune(0x1f600) + r), "\xff" + string(r)} {
			same(s)
		}
		for before := range 17 {
			same(strings.Repeat("a", before) + string(r) + strings.Repeat("~", 16-before))
		}
	}
	for b := range 256 {
		for before := range 17 {
			same(strings.Repeat(" ", before) + string([]byte{byte(b)}) + strings.Repeat("\x7f", 16-before))
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"", "plain text of some length", "a \"quote\" and a \\", "tab\there", "ünï", "\xff\xfe", "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, _ := jsontext.AppendQuote(nil, s)
		if got := appendQuote(nil, s); string(got) != string(want) {
			t.Fatalf("%q is %s, want %s", s, got, want)
		}
	})
}
