package policy

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

func TestBlockedWordsAreWholeWords(t *testing.T) {
	for _, tt := range []struct {
		term, text string
		found      bool
	}{
		{"ass", "a class of classics", false},
		{"ass", "assess the passage", false},
		{"ass", "you ass!", true},
		{"cunt", "Scunthorpe", false},
		{"casino", "CASINO", true},
		{"casino", "the best-casino_ever", true},
		{"casino", "casinos", false},
		{"casino", "casino2", false},
		{"casino", "http://casino.example/", true},
		{"casino", "(casino)", true},
		{"casino", "", false},
		{"cheap pills", "Cheap   PILLS!", true},
		{"cheap pills", "cheap-pills", true},
		{"cheap-pills", "cheap\npills", true},
		{"cheap pills", "cheap. Pills", false},
		{"cheap pills", "cheap pillslike", false},
		{"cheap pills", "pills cheap", false},
		{"cheap pills", "cheap cheap pills", true},
		{"don't", "I don't", true},
		{"don't", "dont", false},
		{"c++", "written in C++.", true},
		{"c++", "vitamin c", false},
		{"100%", "100% free", true},
		{"100%", "100 people", false},
		{"$$$", "make $$$ fast", true},
		{"$$$", "costs $$", false},
		{"🍆", "nice 🍆!", true},
		{"☎️", "call ☎ now", true},
		{"7", "7 days", true},
		{"7", "77 days", false},

		{"cafe", "Café", true},
		{"café", "cafe", true},
		{"café", "cafe\u0301", true},
		{"strasse", "STRAẞE", true},
		{"straße", "Strasse", true},
		{"zloty", "złoty", true},
		{"casino", "ｃａｓｉｎｏ", true},
		{"casino", "cas\u200bi\u00adno", true},
		{"casino", "𝐜𝐚𝐬𝐢𝐧𝐨", true},
		{"ΣΊΣΥΦΟΣ", "σίσυφος", true},
		{"istanbul", "İstanbul", true},
		{"казино", "в КАЗИНО, да", true},
		{"казино", "казиновый", false},
		{"كازينو", "كَازِينُو", true},
		{"हिंदी", "हिंदी में", true},
		{"हिं", "हिंदी", false},

		{"賭場", "最好的賭場在這裡", true},
		{"賭場", "賭 場", true},
		{"カジノ", "オンラインカジノは", true},
		{"カジノ", "ｶｼﾞﾉ", true},
		{"カシノ", "カジノ", false},
		{"ローン", "カードローン", true},
		{"คาสิโน", "เว็บคาสิโนดี", true},
		{"카지노", "카지노를", true},
		{"casino", "線上casino賭場", true},
	} {
		c := testCase()
		c.Text.Plain = tt.text
		want := ""
		if tt.found {
			want = "contains the blocked word " + quote(tt.term)
		}
		expect(t, fmt.Sprintf("rule: blocked-words, terms: [%q]", tt.term), c, want)
	}
}

func TestDisguisedWordsAreFound(t *testing.T) {
	for _, tt := range []struct {
		term, text string
		found      bool
	}{
		{"casino", "a саsіnо", true}, // Cyrillic s, a, i, o
		{"casino", "c4sin0!", true},
		{"casino", "ⅽаsino", true},
		{"viagra", "νiagra", true}, // Greek nu
		{"4chan", "4chan", true},
		{"cop", "сор", false}, // a word wholly in Cyrillic letters is none in Latin ones
		{"сор", "сор", true},
		{"ion", "10n", true},
		{"ioo", "100", false}, // a number is no word
	} {
		c := testCase()
		c.Text.Plain = tt.text
		if _, ok := finding(t, fmt.Sprintf("rule: blocked-words, terms: [%q]", tt.term), c); ok != tt.found {
			t.Errorf("%s in %s: %v", tt.term, tt.text, ok)
		}
	}
}

