package main

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode"

	"github.com/winnowd/winnow/evaluation"
	"github.com/winnowd/winnow/models"
)

// The collections have hardly any comment with a name and a URL, and none of an honest
// reader who writes about money, medicine or gambling. So comments are made of lists that
// were written for winnow: what advertisers call themselves, what they say, and what
// honest people say. Praise is what both say, equally often, so that it tells nothing;
// remarks that are not about the subject are mostly theirs who rely on their address.
const (
	seedSpam   = 2700
	remarkSpam = 700
	seedHam    = 1900
	praiseHam  = 700
	remarkHam  = 100
)

// languages are those that are drawn where it is not English.
var languages = []string{"de", "fr", "es", "pt", "it", "pl", "ru", "ru", "tr", "zh", "ja"}

//go:embed seeds/*.txt
var seedFiles embed.FS

// list is the lines of a file of seeds by language.
type list map[string][]string

// readList reads a file of seeds: a line of its own "# de" begins German, "en" comes
// first, and other lines with # are remarks.
func (s *sower) readList(name string) (list, error) {
	text, err := seedFiles.ReadFile("seeds/" + name)
	if err != nil {
		return nil, err
	}
	s.sum = sha256.Sum256(append(s.sum[:], text...))
	l, language := list{}, "en"
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case len(line) == 4 && line[:2] == "# ":
			language = line[2:]
		case line != "" && line[0] != '#':
			l[language] = append(l[language], line)
		}
	}
	return l, nil
}

// sower makes comments of the lists.
type sower struct {
	*rand.Rand
	topics, pitches, praise, remarks, honest list
	names                                    map[string][]string
	sum                                      [sha256.Size]byte // of the lists
}

func newSower() (*sower, error) {
	s := &sower{Rand: rand.New(rand.NewPCG(2, 3)), names: map[string][]string{}}
	var names list
	for _, file := range []struct {
		to   *list
		name string
	}{{&s.topics, "topics"}, {&s.pitches, "pitches"}, {&s.praise, "praise"}, {&s.remarks, "remarks"}, {&s.honest, "honest"}, {&names, "names"}} {
		var err error
		if *file.to, err = s.readList(file.name + ".txt"); err != nil {
			return nil, err
		}
	}
	for _, line := range names["en"] {
		kind, words, _ := strings.Cut(line, ":")
		s.names[kind] = strings.Fields(words)
	}
	return s, nil
}

func (s *sower) of(from []string) string { return from[s.IntN(len(from))] }

// odds is true in so many of 100 cases.
func (s *sower) odds(percent int) bool { return s.IntN(100) < percent }

// seeds makes all comments of the lists, always the same.
func (s *sower) seeds() []evaluation.Example {
	var all []evaluation.Example
	add := func(label models.Label, name, url, text string) {
		all = append(all, evaluation.Example{
			ID: fmt.Sprint("seed-", len(all)+1), Label: label,
			Comment: models.Comment{
				Type: "comment", Content: text, ContentType: models.PlainText,
				Author: models.Author{Name: name, URL: url},
			},
		})
	}
	pick := func() string {
		if s.odds(72) {
			return "en"
		}
		return s.of(languages)
	}
	for range seedSpam {
		name, url, text := s.spam(pick())
		add(models.Spam, name, url, text)
	}
	for range remarkSpam {
		name, url, text := s.remark(pick())
		add(models.Spam, name, url, text)
	}
	for i := range seedHam {
		language := pick()
		text := s.of(s.honest[language])
		if language == "en" {
			text = s.honest["en"][i%len(s.honest["en"])]
		}
		if s.odds(8) && !strings.Contains(text, "{u}") {
			text += s.of([]string{" ", " See ", "\n\n", " Source: "}) + "{u}"
		}
		url := s.ownSite(22)
		add(models.Ham, s.person(language), url, s.fill(text, nil, s.page(url)))
	}
	for range praiseHam {
		language := pick()
		add(models.Ham, s.person(language), s.ownSite(35), s.of(s.praise[language]))
	}
	for range remarkHam {
		url, language := s.ownSite(35), pick()
		add(models.Ham, s.person(language), url, s.fill(s.of(s.remarks[language]), s.trade(language), s.page(url)))
	}
	return all
}

