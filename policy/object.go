package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// object reads one mapping strictly: whoever reads it takes the keys that it
// knows, and done reports the rest.
type object struct {
	d    *decoder
	node *yaml.Node
	// what names the mapping in messages, such as "rule link-limit".
	what   string
	values map[string]*yaml.Node
	keys   []*yaml.Node
	known  []string
}

// object opens a mapping; false, and a fault, if n is none.
func (d *decoder) object(n *yaml.Node, what string) (*object, bool) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, "%s must be a mapping of keys to values, not %s", what, describe(n))
		return nil, false
	}
	o := &object{d: d, node: n, what: what, values: make(map[string]*yaml.Node, len(n.Content)/2)}
	first := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.fault(key, "a key must be a word, not %s", describe(key))
			continue
		}
		if before, ok := first[key.Value]; ok {
			d.fault(key, "%s stands here twice, the first time in line %d", quote(key.Value), before.Line)
			continue
		}
		first[key.Value] = key
		o.keys = append(o.keys, key)
		o.values[key.Value] = value
	}
	return o, true
}

// take gives the value of a key that the reader knows, nil if it is not there.
func (o *object) take(key string) *yaml.Node {
	o.known = append(o.known, key)
	return o.values[key]
}

// need gives the value of a key that must be there: nil, and a fault, if it is not.
// The fault stands at the key that is probably a slip for it, if there is one.
func (o *object) need(key, example string) *yaml.Node {
	n := o.take(key)
	if n != nil {
		return n
	}
	for _, k := range o.keys {
		if distance(k.Value, key) <= 2 && !slices.Contains(o.known, k.Value) {
			o.d.fault(k, "unknown key %s in %s: did you mean %q?", quote(k.Value), o.what, key)
			return nil
		}
	}
	o.d.fault(o.node, "%s needs the key %s, for example %s: %s", o.what, key, key, example)
	return nil
}

// done reports every key that was not taken.
func (o *object) done() {
	for _, key := range o.keys {
		if !slices.Contains(o.known, key.Value) {
			o.d.fault(key, "unknown key %s in %s: %s", quote(key.Value), o.what, didYouMean(key.Value, o.known))
		}
	}
}

// whole reads a whole number from 0 to most; fallback if the key is not there.
func (o *object) whole(key string, fallback, most int) int {
	n := o.take(key)
	if n == nil {
		return fallback
	}
	return o.d.whole(n, key, fallback, most)
}

// flag reads true or false; fallback if the key is not there.
func (o *object) flag(key string, fallback bool) bool {
	n := o.take(key)
	if n == nil {
		return fallback
	}
	return o.d.flag(n, key, fallback)
}

// words reads a list of texts that must not be empty; nil if the key is not there.
func (o *object) words(key string) []text {
	n := o.take(key)
	if n == nil {
		return nil
	}
	return o.d.texts(n, key)
}
