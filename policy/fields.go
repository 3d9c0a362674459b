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
	index int // in fieldTable
	// prose tells that it may contain words, rather than an id or an address.
	prose bool
}

var fieldTable = [...]field{
	{"content", func(c *models.Case) string { return c.Text.Plain }, 0, true},
	{"author.name", func(c *models.Case) string { return c.Revision.Comment.Author.Name }, 1, true},
	{"author.email", func(c *models.Case) string { return c.Revision.Comment.Author.Email }, 2, true},
	{"author.url", func(c *models.Case) string { return c.Revision.Comment.Author.URL }, 3, true},
	{"author.user_agent", func(c *models.Case) string { return c.Revision.Comment.Author.UserAgent }, 4, true},
	{"author.ip", func(c *models.Case) string { return c.Revision.Comment.Author.IP }, 5, false},
	{"author.id", func(c *models.Case) string { return c.Revision.Comment.Author.ID }, 6, false},
	{"author.role", func(c *models.Case) string { return c.Revision.Comment.Author.Role }, 7, false},
	{"post.id", func(c *models.Case) string { return c.Revision.Comment.Post.ID }, 8, false},
	{"post.url", func(c *models.Case) string { return c.Revision.Comment.Post.URL }, 9, false},
	{"post.title", func(c *models.Case) string { return c.Revision.Comment.Post.Title }, 10, false},
	{"parent_id", func(c *models.Case) string { return c.Revision.Comment.ParentID }, 11, false},
	{"language", func(c *models.Case) string { return c.Revision.Comment.Language }, 12, false},
	{"referrer", func(c *models.Case) string { return c.Revision.Comment.Referrer }, 13, true},
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
