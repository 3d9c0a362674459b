package policy

import "testing"

func TestNearestNameIsNamed(t *testing.T) {
	known := []string{"link-limit", "honeypot", "max"}
	for name, want := range map[string]string{
		"lnik-limit": `did you mean "link-limit"?`,
		"honeypto":   `did you mean "honeypot"?`,
		"mx":         `did you mean "max"?`,
		"something":  "known are link-limit, honeypot and max",
	} {
		if got := didYouMean(name, known); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}
