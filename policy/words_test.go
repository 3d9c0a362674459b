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

// naiveFind does what terms.find does, term by term.
func naiveFind(list []string, text string, diacritics bool) (term, found string, ok bool) {
	tokens := func(b []byte) (ts []string, at [][2]int) {
		for start, end, more := nextToken(b, 0); more; start, end, more = nextToken(b, end) {
			ts, at = append(ts, string(b[start:end])), append(at, [2]int{start, end})
		}
		return ts, at
	}
	b := fold(nil, text, diacritics)
	in, at := tokens(b)
	for i := range in {
		longest := 0
		for _, t := range list {
			want, _ := tokens(fold(nil, t, diacritics))
			if n := len(want); n > longest && i+n <= len(in) && reflect.DeepEqual(in[i:i+n], want) {
				longest, term = n, t
			}
		}
		if longest > 0 {
			return term, string(b[at[i][0]:at[i+longest-1][1]]), true
		}
	}
	return "", "", false
}

func FuzzTermsAgreeWithNaiveSearch(f *testing.F) {
	f.Add("casino\ncheap pills", "buy cheap pills at the casino", true)
	f.Add("賭場\nカジノ", "線上casino賭場カジノー", false)
	f.Add("a a b\na\na a", "a-a a\u0301_b", true)
	f.Add("c++\n$$$", "C++ $$$$", true)
	f.Add("\u0301\nß", "\xff\u0301ẞ\u200d", true)
	f.Fuzz(func(t *testing.T, lines, text string, diacritics bool) {
		ts := terms{diacritics: diacritics}
		var list []string
		for line := range strings.SplitSeq(lines, "\n") {
			if len(list) < 50 && len(line) <= maxTerm && ts.add(line) {
				list = append(list, line)
			}
		}
		term, found, ok := ts.find(text)
		wantTerm, wantFound, want := naiveFind(list, text, diacritics)
		if ok != want || term != wantTerm || found != wantFound {
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
