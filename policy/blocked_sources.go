package policy

const blockedSourcesName = "blocked-sources"

// blockedSources finds comments from, or with a link to, one of the listed senders.
type blockedSources struct {
	*sources
}

func decodeBlockedSources(o *object) rule { return blockedSources{o.sources()} }

// effect is what an entry without an action does, as that of blockedWords.
func (r blockedSources) effect() effect {
	if r.listed {
		return stricter()
	}
	return hold()
}

func (r blockedSources) check(l *look) (reason, bool) {
	author := &l.Revision.Comment.Author
	if m, ok := r.person(author); ok {
		return m.reason(blockedSourcesName, "blocked"), true
	}
	if len(r.domains) > 0 {
		website := hostOf(author.URL)
		if entry, ok := r.domain(website); ok {
			return sourceMatch{"domain", "author.url", entry, website}.reason(blockedSourcesName, "blocked"), true
		}
	}
	for i := range l.Text.Links {
		host := l.Text.Links[i].Host
		if code, entry, ok := r.host(host); ok {
			return sourceMatch{code, "content", entry, host}.reason(blockedSourcesName, "blocked"), true
		}
	}
	return reason{}, false
}
