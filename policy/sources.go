package policy

import (
	"strings"

	"github.com/winnowd/winnow/models"
)

// sources is a list of senders, by what a comment says of them. The maps lead from
// the form that is compared to what the operator wrote.
type sources struct {
	nets    prefixes
	emails  map[string]string
	domains map[string]string // with all that lies below
	hosts   map[string]string // exactly these
	listed  bool              // from files
}

// sources reads the lists that blocked-sources and allowed-sources share.
func (o *object) sources() *sources {
	s := &sources{emails: map[string]string{}, domains: map[string]string{}, hosts: map[string]string{}}
	lists := map[string][]text{}
	given := false
	for _, key := range []string{"ips", "emails", "domains", "hosts"} {
		lists[key] = append(o.words(key), o.list(key+"_file")...)
		s.listed = s.listed || o.values[key+"_file"] != nil
		given = given || s.listed || o.values[key] != nil
	}
	if !given {
		o.d.fault(o.node, "%s needs at least one of the lists ips, emails, domains and hosts, or a file such as hosts_file", o.what)
	}
	for _, t := range lists["ips"] {
		r, err := parseRange(strings.TrimSpace(t.value))
		if err != nil {
			o.d.faultOf(t, "%v", err)
			continue
		}
		s.nets.add(r, t.value)
	}
	for _, t := range lists["emails"] {
		local, domain, ok := splitEmail(t.value)
		host := asciiHost(domain)
		switch {
		case local == "*" || local == "" && validHost(host):
			o.d.faultOf(t, "%s is not one e-mail address: for all addresses of a domain, put the domain under domains", quote(t.value))
		case !ok || !validHost(host) || strings.ContainsAny(local, " \t\n<>"):
			o.d.faultOf(t, "%s is not an e-mail address such as ann@example.com", quote(t.value))
		default:
			put(s.emails, strings.ToLower(local)+"@"+host, t.value)
		}
	}
	for _, t := range lists["domains"] {
		o.host(t, s.domains)
	}
	for _, t := range lists["hosts"] {
		o.host(t, s.hosts)
	}
	return s
}

// host takes the name of a host or domain into a set.
func (o *object) host(t text, set map[string]string) {
	host := asciiHost(strings.TrimSpace(t.value))
	switch {
	case validHost(host):
		put(set, host, t.value)
	case strings.HasPrefix(host, "*.") && validHost(host[2:]), strings.HasPrefix(host, ".") && validHost(host[1:]):
		o.d.faultOf(t, "%s must be written without the leading %q: an item of domains covers everything below it", quote(t.value), host[:strings.Index(host, ".")+1])
	case strings.ContainsAny(host, "/:@") && validHost(hostOf(host)):
		o.d.faultOf(t, "%s must be the host alone: write %s", quote(t.value), quote(hostOf(host)))
	default:
		o.d.faultOf(t, "%s is not the name of a host or domain such as example.com", quote(t.value))
	}
}

// put keeps the first of several that are the same.
func put(set map[string]string, key, written string) {
	if _, ok := set[key]; !ok {
		set[key] = written
	}
}

// domain gives the item of domains that a host is or lies below, the narrowest.
func (s *sources) domain(host string) (written string, ok bool) {
	for len(s.domains) > 0 && host != "" {
		if written, ok = s.domains[host]; ok {
			return written, true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return "", false
}

// host gives the item of hosts or domains that a link's host is on.
func (s *sources) host(host string) (code, written string, ok bool) {
	if written, ok = s.hosts[host]; ok {
		return "host", written, true
	}
	written, ok = s.domain(host)
	return "domain", written, ok
}

// person looks for the sender's address and e-mail address. What is found names
// the item of the policy, never the address itself: reasons outlive comments.
func (s *sources) person(a *models.Author) (sourceMatch, bool) {
	if len(s.nets.v4)+len(s.nets.v6) > 0 {
		if addr, ok := knownAddress(a.IP); ok {
			if written, ok := s.nets.find(addr); ok {
				return sourceMatch{code: "ip", field: "author.ip", entry: written}, true
			}
		}
	}
	if len(s.emails)+len(s.domains) == 0 {
		return sourceMatch{}, false
	}
	local, domain, ok := splitEmail(a.Email)
	if !ok {
		return sourceMatch{}, false
	}
	host := asciiHost(domain)
	if len(s.emails) > 0 {
		if written, ok := s.emails[strings.ToLower(local)+"@"+host]; ok {
			return sourceMatch{code: "email", field: "author.email", entry: written}, true
		}
	}
	if written, ok := s.domain(host); ok {
		return sourceMatch{code: "domain", field: "author.email", entry: written}, true
	}
	return sourceMatch{}, false
}

// sourceMatch is what was found of a sender.
type sourceMatch struct {
	// code is "ip", "email", "domain" or "host": the list that matched, in the singular.
	code string
	// field is where it was found.
	field string
	// entry is the item of the policy, as written.
	entry string
	// found is the host that it matched, for links.
	found string
}

// reason tells of the match; verb is "blocked" or "allowed".
func (m sourceMatch) reason(kind, verb string) reason {
	params := map[string]any{"entry": m.entry, "field": m.field}
	if m.found != "" {
		params["found"] = m.found
	}
	entry := quote(m.entry)
	var detail string
	switch {
	case m.code == "ip":
		detail = "the sender's address is " + verb + " by " + entry
	case m.code == "email":
		detail = "the e-mail address " + entry + " is " + verb
	case m.field == "author.email":
		detail = "the e-mail address is at the " + verb + " domain " + entry
	case m.field == "author.url":
		detail = "the author's website " + quote(m.found) + " is " + verb + " by " + entry
	case verb == "allowed":
		detail = "every link is allowed, " + quote(m.found) + " by " + entry
	default:
		detail = "a link leads to " + quote(m.found) + ", " + verb + " by " + entry
	}
	return reason{code: kind + "." + m.code, params: params, detail: detail}
}

// foreign tells whether a link leads away from the site: one without host that is
// relative stays there, any other goes to wherever its host is.
func foreign(l *models.Link, ownHost string) bool {
	if l.Host != "" {
		return !within(l.Host, ownHost)
	}
	i := strings.IndexAny(l.URL, ":/?#")
	return i >= 0 && l.URL[i] == ':'
}
