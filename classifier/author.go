package classifier

import (
	"strings"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

// maxNameWords is how many words of an author's name are kept.
const maxNameWords = 6

// readAuthor adds what is known of the author. The words of the name are features of
// their own and words like those of the text: what is sold in a text is sold in a name.
func (d *document) readAuthor(l *models.Lesson, words []string) {
	for i, h := range l.NameWords[:min(len(l.NameWords), maxNameWords)] {
		from := len(d.names)
		d.names = append(d.names, "author:"...)
		if i < len(words) {
			d.names = append(d.names, words[i]...)
		} else {
			d.names = append(d.names, "name"...)
		}
		to := uint32(len(d.names))
		d.add(kindAuthor, h, uint32(from), to)
		d.addAs(kindWord, kindAuthor, h, uint32(from), to)
	}
	d.namedAs(kindAuthor, "author-name:", l.NameShape)
	d.named(kindAuthor, "email-domain:", l.EmailDomain)
	d.named(kindAuthor, "agent:", l.Agent)
	if l.AuthorHost != "" {
		d.readHost(kindAuthor, "author-", l.AuthorHost)
		d.readHost(kindHost, "", l.AuthorHost)
		d.hostWords(l.AuthorHost)
	}
}

// nameWords gives the words of a name, in lower case, and their hashes, which are
// those that the words have in a text.
func nameWords(name string) (words []string, hashes []uint64) {
	if len(name) > maxName {
		name = name[:maxName]
	}
	var n normaliser
	s := n.normalise(name)
	var room [maxName]byte
	for i := 0; i < len(s) && len(words) < maxNameWords; {
		r, size := decode(s[i:])
		if wordClass(r) == 0 {
			i += size
			continue
		}
		word := room[:0]
		for i < len(s) {
			r, size = decode(s[i:])
			if wordClass(r) == 0 || utf8.RuneCount(word) >= maxWord {
				break
			}
			word = appendFolded(word, r)
			i += size
		}
		if words == nil {
			words, hashes = make([]string, 0, maxNameWords), make([]uint64, 0, maxNameWords)
		}
		words, hashes = append(words, string(word)), append(hashes, hashOf(word))
	}
	return words, hashes
}

// agentFamilies are looked for in a user agent, in this order: most browsers name
// others as well.
var agentFamilies = [...]string{
	"bot", "curl", "python", "wget", "java/", "go-http", "libwww", "php", "ruby", "headless",
	"edg", "opr/", "firefox", "chrome", "safari", "msie", "trident",
}

// agentFamily gives the kind of program that a user agent names.
func agentFamily(agent string) string {
	if agent == "" {
		return ""
	}
	agent = strings.ToLower(agent[:min(len(agent), 512)])
	for _, family := range agentFamilies {
		if strings.Contains(agent, family) {
			return strings.TrimRight(family, "/")
		}
	}
	return "other"
}
