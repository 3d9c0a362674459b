package classifier

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

// tokensOf gives the tokens of a lesson, without the traits if bare.
func tokensOf(l models.Lesson, bare bool) []string {
	d := newDocument()
	d.read(&l)
	var tokens []string
	for i := range d.size() {
		if !bare || d.kinds[i] != kindTrait {
			tokens = append(tokens, string(d.token(i)))
		}
	}
	return tokens
}

func TestTextBecomesWordsPairsAndSymbols(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"PairsOfNeighbours", "Great post", "great|post|great post"},
		{"EachTokenOnce", "buy buy BUY", "buy|buy buy"},
		{"SymbolsStandAlone", "free!! now", "free|!|now|free now"},
		{"CompatibilityForms", "ＦＲＥＥ ﬁx", "free|fix|free fix"},
		{"CaseFolding", "Straße STRASSE", "strasse|strasse strasse"},
		{"FormatCharactersGone", "via\u200bgra vi\u00adagra", "viagra|viagra viagra"},
		{"MarksStayInTheWord", "हिन्दी", "हिन्दी"},
		{"LongWordsAreMeasured", "aaaaaaaaaabbbbbbbbbbccccccccccd ok", "skip:a 30|ok"},
		{"LongNumbersAreMeasured", "call 5550101", "call|number:7|5550101|call 5550101"},
		{"CharacterPairsWithoutSpaces", "今天 x 好", "今天|x|好"},
		{"CharacterPairsInARow", "オンライン", "オン|ンラ|ライ|イン"},
		{"ThaiInPairs", "ขาย", "ขา|าย"},
		{"InvalidBytesSeparate", "a\xffb", "a|b|a b"},
		{"ControlCharactersSeparate", "a\x00b", "a|b|a b"},
		{"Emoji", "nice 👍", "nice|👍"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(tokensOf(models.Lesson{Text: c.text}, true), "|"); got != c.want {
				t.Errorf("tokens of %q are\n%s, want\n%s", c.text, got, c.want)
			}
		})
	}
}

func TestLinksBecomeTheirParts(t *testing.T) {
	l := models.Lesson{
		Text:  "see https://shop.cheap-pills.co.uk/Buy-Now/x9?ref=77 today",
		Links: []models.Link{{URL: "https://shop.cheap-pills.co.uk/Buy-Now/x9?ref=77", Host: "shop.cheap-pills.co.uk", Kind: models.LinkBare}},
	}
	want := []string{
		"host:shop.cheap-pills.co.uk", "domain:cheap-pills.co.uk", "tld:uk", "link:bare", "path:buy", "path:now", "path:x9", "path:ref",
		"shape:links=1", "see", "[link]", "see [link]", "today", "[link] today",
	}
	if got := tokensOf(l, true); !slices.Equal(got, want) {
		t.Errorf("tokens are\n%q, want\n%q", got, want)
	}
}

func TestAuthorAndTraitsArePrefixed(t *testing.T) {
	got := tokensOf(models.Lesson{
		Text: "WOOOOOW great!!! Пpивет 42", NameShape: "Xx9", AuthorHost: "ann.example", EmailDomain: "mail.example", Hidden: 7,
		Links: make([]models.Link, 4),
	}, false)
	for _, want := range []string{
		"author-name:Xx9", "author-host:ann.example", "email-domain:mail.example", "shape:links=3+", "shape:hidden=3+",
		"shape:repeated=1", "shape:exclaims=3", "shape:digits=2", "shape:mixed-scripts=1", "shape:capitals=3",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no token %q in %q", want, got)
		}
	}
}

func TestNothingHasNoTokens(t *testing.T) {
	if got := tokensOf(models.Lesson{}, false); len(got) != 0 {
		t.Errorf("an empty lesson has tokens %q", got)
	}
}

func TestLinksAndAuthorAreNotCrowdedOutByLongTexts(t *testing.T) {
	var text strings.Builder
	for i := range 20000 {
		text.WriteString(strings.Repeat("x", i%15+1) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + " ")
	}
	got := tokensOf(models.Lesson{Text: text.String(), AuthorHost: "ann.example", Links: []models.Link{{Host: "a.example"}}}, false)
	if len(got) > maxTokens || len(got) < maxTokens-spareTokens {
		t.Errorf("%d tokens, want %d at most and nearly that", len(got), maxTokens)
	}
	if !slices.Contains(got, "host:a.example") || !slices.Contains(got, "author-host:ann.example") {
		t.Error("link or author is missing")
	}
}

func FuzzTokenizer(f *testing.F) {
	f.Add("Great post!! visit https://a.example/x?y=1", "https://a.example/x?y=1", "a.example", "Xx 9", "ann.example", "mail.example", 3)
	f.Add("\x00documents \xff\u200b今天好 ขาย ＦＲＥＥ", "\x00", "\x00\xff", "\x00", "\x00a", "\x00", -1)
	f.Add(strings.Repeat("word ", 2000), strings.Repeat("/a", 500), strings.Repeat("a.", 500), strings.Repeat("Xx", 300), "", "", 0)
	d := newDocument()
	f.Fuzz(func(t *testing.T, text, url, host, name, authorHost, domain string, hidden int) {
		l := models.Lesson{
			Text: text, NameShape: name, AuthorHost: authorHost, EmailDomain: domain, Hidden: hidden,
			Links: []models.Link{{URL: url, Host: host, Kind: models.LinkKind(name)}, {URL: text}},
		}
		d.read(&l)
		if d.size() > maxTokens {
			t.Fatalf("%d tokens", d.size())
		}
		words := slices.Clone(d.words())
		seen := make(map[string]bool)
		for _, token := range words[reserved:] {
			switch {
			case token == "" || len(token) > maxTokenBytes:
				t.Fatalf("token %q is %d bytes long", token, len(token))
			case token[0] == 0:
				t.Fatalf("token %q could be a reserved word", token)
			case !utf8.ValidString(token):
				t.Fatalf("token %q is not UTF-8", token)
			case seen[token]:
				t.Fatalf("token %q twice", token)
			}
			seen[token] = true
		}
		d.read(&models.Lesson{Text: "something else in between"})
		d.read(&l)
		if again := d.words(); !slices.Equal(words, again) {
			t.Fatalf("tokens differ the second time:\n%q\n%q", words, again)
		}
	})
}
