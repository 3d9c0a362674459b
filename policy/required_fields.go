package policy

const requiredFieldsName = "required-fields"

// requiredFields finds comments in which something is missing or, for the e-mail
// address, cannot be what it should be.
type requiredFields struct {
	fields []field
}

func decodeRequiredFields(o *object) rule {
	return &requiredFields{o.fields("fields", false, "author.name", "author.email", "content")}
}

func (r *requiredFields) check(l *look) (reason, bool) {
	var missing, malformed []string
	for i := range r.fields {
		f := &r.fields[i]
		value := f.value(l.Case)
		if blank(value) {
			missing = append(missing, f.name)
		} else if f.name == "author.email" {
			if _, _, ok := splitEmail(value); !ok {
				malformed = append(malformed, f.name)
			}
		}
	}
	switch {
	case missing == nil && malformed == nil:
		return reason{}, false
	case missing == nil:
		return reason{
			code:   requiredFieldsName + ".malformed",
			params: map[string]any{"fields": malformed},
			detail: "author.email is not an e-mail address",
		}, true
	}
	found := reason{
		code:   requiredFieldsName + ".missing",
		params: map[string]any{"fields": missing},
		detail: enumerate(missing, "and") + " is missing",
	}
	if len(missing) > 1 {
		found.detail = enumerate(missing, "and") + " are missing"
	}
	if malformed != nil {
		found.params["malformed"] = malformed
		found.detail += ", author.email is not an e-mail address"
	}
	return found, true
}