func TestWildcardsStayWithinAWord(t *testing.T) {
	for _, tt := range []struct {
		term, text string
		found      bool
	}{
		{"casino*", "casinos", true}, {"casino*", "casino", true}, {"casino*", "mycasino", false},
		{"*casino", "mycasino", true}, {"*casino*", "mycasinos here", true}, {"casino*", "casi nos", false},
		{"v*gra", "viagra", true}, {"v*gra", "v i a g r a", false}, {"c?sino", "cæsino", false}, {"c?sino", "cusino", true}, {"c?sino", "csino", false},
		{"c?sino", "cжsino", true}, {"buy pill*", "now buy-pills", true}, {"*", "anything", true}, {"??", "ab", true}, {"??", "abc", false},
		{"kr*dit schnell*", "Kredit schnellstens", true}, {"*a*b*c*", "xaybzc", true}, {"*a*b*c*", "xaybz", false}, {"cas*", "c4sino", true},
		{"賭*", "賭場", true},
	} {
		c := testCase()
		c.Text.Plain = tt.text
		if _, ok := finding(t, fmt.Sprintf("rule: blocked-words, match: wildcards, terms: [%q, nothing]", tt.term), c); ok != tt.found {
			t.Errorf("%s in %s: %v", tt.term, tt.text, ok)
		}
	}
}

func TestRegularExpressionsSeeFoldedText(t *testing.T) {
	c := testCase()
	c.Text.Plain = "Call  +49 30 1234567 for a Créditos"
	f := expect(t, `rule: blocked-words, match: regexp, terms: ['\+49[ 0-9]{8,}', credito]`, c, `contains the blocked word "\+49[ 0-9]{8,}"`)
	if f.Params["found"] != "+49 30 1234567" {
		t.Errorf("found %v", f.Params["found"])
	}
	expect(t, `rule: blocked-words, match: regexp, terms: ['^C[RX]EDITO']`, c, "")
	expect(t, `rule: blocked-words, match: regexp, terms: ['\bC[RX]EDITO']`, c, `contains the blocked word "\bC[RX]EDITO"`)
}

func TestDiacriticsCountIfAsked(t *testing.T) {
	for _, tt := range []struct {
		term, text string
		found      bool
	}{
		{"café", "cafe", false}, {"café", "CAFE\u0301", true}, {"cafe", "café", false}, {"zloty", "złoty", false}, {"casino", "ｃａｓｉｎｏ", true},
	} {
		c := testCase()
		c.Text.Plain = tt.text
		if _, ok := finding(t, fmt.Sprintf("rule: blocked-words, fold_diacritics: false, terms: [%q]", tt.term), c); ok != tt.found {
			t.Errorf("%s in %s: %v", tt.term, tt.text, ok)
		}
	}
}

func TestBlockedWordsFields(t *testing.T) {
	c := testCase()
	c.Revision.Comment.Author.Name = "Best CASINO"
	f := expect(t, "rule: blocked-words, terms: [Casino]", c, `author.name contains the blocked word "Casino"`)
	want := map[string]any{"term": "Casino", "field": "author.name", "found": "casino"}
	if f.Code != "blocked-words.found" || !reflect.DeepEqual(f.Params, want) {
		t.Errorf("got %+v", f)
	}
	expect(t, "rule: blocked-words, terms: [casino], fields: [content, author.url]", c, "")
	c.Revision.Comment.Author.URL = "https://my-casino.example"
	expect(t, "rule: blocked-words, terms: [casino], fields: [content, author.url]", c, `author.url contains the blocked word "casino"`)
}

func TestFirstAndLongestTermIsNamed(t *testing.T) {
	c := testCase()
	c.Text.Plain = "see the online casino bonus and pills"
	for terms, want := range map[string]string{
		"pills, casino":                           "casino",
		"casino, online casino":                   "online casino",
		"online casino, online casino bonus code": "online casino",
		"online casino bonus code, bonus":         "bonus",
		"ONLINE, online":                          "ONLINE",
	} {
		f, _ := finding(t, "rule: blocked-words, terms: ["+terms+"]", c)
		if f.Params["term"] != want {
			t.Errorf("%s: found %v, want %s", terms, f.Params["term"], want)
		}
	}
}

