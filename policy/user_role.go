package policy

import "strings"

const userRoleName = "user-role"

// userRole finds comments of logged-in users with one of the roles that the site gives
// them.
type userRole struct {
	roles map[string]bool
}

func decodeUserRole(o *object) rule {
	r := userRole{map[string]bool{}}
	n := o.need("roles", "[administrator, editor]")
	if n == nil {
		return r
	}
	for _, t := range o.d.texts(n, "roles") {
		r.roles[strings.ToLower(t.value)] = true
	}
	return r
}

func (r userRole) check(l *look) (reason, bool) {
	a := &l.Revision.Comment.Author
	if !a.LoggedIn || a.Role == "" || !r.roles[strings.ToLower(a.Role)] {
		return reason{}, false
	}
	return reason{
		code: userRoleName + ".found", params: map[string]any{"role": clip(a.Role, maxQuoted)},
		detail: "the author is logged in as " + quote(a.Role),
	}, true
}
