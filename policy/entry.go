package policy

import (
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/winnowd/winnow/models"
)

// entry is one item of a list of rules.
type entry struct {
	RuleInfo
	// given is the entry's own name; empty if it goes by its rule's.
	given  string
	effect effect
	// until is when the entry ends; zero if it does not.
	until time.Time
	rule  rule
}

// replaces tells whether the entry of a site stands in the place of another.
func (e *entry) replaces(other *entry) bool {
	return e.Rule == other.Rule && e.given == other.given
}

// at tells whether the entry judges what was received at a time.
func (e *entry) at(received time.Time) bool {
	return e.Mode != Off && (e.until.IsZero() || received.Before(e.until))
}

// entries reads a list of rules. Nothing after the key is an empty list: that is
// what remains when every entry is commented out.
func (d *decoder) entries(n *yaml.Node) []entry {
	if n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return nil
	}
	var es []entry
	var nodes []*yaml.Node
	for _, item := range d.list(n, "rules") {
		e, ok := d.entry(item)
		if !ok {
			continue
		}
		if i := slices.IndexFunc(es, func(before entry) bool { return e.replaces(&before) }); i >= 0 {
			d.fault(item, "the rule %s stands here twice, the first time in line %d: give each its own name", e.Name, nodes[i].Line)
			continue
		}
		es, nodes = append(es, e), append(nodes, item)
	}
	return es
}

// entry reads one item; false, and a fault, if its rule or name is not
// known, so that it cannot be told from others.
func (d *decoder) entry(n *yaml.Node) (entry, bool) {
	o, ok := d.object(n, "a rule")
	if !ok {
		return entry{}, false
	}
	k, ok := d.kind(o.need("rule", "link-limit"))
	if ok {
		o.what = "rule " + k.name
	}
	e := entry{RuleInfo: RuleInfo{Name: k.name, Rule: k.name, Mode: On}, effect: k.effect}
	named := true
	if name := o.take("name"); name != nil {
		if e.given, named = d.name(name); named {
			e.Name = e.given
		}
	}
	if mode := o.take("mode"); mode != nil {
		e.Mode = d.mode(mode)
	}
	action := o.take("action")
	if action != nil {
		e.effect = d.effect(action, e.effect)
	}
	if o.flag("final", false) {
		if e.effect.final = e.effect.action == models.Hold; !e.effect.final && ok {
			d.fault(o.values["final"], "final is for rules that hold: this one's action is %s", e.effect.action)
		}
	}
	if until := o.take("until"); until != nil {
		e.until = d.date(until, "until")
	}
	if !ok {
		return e, false // which other keys it may have is not known
	}
	e.rule = k.decode(o)
	if r, ok := e.rule.(interface{ effect() effect }); ok && action == nil {
		final := e.effect.final
		e.effect = r.effect()
		e.effect.final = final
	}
	if e.Action = e.effect.action; k.name == trustedAuthorName && e.Action != models.Approve && e.Action != models.Milder {
		d.fault(action, "action of %s must be approve or milder, not %s", k.name, e.Action)
	}
	o.done()
	return e, named
}

// kind reads the name of a built-in rule.
func (d *decoder) kind(n *yaml.Node) (kind, bool) {
	if n == nil {
		return kind{}, false
	}
	name, ok := d.str(n, "rule")
	if !ok {
		return kind{}, false
	}
	k, ok := kindNamed(name)
	if !ok {
		d.fault(n, "unknown rule %s: %s", quote(name), didYouMean(name, ruleNames()))
	}
	return k, ok
}

var namePattern = regexp.MustCompile(`^[\pL\pN][\pL\pM\pN._-]{0,63}$`)

// name reads an entry's own name; false, and a fault, if it cannot be one. Names
// that reasons already use for something else are taken.
func (d *decoder) name(n *yaml.Node) (string, bool) {
	name, ok := d.str(n, "name")
	switch {
	case !ok:
	case !namePattern.MatchString(name):
		d.fault(n, "the name %s must be 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first", quote(name))
		ok = false
	case name == "classifier", name == "internal-error", slices.Contains(ruleNames(), name):
		d.fault(n, "the name %s is taken by a part of winnow: choose another", quote(name))
		ok = false
	}
	return name, ok
}

func (d *decoder) mode(n *yaml.Node) Mode {
	m, ok := d.oneOf(n, "mode", []string{string(On), string(Shadow), string(Off)})
	if !ok {
		return On
	}
	return Mode(m)
}
