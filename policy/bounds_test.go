package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestRegularExpressionsLookThroughNoMoreThanTheyMay has a term stand at the last place that
// expressions of a size reach, and behind it.
func TestRegularExpressionsLookThroughNoMoreThanTheyMay(t *testing.T) {
	for _, bait := range []string{"b{10}", "b{900}"} {
		r := parse(t, `rules: [{rule: blocked-words, match: regexp, fields: [content, author.url], terms: ["`+bait+`", casino]}]`).rules[0].rule.(*blockedWords)
		reach := min(64<<10, maxSteps/r.size)
		if reach < 4000 {
			t.Errorf("%s: looks through %d bytes", bait, reach)
		}
		for at, want := range map[int]bool{0: true, reach - len("casino "): true, reach - len("casin"): false} {
			text := strings.Repeat("a", at) + "casino" + strings.Repeat("a", max(0, 64<<10-at))
			if reach == 64<<10 {
				text, want = strings.Repeat("a", at)+"casino", true
			}
			l := &look{Case: testCase()}
			l.Text.Plain, l.Revision.Comment.Author.URL = text, text
			if _, ok := r.check(l); ok != want {
				t.Errorf("%s: at %d of %d: found %v", bait, at, reach, ok)
			}
		}
		steps := maxSteps
		text := &wordText{text: []byte(strings.Repeat("b", 64<<10))}
		for range 6 {
			r.find(text, &steps)
		}
		if steps < 0 {
			t.Errorf("%s: %d steps too many", bait, -steps)
		}
	}
}

func TestWhatReachesACutIsNoEnd(t *testing.T) {
	r := parse(t, `rules: [{rule: blocked-words, match: regexp, terms: ["a$", "x{900}"]}]`).rules[0].rule.(*blockedWords)
	l := &look{Case: testCase()}
	l.Text.Plain = strings.Repeat("a", 64<<10) + "b"
	if f, ok := r.check(l); ok {
		t.Errorf("found %+v", f)
	}
	l = &look{Case: testCase()}
	l.Text.Plain = "ba"
	if _, ok := r.check(l); !ok {
		t.Error("found no end where one is")
	}
}

func TestRegularExpressionsThatCouldTakeLongAreRefused(t *testing.T) {
	for _, src := range []string{
		`rules: [{rule: blocked-words, match: regexp, terms: ["(.{900}){6}"]}]`,
		`rules: [{rule: blocked-words, match: regexp, terms: [` + strings.Repeat(`"x.{900}", `, 6) + `]}]`,
		`rules: [{rule: custom, name: x, when: 'comment.content matches ".{500}x"'}]`,
		`rules: [{rule: custom, name: x, when: 'comment.content matches ".{200}x" || author.name matches ".{200}x"'}]`,
	} {
		if _, err := Parse("p", []byte(src)); err == nil || !strings.Contains(err.Error(), "too large together") && !strings.Contains(err.Error(), "not a regular expression") {
			t.Errorf("%.80s: %v", src, err)
		}
	}
}

func TestTheCommonestWordIsFoundWhereItMatters(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	x := newLexicon(true)
	x.finish()
	found := 0
	for range 3000 {
		words := make([]string, 1+r.IntN(40))
		counts := map[string]int{}
		few := 1 + r.IntN(6)
		for i := range words {
			words[i] = fmt.Sprint("w", r.IntN(few))
			counts[words[i]]++
		}
		best := 0
		for _, n := range counts {
			best = max(best, n)
		}
		least, percent := 2+r.IntN(8), 34+r.IntN(60)
		var w wordText
		x.cut(&w, strings.Join(words, " "))
		word, n, of := commonest(&w, least, percent)
		if of != len(words) || n > 0 && counts[word] != n {
			t.Fatalf("%v: %q %d of %d", words, word, n, of)
		}
		if best >= least && best*100 >= percent*of {
			found++
			if n != best {
				t.Fatalf("%v with %d %% or %d: found %d, not %d", words, percent, least, n, best)
			}
		}
	}
	if found < 300 {
		t.Errorf("only %d of the texts have such a word", found)
	}
}

func TestARunIsNeverOverlooked(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 20_000 {
		text := []byte(strings.Repeat("ab", r.IntN(60)))
		most := 2 + r.IntN(40)
		at := r.IntN(len(text) + 1)
		text = append(text[:at:at], append([]byte(strings.Repeat("z", r.IntN(2*most))), text[at:]...)...)
		if _, n := longestRun(string(text)); n >= most && !mayRun(string(text), most) {
			t.Fatalf("overlooked %d in %q, asked for %d", n, text, most)
		}
	}
	if mayRun(strings.Repeat("a kind word ", 30), 20) {
		t.Error("sees a run in a text without")
	}
	if !mayRun("ünder", 20) {
		t.Error("text in other letters must be looked at")
	}
}

func FuzzStats(f *testing.F) {
	f.Add("Ann  said\t\"No\"\n\x00\x1f")
	f.Add("ŸÝß ab\u2003c\u0085d \xff")
	f.Fuzz(func(t *testing.T, text string) {
		got := countText(text)
		upper, lower := 0, 0
		for _, r := range text {
			if unicode.IsUpper(r) {
				upper++
			} else if unicode.IsLower(r) {
				lower++
			}
		}
		want := stats{read: true, ascii: ascii(text), runes: utf8.RuneCountInString(text), words: len(strings.Fields(text)), upper: upper, lower: lower}
		if got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	})
}

func TestASieveHasAllOfItsWordsAndFewOthers(t *testing.T) {
	for _, n := range []int{0, 1, 5000} {
		words := map[string]uint32{}
		for i := range n {
			words[fmt.Sprint("word", i)] = 1
		}
		s := newSieve(words)
		for w := range words {
			if !s.mayHave([]byte(w)) {
				t.Fatalf("of %d words, it lacks %q", n, w)
			}
		}
		passed := 0
		for i := range 10_000 {
			if s.mayHave(fmt.Append(nil, "other", i)) {
				passed++
			}
		}
		if passed > 1000 {
			t.Errorf("of 10,000 strangers to %d words, %d pass", n, passed)
		}
	}
}