// naiveFind does what terms.find does, term by term. disguised tells that the text has
// words that may be two.
func naiveFind(list []string, text string, diacritics bool) (term, found string, ok, disguised bool) {
	tokens := func(b []byte) (ts []string, at [][2]int) {
		for start, end, more := nextToken(b, 0); more; start, end, more = nextToken(b, end) {
			ts, at = append(ts, string(b[start:end])), append(at, [2]int{start, end})
		}
		return ts, at
	}
	b := fold(nil, text, diacritics)
	in, at := tokens(b)
	plain := make([]string, len(in))
	for i := range in {
		plain[i] = string(undisguise(nil, []byte(in[i])))
		disguised = disguised || plain[i] != ""
	}
	begins := func(i int, want []string) bool {
		for k, w := range want {
			if i+k >= len(in) || in[i+k] != w && plain[i+k] != w {
				return false
			}
		}
		return true
	}
	for i := range in {
		longest := 0
		for _, t := range list {
			want, _ := tokens(fold(nil, t, diacritics))
			if n := len(want); n > longest && begins(i, want) {
				longest, term = n, t
			}
		}
		if longest > 0 {
			return term, string(b[at[i][0]:at[i+longest-1][1]]), true, disguised
		}
	}
	return "", "", false, disguised
}

func FuzzTermsAgreeWithNaiveSearch(f *testing.F) {
	f.Add("casino\ncheap pills", "buy cheap pills at the casino", true)
	f.Add("賭場\nカジノ", "線上casino賭場カジノー", false)
	f.Add("a a b\na\na a", "a-a a\u0301_b", true)
	f.Add("c++\n$$$", "C++ $$$$", true)
	f.Add("casino\nv14gra", "the саsino with c4sin0 and viagra v14gra", true)
	f.Add("\u0301\nß", "\xff\u0301ẞ\u200d", true)
	f.Fuzz(func(t *testing.T, lines, text string, diacritics bool) {
		x := newLexicon(diacritics)
		ts := newTerms(x)
		var list []string
		for line := range strings.SplitSeq(lines, "\n") {
			if len(list) < 50 && len(line) <= maxTerm && ts.add(line, false) {
				list = append(list, line)
			}
		}
		x.finish()
		var cut wordText
		x.cut(&cut, text)
		term, found, ok := ts.find(&cut)
		wantTerm, wantFound, want, disguised := naiveFind(list, text, diacritics)
		if ok != want || found != wantFound || term != wantTerm && !disguised {
			t.Errorf("got %q %q %v, want %q %q %v", term, found, ok, wantTerm, wantFound, want)
		}
		if !strings.Contains(string(fold(nil, text, diacritics)), found) {
			t.Errorf("%q does not stand in the text", found)
		}
	})
}

// manyTerms makes a policy with n words and phrases, reproducibly.
func manyTerms(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("rules:\n  - rule: blocked-words\n    terms:\n")
	for i := range n {
		fmt.Fprintf(&b, "      - x%x", r.Uint32())
		if i%3 == 0 {
			fmt.Fprintf(&b, " y%x", r.Uint32()%1000)
		}
		b.WriteString("\n")
	}
	b.WriteString("      - at home and away\n") // begins like the text of the benchmarks
	return b.String()
}

func BenchmarkBlockedWords(b *testing.B) {
	for _, n := range []int{10, 5_000} {
		set := parse(b, manyTerms(n))
		for name, text := range map[string]string{
			"Latin60Words":    sixtyWords(),
			"Accented60Words": strings.ReplaceAll(sixtyWords(), "e", "é"),
			"Han300":          strings.Repeat("我在家裡試過了第二次就成功了謝謝", 19)[:900],
			"Latin64KiB":      strings.Repeat(sixtyWords()+" ", 260)[:64<<10],
		} {
			b.Run(fmt.Sprintf("%s/terms=%d", name, n), func(b *testing.B) {
				c := testCase()
				c.Text.Plain = text
				b.ReportAllocs()
				for b.Loop() {
					if set.Evaluate(c) != nil {
						b.Fatal("found something")
					}
				}
			})
		}
	}
}

func BenchmarkParse5000Terms(b *testing.B) {
	src := []byte(manyTerms(5_000))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("policy.yaml", src); err != nil {
			b.Fatal(err)
		}
	}
}
