package policy

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// text is one text of a policy and where it stands: at a node, or in a line of another
// file.
type text struct {
	node  *yaml.Node
	value string
	file  string
	line  int
}

// describe says what a node is, for messages.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!str":
		return quote(n.Value)
	case "!!int", "!!float":
		return "the number " + clip(n.Value, maxQuoted)
	case "!!timestamp":
		return "the time " + clip(n.Value, maxQuoted)
	}
	return clip(n.Value, maxQuoted)
}

// str reads a text. Numbers, dates and true or false are none: whoever means their
// letters says so with quotes.
func (d *decoder) str(n *yaml.Node, what string) (string, bool) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" {
		return n.Value, true
	}
	hint := ""
	if n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null" {
		hint = fmt.Sprintf("; if the letters are meant, write %s", quote(n.Value))
	}
	d.fault(n, "%s must be a text, not %s%s", what, describe(n), hint)
	return "", false
}

// oneOf reads one of a few words.
func (d *decoder) oneOf(n *yaml.Node, what string, known []string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
		d.fault(n, "%s must be %s, not %s", what, enumerate(known, "or"), describe(n))
		return "", false
	}
	for _, k := range known {
		if n.Value == k {
			return k, true
		}
	}
	d.fault(n, "unknown %s %s: %s", what, quote(n.Value), didYouMean(n.Value, known))
	return "", false
}

func (d *decoder) whole(n *yaml.Node, what string, fallback, most int) int {
	// Floats are looked at too, as a number with too many digits for 64 bits is one.
	var v float64
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" && n.ShortTag() != "!!float" || n.Decode(&v) != nil ||
		v != math.Trunc(v) || n.ShortTag() == "!!float" && strings.ContainsAny(n.Value, ".eE") || v < 0 || v > float64(most) {
		d.fault(n, "%s must be a whole number from 0 to %d, not %s", what, most, describe(n))
		return fallback
	}
	return int(v)
}

func (d *decoder) flag(n *yaml.Node, what string, fallback bool) bool {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		return strings.EqualFold(n.Value, "true")
	}
	d.fault(n, "%s must be true or false, not %s", what, describe(n))
	return fallback
}

// date reads a day, which begins at 00:00 UTC.
func (d *decoder) date(n *yaml.Node, what string) time.Time {
	if n.Kind == yaml.ScalarNode {
		if t, err := time.Parse(time.DateOnly, n.Value); err == nil {
			return t
		}
	}
	d.fault(n, "%s must be a date such as 2026-12-31, not %s", what, describe(n))
	return time.Time{}
}

// duration reads a length of time of at least a millisecond, what times are counted in, and
// at most most.
func (d *decoder) duration(n *yaml.Node, what string, fallback, most time.Duration) time.Duration {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		d.fault(n, "%s %v, not %s", what, errNoDuration, describe(n))
		return fallback
	}
	v, err := parseDuration(n.Value)
	switch {
	case errors.Is(err, errNoDuration):
		d.fault(n, "%s %v, not %s", what, err, describe(n))
	case err != nil || v < time.Millisecond || v > most:
		d.fault(n, "%s must be at least 1ms and at most %dd, not %s", what, most/day, describe(n))
	default:
		return v
	}
	return fallback
}

// list gives the items of a list.
func (d *decoder) list(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		d.fault(n, "%s must be a list, not %s", what, describe(n))
		return nil
	}
	return n.Content
}

// texts reads a list of at least one text.
func (d *decoder) texts(n *yaml.Node, what string) []text {
	items := d.list(n, what)
	if n.Kind == yaml.SequenceNode && len(items) == 0 {
		d.fault(n, "%s must not be an empty list: remove the key, or set mode: off", what)
	}
	ts := make([]text, 0, len(items))
	for _, item := range items {
		if s, ok := d.str(item, "an item of "+what); ok {
			ts = append(ts, text{node: item, value: s})
		}
	}
	return ts
}