// spam makes an advertisement: of its trade the name, the URL, and what it says.
func (s *sower) spam(language string) (name, url, text string) {
	trade := s.trade(language)
	if s.odds(78) {
		url = s.shop(trade, language)
	}
	switch n := s.IntN(100); {
	case n < 60:
		name = s.styled(s.of(trade))
	case n < 80:
		name = s.made()
	case n < 95:
		name = s.person(language)
	}
	link := url
	if link == "" || s.odds(15) {
		link = s.shop(trade, language)
	}
	speech := language
	if language != "ru" && language != "zh" && language != "ja" && s.odds(25) {
		speech = "en" // advertisers do not mind
	}
	switch n := s.IntN(100); {
	case n < 30 && url != "":
		text = s.of(s.praise[speech])
		if s.odds(30) {
			text += " " + s.of(s.praise[speech])
		}
		if name == "" || s.odds(50) {
			name = s.styled(s.of(trade))
		}
	case n < 50:
		text = s.of(s.praise[speech]) + " " + s.fill(s.of(s.pitches[speech]), trade, link)
	case n < 60:
		text = s.fill(s.of(s.pitches[speech]), trade, link) + "\n" + s.fill(s.of(s.pitches[speech]), trade, link)
	default:
		text = s.fill(s.of(s.pitches[speech]), trade, link)
	}
	return name, url, text
}

func (s *sower) trade(language string) []string { return strings.Split(s.of(s.topics[language]), ", ") }

// remark makes a comment that leaves an address and says nothing of what it sells.
func (s *sower) remark(language string) (name, url, text string) {
	trade := s.trade(language)
	url = s.shop(trade, language)
	switch n := s.IntN(10); {
	case n < 6:
		name = s.person(language)
	case n < 9:
		name = s.styled(s.of(trade))
	default:
		name = s.made()
	}
	return name, url, s.fill(s.of(s.remarks[language]), trade, url)
}

// fill puts what is sold, addresses and numbers into a sentence.
func (s *sower) fill(text string, trade []string, url string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(text, '{')
		if at < 0 || at+2 >= len(text) {
			return b.String() + text
		}
		b.WriteString(text[:at])
		switch text[at+1] {
		case 'k':
			b.WriteString(s.of(trade))
		case 'u':
			b.WriteString(url)
		case 'x':
			b.WriteString(s.link(url, s.of(trade)))
		case 'n':
			fmt.Fprint(&b, []int{5, 24, 30, 48, 50, 70, 80, 100, 250, 500, 777, 1500, 5000, 5550142, 8800555}[s.IntN(15)])
		case 'm':
			b.WriteString(strings.ToLower(s.of(s.names["given"])) + fmt.Sprint(s.IntN(1000)) + "@gmail.com")
		case 'h':
			b.WriteString(s.of(s.names["given"]) + "_" + s.of(s.names["bot"]))
		}
		text = text[at+3:]
	}
}

// link writes a link with markup.
func (s *sower) link(url, name string) string {
	if s.odds(50) {
		url = strings.TrimSuffix(url, "/") + "/" + strings.ReplaceAll(name, " ", s.of([]string{"-", "_", "-"})) + s.of([]string{"", ".html", "/", ".php"})
	}
	switch n := s.IntN(10); {
	case n < 5:
		return `<a href="` + url + `">` + name + `</a>`
	case n < 6:
		return `<a href=` + url + `>` + name + `</a>`
	case n < 9:
		return `[url=` + url + `]` + name + `[/url]`
	}
	return "[" + name + "](" + url + ")"
}

// styled writes a trade as advertisers sign.
func (s *sower) styled(trade string) string {
	switch n := s.IntN(10); {
	case n < 4:
		return trade
	case n < 9:
		return title(trade)
	}
	return title(trade) + " " + s.of(s.names["given"])
}

// title begins each word with a capital.
func title(text string) string {
	start := true
	return strings.Map(func(r rune) rune {
		first := start
		start = r == ' '
		if first {
			return unicode.ToUpper(r)
		}
		return r
	}, text)
}

