package policy

import "github.com/winnowd/winnow/models"

// rule is what an entry of a policy does: one method, a pure function of the case.
type rule interface {
	// check looks at a case; false if there is nothing to say.
	check(c *models.Case) (reason, bool)
}

// reason is what a rule found.
type reason struct {
	code   string
	params map[string]any
	detail string
}

// kind is a built-in rule.
type kind struct {
	name string
	// action is what an entry does that names none.
	action models.Action
	// decode reads the rule's own keys.
	decode func(o *object) rule
}

// kinds lists the built-in rules, in the order of the manual.
func kinds() []kind {
	return []kind{
		{requiredFieldsName, models.Hold, decodeRequiredFields},
		{linkLimitName, models.Hold, decodeLinkLimit},
		{blockedWordsName, models.Hold, decodeBlockedWords},
		{blockedSourcesName, models.Hold, decodeBlockedSources},
		{allowedSourcesName, models.Approve, decodeAllowedSources},
		{duplicateName, models.Hold, decodeDuplicate},
		{honeypotName, models.Hold, decodeHoneypot},
	}
}

// kindNamed finds a built-in rule.
func kindNamed(name string) (kind, bool) {
	for _, k := range kinds() {
		if k.name == name {
			return k, true
		}
	}
	return kind{}, false
}

// ruleNames lists the names of the built-in rules.
func ruleNames() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}
