package policy

import (
	"slices"
	"strings"

	"github.com/winnowd/winnow/models"
)

// field is a text of a comment that rules can be told to look at, by the name that
// it has in the API.
type field struct {
	name  string
	value func(c *models.Case) string
	// prose tells that it may contain words, rather than an id or an address.
	prose bool
}

var fieldTable = [...]field{
	{"content", func(c *models.Case) string { return c.Text.Plain }, true},
	{"author.name", func(c *models.Case) string { return c.Revision.Comment.Author.Name }, true},
	{"author.email", func(c *models.Case) string { return c.Revision.Comment.Author.Email }, true},
	{"author.url", func(c *models.Case) string { return c.Revision.Comment.Author.URL }, true},
	{"author.user_agent", func(c *models.Case) string { return c.Revision.Comment.Author.UserAgent }, true},
	{"author.ip", func(c *models.Case) string { return c.Revision.Comment.Author.IP }, false},
	{"author.id", func(c *models.Case) string { return c.Revision.Comment.Author.ID }, false},
	{"author.role", func(c *models.Case) string { return c.Revision.Comment.Author.Role }, false},
	{"post.id", func(c *models.Case) string { return c.Revision.Comment.Post.ID }, false},
	{"post.url", func(c *models.Case) string { return c.Revision.Comment.Post.URL }, false},
	{"post.title", func(c *models.Case) string { return c.Revision.Comment.Post.Title }, false},
	{"parent_id", func(c *models.Case) string { return c.Revision.Comment.ParentID }, false},
	{"language", func(c *models.Case) string { return c.Revision.Comment.Language }, false},
	{"referrer", func(c *models.Case) string { return c.Revision.Comment.Referrer }, true},
}

// fields reads a list of field names, prose alone or all; fallback if the key is
// not there. A name may stand in it once.
func (o *object) fields(key string, prose bool, fallback ...string) []field {
	var names []string
	for _, f := range fieldTable {
		if f.prose || !prose {
			names = append(names, f.name)
		}
	}
	wanted := fallback
	if n := o.take(key); n != nil {
		wanted = nil
		for _, t := range o.d.texts(n, key) {
			name, ok := o.d.oneOf(t.node, "field", names)
			switch {
			case !ok:
			case slices.Contains(wanted, name):
				o.d.fault(t.node, "field %s stands here twice", quote(name))
			default:
				wanted = append(wanted, name)
			}
		}
	}
	var fs []field
	for _, name := range wanted {
		for _, f := range fieldTable {
			if f.name == name {
				fs = append(fs, f)
			}
		}
	}
	return fs
}

// splitEmail cuts an e-mail address at its @; false if it has not exactly one,
// with something on both sides.
func splitEmail(s string) (local, domain string, ok bool) {
	s = strings.TrimSpace(s)
	local, domain, ok = strings.Cut(s, "@")
	return local, domain, ok && local != "" && domain != "" && !strings.Contains(domain, "@")
}