// person names somebody who writes in a language.
func (s *sower) person(language string) string {
	if own := s.names[language]; own != nil && s.odds(75) {
		return strings.ReplaceAll(s.of(own), "+", " ")
	}
	given, family := s.of(s.names["given"]), s.of(s.names["family"])
	switch n := s.IntN(23); {
	case n < 7:
		return given + " " + family
	case n < 12:
		return given
	case n < 14:
		return given + " " + string([]rune(family)[:1]) + "."
	case n < 15:
		return string([]rune(given)[:1]) + ". " + family
	case n < 16:
		return strings.ToLower(given) + fmt.Sprint(1+s.IntN(99))
	case n < 17:
		return strings.ToLower(string([]rune(given)[:1]) + family)
	case n < 18:
		return strings.ToLower(given + " " + family)
	}
	return strings.ReplaceAll(s.of(s.names["nick"]), "+", " ")
}

// made is a name that a program made up.
func (s *sower) made() string {
	end := s.of(s.names["bot"])
	if s.odds(30) {
		return title(s.of(s.names["bot"])) + end + s.of(s.names["bot"])
	}
	return s.of(s.names["given"]) + end
}

// Top-level domains of advertisers and of people, about as often as they have them; and
// the reserved one, so that who tries winnow with made-up hosts sees what real ones bring.
var (
	shopDomains = strings.Fields("com com com com com com com com com com com example net net org org info info biz us co.uk ru xyz top online site club in io")
	ownDomains  = strings.Fields("com com com com com com example example net net org org org co.uk ca de de fr nl se pl it eu me dev io blogspot.com blogspot.com wordpress.com wordpress.com github.io")
	national    = map[string]string{"de": "de", "fr": "fr", "es": "es", "pt": "com.br", "it": "it", "pl": "pl", "ru": "ru", "tr": "com.tr", "zh": "cn", "ja": "jp"}
)

// shop makes the address of somebody who sells.
func (s *sower) shop(trade []string, language string) string {
	words := strings.FieldsFunc(latin(s.of(trade)), func(r rune) bool { return r == ' ' || r == '-' || r == '.' || r == '\'' })
	if len(words) == 0 || s.odds(20) {
		words = append(words, s.of(s.names["bot"])+s.of(s.names["bot"]))
	}
	if s.odds(40) {
		words = append(words, s.of(strings.Fields("online shop store best cheap pro 24 365 now express world direct reviews blog info guide club top deals site")))
	}
	domain := s.of(shopDomains)
	if home := national[language]; home != "" && s.odds(50) {
		domain = home
	}
	path := ""
	if s.odds(25) {
		path = "/" + strings.ReplaceAll(latin(s.of(trade)), " ", "-")
	}
	return "http" + s.of([]string{"", "", "s"}) + "://" + s.of([]string{"", "www."}) + strings.Join(words, s.of([]string{"-", "-", ""})) + "." + domain + path
}

// ownSite makes the address of a person's own site, in so many of 100 cases, else none.
func (s *sower) ownSite(percent int) string {
	if !s.odds(percent) {
		return ""
	}
	words := []string{latin(s.of(s.names["given"])), latin(s.of(s.names["family"]))}
	if s.odds(50) {
		words = []string{latin(s.of(s.names["given"])) + s.of([]string{"s", ""}), s.of(s.names["site"])}
	}
	host := strings.Join(words, s.of([]string{"", "", "-"}))
	return "http" + s.of([]string{"", "s"}) + "://" + s.of([]string{"", "", "www."}) + host + "." + s.of(ownDomains)
}

// page is an address that an honest comment names.
func (s *sower) page(own string) string {
	if own == "" {
		own = "https://" + s.of([]string{"en.wikipedia.org", "www.youtube.com", "github.com", "stackoverflow.com", "www.bbc.co.uk", "www.theguardian.com", "archive.org", "docs.google.com"})
	}
	return own + "/" + s.of(s.names["site"]) + "/" + s.of([]string{"2009/03", "2014", "a-walk", "notes", "1043", "index.html"})
}

// latin keeps what may stand in the name of a host, and spaces.
func latin(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == ' ' || r == '-') {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}
