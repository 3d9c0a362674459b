package classifier

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

// namesOf gives the names of a lesson's features of some kinds, all if none are given.
func namesOf(l models.Lesson, kinds ...kind) []string {
	d := newDocument()
	d.read(&l, nil)
	var names []string
	for i := range d.features {
		if f := &d.features[i]; len(kinds) == 0 || slices.Contains(kinds, f.kind) {
			names = append(names, string(d.name(nil, f)))
		}
	}
	return names
}

func TestTextBecomesWordsPairsAndSymbols(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"PairsOfNeighbours", "Great post", "great|post|great post"},
		{"EachFeatureOnce", "buy buy BUY", "buy|buy buy"},
		{"SymbolsStandAlone", "free!! now", "free|!|free !|! !|now|! now"},
		{"CompatibilityForms", "ＦＲＥＥ ﬁx", "free|fix|free fix"},
		{"CaseFolding", "Straße STRASSE", "strasse|strasse strasse"},
		{"FormatCharactersGone", "via\u200bgra vi\u00adagra", "viagra|viagra viagra"},
		{"StackedMarksGone", "v\u0336i\u0336agra", "viagra"},
		{"MarksStayInTheWord", "हिन्दी", "हिन्दी"},
		{"LookAlikesInMixedWords", "Сasinо Рrize", "casino|prize|casino prize"},
		{"LookAlikesOfOneScriptStay", "Сор", "сор"},
		{"SmallCapitalsAndSquares", "ᴄᴀsɪɴᴏ 🅲🅰🆂🅸🅽🅾", "casino|casino casino"},
		{"LettersApart", "v-i-a-g-r-a", "v|-|v -|i|- i|i -|a|- a|a -|g|- g|g -|r|- r|r -|viagra"},
		{"LongNumbersAreMeasured", "call 5550101", "call|5550101|number:7|call 5550101"},
		{"CharactersWithoutSpaces", "今天 x 好", "今|天|今天|x|好"},
		{"ThaiInPairs", "ขาย", "ข|า|ขา|ย|าย"},
		{"InvalidBytesSeparate", "a\xffb", "a|b|a b"},
		{"ControlCharactersSeparate", "a\x00b", "a|b|a b"},
		{"Emoji", "nice 👍", "nice|👍|nice 👍"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(namesOf(models.Lesson{Text: c.text}, kindWord, kindPair, kindSymbol, kindNumber), "|")
			if got != c.want {
				t.Errorf("features of %q are\n%s, want\n%s", c.text, got, c.want)
			}
		})
	}
}

func TestWordsShareGramsWithTheirMisspellings(t *testing.T) {
	grams := func(text string) map[uint64]bool {
		d, set := newDocument(), make(map[uint64]bool)
		d.read(&models.Lesson{Text: text}, nil)
		for i := range d.features {
			if d.features[i].kind == kindGram {
				set[d.features[i].hash] = true
			}
		}
		return set
	}
	one, other := grams("subscribe"), grams("subscribed")
	shared := 0
	for g := range one {
		if other[g] {
			shared++
		}
	}
	if len(one) != len("subscribe")-1 || shared < len(one)-1 {
		t.Errorf("%d grams, %d of them shared", len(one), shared)
	}
}

func TestLinksBecomeTheirParts(t *testing.T) {
	l := models.Lesson{
		Text:  "here",
		Links: []models.Link{{URL: "https://shop.cheap-pills.co.uk/Buy-Now/x9?ref=77", Host: "shop.cheap-pills.co.uk", Kind: models.LinkHTML}},
	}
	want := []string{
		"host:shop.cheap-pills.co.uk", "domain:cheap-pills.co.uk", "tld:uk",
		"shop", "cheap", "pills", "co", "path:buy", "path:now", "path:x9", "path:ref", "here", "shape:links=1",
	}
	if got := namesOf(l, kindHost, kindPath, kindWord, kindLink); !slices.Equal(got, want) {
		t.Errorf("features are\n%q, want\n%q", got, want)
	}
}

func TestAuthorAndTraitsArePrefixed(t *testing.T) {
	var words nameWords
	hashes := words.read("Cheap Shoes")
	d := newDocument()
	d.read(&models.Lesson{
		Text: "WOOOOOW great!!! Пpивет 42", NameShape: "Xx9", NameWords: hashes, AuthorHost: "ann.example", EmailDomain: "mail.example", Agent: "curl", Hidden: 7,
		Links: make([]models.Link, 4),
	}, &words)
	var got []string
	for i := range d.features {
		got = append(got, string(d.name(nil, &d.features[i])))
	}
	for _, want := range []string{
		"author-name:Xx9", "author:cheap", "author:shoes", "author-host:ann.example", "email-domain:mail.example", "agent:curl",
		"shape:links=4", "shape:hidden=3", "shape:repeated=3", "shape:exclaims=3", "shape:mixed-scripts=1", "shape:capitals=4",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no feature %q in %q", want, got)
		}
	}
}

