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
func (d *document) readAuthor(l *models.Lesson, words *nameWords) {
	for i, h := range l.NameWords[:min(len(l.NameWords), maxNameWords)] {
		from := len(d.names)
		d.names = append(d.names, "author:"...)
		if words != nil && i < words.n {
			d.names = append(d.names, words.word(i)...)
		} else {
			d.names = append(d.names, "name"...)
		}
		to := uint32(len(d.names))
		d.add(kindAuthor, h, uint32(from), to)
		d.addAs(kindWord, kindName, h, uint32(from), to)
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

// nameWords are the words of a name, in lower case, and their hashes, which are those
// that the words have in a text. It is reused to spare allocations.
type nameWords struct {
	normaliser
	text   []byte            // the words, one after another
	ends   [maxNameWords]int // of the words in text
	hashes [maxNameWords]uint64
	n      int
}

// read makes w the words of a name, and gives the hashes, which w keeps.
func (w *nameWords) read(name string) []uint64 {
	if len(name) > maxName {
		name = name[:maxName]
	}
	w.reset()
	s := w.normalise(name)
	w.text, w.n = w.text[:0], 0
	for i := 0; i < len(s) && w.n < maxNameWords; {
		r, size := decode(s[i:])
		if wordClass(r) == 0 {
			i += size
			continue
		}
		from := len(w.text)
		for i < len(s) {
			r, size = decode(s[i:])
			if wordClass(r) == 0 || len(w.text)-from >= maxWord && utf8.RuneCount(w.text[from:]) >= maxWord {
				break
			}
			w.text = appendFolded(w.text, r)
			i += size
		}
		w.ends[w.n], w.hashes[w.n] = len(w.text), hashOf(w.text[from:])
		w.n++
	}
	return w.hashes[:w.n]
}

// word is the i-th word.
func (w *nameWords) word(i int) []byte {
	from := 0
	if i > 0 {
		from = w.ends[i-1]
	}
	return w.text[from:w.ends[i]]
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
