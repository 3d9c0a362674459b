package configs

import (
	"fmt"
	"slices"
	"strings"
)

// relation is what must hold between the values of two keys.
type relation struct {
	a, b string
	// toB follows the value of a in a message and comes before b; toA the other way
	// round.
	toB, toA string
	holds    func(*Config) bool
}

var relations = [...]relation{
	{
		"server.metrics_listen", "server.listen", "must differ from", "must differ from",
		func(c *Config) bool {
			return c.Server.Listen != c.Server.MetricsListen || strings.HasSuffix(c.Server.Listen, ":0")
		},
	},
	{
		"classifier.hold_above", "classifier.spam_above", "must not be above", "must not be below",
		func(c *Config) bool { return c.Classifier.HoldAbove <= c.Classifier.SpamAbove },
	},
	{
		"classifier.reject_above", "classifier.hold_above", "must be 0 (off) or not below", "must not be above",
		func(c *Config) bool {
			return c.Classifier.RejectAbove == 0 || c.Classifier.RejectAbove >= c.Classifier.HoldAbove
		},
	},
}

// conflicts checks what must hold between keys, except for keys that are at fault
// already. A conflict is reported where the stronger layer set one of the two.
func conflicts(c *Config, s *Sources, known Faults) Faults {
	bad := func(path string) bool {
		return slices.ContainsFunc(known, func(f Fault) bool { return f.Key == path })
	}
	var faults Faults
	for _, r := range relations {
		if r.holds(c) || bad(r.a) || bad(r.b) {
			continue
		}
		at, words, other := r.a, r.toB, r.b
		if s.Keys[r.b].Layer.rank() > s.Keys[r.a].Layer.rank() {
			at, words, other = r.b, r.toA, r.a
		}
		value := text(keyByPath(other).field(c))
		if s.Keys[other].Layer == FromDefault {
			value += ", the default"
		}
		message := fmt.Sprintf("%s %s %s (%s)", text(keyByPath(at).field(c)), words, other, value)
		faults = append(faults, Fault{Origin: s.Keys[at], Key: at, Message: message})
	}
	return faults
}
