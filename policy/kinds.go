package policy

// rule is what an entry of a policy does: one method, a pure function of the case.
type rule interface {
	// check looks at a case, which it may not change; false if there is nothing to say.
	check(l *look) (reason, bool)
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
	// effect is what an entry does that names no action.
	effect effect
	// decode reads the rule's own keys.
	decode func(o *object) rule
}

// kinds lists the built-in rules, in the order of the manual.
func kinds() []kind {
	return []kind{
		{requiredFieldsName, hold(), decodeRequiredFields},
		{linkLimitName, hold(), decodeLinkLimit},
		{blockedWordsName, hold(), decodeBlockedWords},
		{blockedSourcesName, hold(), decodeBlockedSources},
		{allowedSourcesName, approve(), decodeAllowedSources},
		{duplicateName, hold(), decodeDuplicate},
		{honeypotName, hold(), decodeHoneypot},
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
