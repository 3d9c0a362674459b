package policy

import "github.com/winnowd/winnow/models"

const allowedSourcesName = "allowed-sources"

// allowedSources finds comments from one of the listed senders, or with links to
// none but listed places.
type allowedSources struct {
	*sources
}

func decodeAllowedSources(o *object) rule { return allowedSources{o.sources()} }

func (r allowedSources) check(l *look) (reason, bool) {
	m, ok := r.person(&l.Revision.Comment.Author)
	if !ok && len(r.domains)+len(r.hosts) > 0 {
		m, ok = r.links(l.Case)
	}
	if !ok {
		return reason{}, false
	}
	return m.reason(allowedSourcesName, "allowed"), true
}

// links finds comments that lead to allowed places alone. Every link away from the
// site must be allowed, the author's website included, since one link to a good
// place is easily added to the others.
func (r allowedSources) links(c *models.Case) (first sourceMatch, ok bool) {
	own := ownHost(c)
	for i := range c.Text.Links {
		l := &c.Text.Links[i]
		if !foreign(l, own) {
			continue
		}
		code, entry, allowed := r.host(l.Host)
		if !allowed {
			return sourceMatch{}, false
		}
		if !ok {
			first, ok = sourceMatch{code, "content", entry, l.Host}, true
		}
	}
	url := c.Revision.Comment.Author.URL
	website := hostOf(url)
	if blank(url) || within(website, own) {
		return first, ok
	}
	code, entry, allowed := r.host(website)
	if !allowed {
		return sourceMatch{}, false
	}
	if !ok && code == "domain" {
		first, ok = sourceMatch{code, "author.url", entry, website}, true
	}
	return first, ok
}