func TestWordsOfTheNameAreWordsOfTheText(t *testing.T) {
	hashes := new(nameWords).read("Casino")
	name, text := newDocument(), newDocument()
	name.read(&models.Lesson{NameWords: hashes}, nil)
	text.read(&models.Lesson{Text: "CASINO"}, nil)
	for i := range name.features {
		for j := range text.features {
			if name.features[i].hash == text.features[j].hash && string(text.name(nil, &text.features[j])) == "casino" {
				return
			}
		}
	}
	t.Error("the word of the name is not that of the text")
}

func TestNothingOnlyLooksLikeNothing(t *testing.T) {
	d := newDocument()
	d.read(&models.Lesson{}, nil)
	for i := range d.features {
		if d.features[i].kind.content() {
			t.Errorf("an empty lesson says %q", d.name(nil, &d.features[i]))
		}
	}
}

func TestLinksAndAuthorAreNotCrowdedOutByLongTexts(t *testing.T) {
	var text strings.Builder
	for i := range 20000 {
		text.WriteString(strings.Repeat("x", i%15+1) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + " ")
	}
	got := namesOf(models.Lesson{Text: text.String(), AuthorHost: "ann.example", Links: []models.Link{{Host: "a.example"}}})
	if len(got) > maxFeatures || len(got) < textFeatures {
		t.Errorf("%d features, want %d at most and nearly that", len(got), maxFeatures)
	}
	for _, want := range []string{"host:a.example", "author-host:ann.example", "shape:links=1"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func FuzzTokenizer(f *testing.F) {
	f.Add("Great post!! visit https://a.example/x?y=1", "https://a.example/x?y=1", "a.example", "Xx 9", "ann.example", "mail.example", 3)
	f.Add("\x00documents \xff\u200b今天好 ขาย ＦＲＥＥ", "\x00", "\x00\xff", "\x00", "\x00a", "\x00", -1)
	f.Add(strings.Repeat("word ", 2000), strings.Repeat("/a", 500), strings.Repeat("a.", 500), strings.Repeat("Xx", 300), "", "", 0)
	f.Add("v i a g r a Сasinо 🅲🅰 \ufdfa\ufdfa", "", "", "", "", "", 0)
	d := newDocument()
	f.Fuzz(func(t *testing.T, text, url, host, name, authorHost, domain string, hidden int) {
		var words nameWords
		hashes := words.read(name)
		l := models.Lesson{
			Text: text, NameShape: name, NameWords: hashes, AuthorHost: authorHost, EmailDomain: domain, Hidden: hidden,
			Links: []models.Link{{URL: url, Host: host, Kind: models.LinkKind(name)}, {URL: text, Kind: models.LinkHTML}},
		}
		d.read(&l, &words)
		if len(d.features) > maxFeatures {
			t.Fatalf("%d features", len(d.features))
		}
		first := slices.Clone(d.features)
		seen := make(map[uint64]bool)
		for i := range first {
			name := d.name(nil, &first[i])
			if !utf8.Valid(name) || len(name) > 4*maxName {
				t.Fatalf("name %q of kind %d", name, first[i].kind)
			}
			if seen[first[i].hash] {
				t.Fatalf("feature %q twice", name)
			}
			seen[first[i].hash] = true
		}
		d.read(&models.Lesson{Text: "something else in between"}, nil)
		d.read(&l, &words)
		if !slices.Equal(first, d.features) {
			t.Fatal("features differ the second time")
		}
	})
}

func TestAddressHasOneForm(t *testing.T) {
	d := newDocument()
	d.read(&models.Lesson{Text: "see https://Shop.example/a-b?c=1 now, HTTP://x.example"}, nil)
	forms, symbols, pairs := []string{}, 0, 0
	for i := range d.features {
		f := &d.features[i]
		switch {
		case f.kind == kindForm:
			forms = append(forms, string(d.name(nil, f)))
		case f.kind == kindSymbol:
			symbols++
		case d.punctuates(f):
			pairs++
		}
	}
	want := []string{"form:x2 address", "form:address x2", "form:x2 ,", "form:, address"}
	if !slices.Equal(forms, want) || symbols != 1 || pairs < 5 {
		t.Errorf("forms are %q, want %q; %d symbols besides addresses, %d pairs in them", forms, want, symbols, pairs)
	}
}

func TestStartOfAnAddress(t *testing.T) {
	for text, want := range map[string]bool{
		"http://a": true, "HTTPS://a": true, "https:/a": false, "httpx://a": false, "ht": false, "http": false, "ttp://": false,
	} {
		if got := startsAddress([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
