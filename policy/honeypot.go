package policy

const honeypotName = "honeypot"

// maxHoneypot is the most characters of the hidden field that a reason repeats.
const maxHoneypot = 40

// honeypot finds comments whose form had its hidden field filled. White space is
// no filling: a template may leave some in the field.
type honeypot struct{}

func decodeHoneypot(*object) rule { return honeypot{} }

func (honeypot) check(l *look) (reason, bool) {
	value := l.Revision.Comment.Form.Honeypot
	if blank(value) {
		return reason{}, false
	}
	found := clip(value, maxHoneypot)
	return reason{
		code:   honeypotName + ".filled",
		params: map[string]any{"found": found},
		detail: "the hidden form field was filled with " + quote(found),
	}, true
}
