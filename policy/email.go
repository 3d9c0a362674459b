package policy

import "strings"

const emailName = "email"

// email finds e-mail addresses that cannot be right and, from a list, those of services
// that give anybody an address for a few minutes. A missing address is none of this.
type email struct {
	disposable map[string]string
}

func decodeEmail(o *object) rule {
	r := &email{map[string]string{}}
	for _, t := range append(o.words("disposable"), o.list("disposable_file")...) {
		o.host(t, r.disposable)
	}
	return r
}

func (r *email) check(l *look) (reason, bool) {
	address := strings.TrimSpace(l.Revision.Comment.Author.Email)
	if address == "" {
		return reason{}, false
	}
	local, domain, ok := splitEmail(address)
	host := asciiHost(domain)
	if !ok || !validLocal(local) || !validHost(host) || !strings.Contains(host, ".") {
		return reason{code: emailName + ".malformed", params: map[string]any{}, detail: "author.email is not an e-mail address"}, true
	}
	for at := host; at != ""; _, at, _ = strings.Cut(at, ".") {
		if written, listed := r.disposable[at]; listed {
			return reason{
				code: emailName + ".disposable", params: map[string]any{"entry": written},
				detail: "the e-mail address is a disposable one, at " + quote(written),
			}, true
		}
	}
	return reason{}, false
}

// validLocal tells whether s can stand before the @ (RFC 5321, 4.1.2, without quoted
// ones, which no mail service gives; letters of all scripts by RFC 6531).
func validLocal(s string) bool {
	if len(s) > 64 || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return false
	}
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r >= 0x80 && !invisible(r):
		case strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", r):
		default:
			return false
		}
	}
	return true
}
