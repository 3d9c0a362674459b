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
	// shift, if not 0, is what the finding moves the cut-offs by instead of doing what
	// its entry says, in natural-log odds.
	shift float64
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
		{lengthName, hold(), decodeLength},
		{linkLimitName, hold(), decodeLinkLimit},
		{linkShortenersName, hold(), decodeLinkShorteners},
		{lookalikeHostsName, hold(), decodeLookalikeHosts},
		{blockedWordsName, hold(), decodeBlockedWords},
		{blockedSourcesName, hold(), decodeBlockedSources},
		{allowedSourcesName, approve(), decodeAllowedSources},
		{trustedAuthorName, approve(), decodeTrustedAuthor},
		{userRoleName, approve(), decodeUserRole},
		{firstCommentName, hold(), decodeFirstComment},
		{nameLinksName, hold(), decodeNameLinks},
		{emailName, hold(), decodeEmail},
		{duplicateName, hold(), decodeDuplicate},
		{similarName, hold(), decodeSimilar},
		{rateName, hold(), decodeRate},
		{burstName, hold(), decodeBurst},
		{honeypotName, hold(), decodeHoneypot},
		{tooFastName, hold(), decodeTooFast},
		{hiddenCharactersName, hold(), decodeHiddenCharacters},
		{lookalikeLettersName, hold(), decodeLookalikeLetters},
		{shoutingName, stricter(), decodeShouting},
		{repetitionName, stricter(), decodeRepetition},
		{languageName, hold(), decodeLanguage},
		{closedThreadName, hold(), decodeClosedThread},
		{datesName, hold(), decodeDates},
		{editedName, hold(), decodeEdited},
		{parentName, hold(), decodeParent},
		{commentTypeName, hold(), decodeCommentType},
		{customName, hold(), decodeCustom},
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
