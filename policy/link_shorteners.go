package policy

import "strings"

const linkShortenersName = "link-shorteners"

// linkShorteners finds links that hide where they lead.
type linkShorteners struct {
	hosts map[string]string
}

// shorteners are public services that anybody can make short links with.
const shorteners = `
adf.ly bit.do bit.ly bitly.com bl.ink buff.ly clck.ru cutt.ly cutt.us dub.sh goo.gl goo.su is.gd j.mp lnkd.in mcaf.ee ow.ly
qr.ae rb.gy rebrand.ly s.id short.gy short.io shorte.st shorturl.at soo.gd t.co t.ly t2m.io tiny.cc tiny.pl tinyurl.com tr.im
u.to urlz.fr v.gd vk.cc x.co yourls.org zpr.io shrtco.de ouo.io ouo.press linktr.ee gg.gg
`

func decodeLinkShorteners(o *object) rule {
	r := &linkShorteners{hosts: map[string]string{}}
	for host := range strings.FieldsSeq(shorteners) {
		r.hosts[host] = host
	}
	for _, t := range append(o.words("hosts"), o.list("hosts_file")...) {
		o.host(t, r.hosts)
	}
	return r
}

func (r *linkShorteners) check(l *look) (reason, bool) {
	for i := range l.Text.Links {
		host := l.Text.Links[i].Host
		if _, ok := r.hosts[host]; ok {
			return reason{
				code: linkShortenersName + ".found", params: map[string]any{"host": host},
				detail: "a link by " + quote(host) + " hides where it leads",
			}, true
		}
	}
	if host := hostOf(l.Revision.Comment.Author.URL); host != "" {
		if _, ok := r.hosts[host]; ok {
			return reason{
				code: linkShortenersName + ".author", params: map[string]any{"host": host},
				detail: "the author's website, a link by " + quote(host) + ", hides where it leads",
			}, true
		}
	}
	return reason{}, false
}
