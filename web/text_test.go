package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
)

// written writes spans so that people can read them in a test.
func written(list []span) string {
	var b strings.Builder
	for _, s := range list {
		if s.Kind == "" {
			b.WriteString(s.Text)
		} else {
			b.WriteString("[" + s.Kind + " " + s.Text + "]")
		}
	}
	return b.String()
}

func TestSpansSetApartWhatMatters(t *testing.T) {
	clues := []clue{{Text: "cheap pills", Weight: 3}, {Text: "great", Weight: -1}, {Text: "便宜", Weight: 2}, {Text: "cheap", Weight: 1}, {Kind: "clue.host", Text: "now", Weight: 2}}
	for text, want := range map[string]string{
		"":                                         "",
		"plain text now":                           "plain text now",
		"Great! CHEAP pills, cheap":                "[ham Great]! [spam CHEAP pills], [spam cheap]",
		"cheapest greatness":                       "cheapest greatness",
		"这里便宜的":                                    "这里[spam 便宜]的",
		"see https://evil.example/great?":          "see https://[host evil.example]/[ham great]?",
		"http://bank.example@evil.example/":        "http://bank.example@[host evil.example]/",
		"http://a@b@evil.example/":                 "http://a@b@[host evil.example]/",
		`http://evil.example\@bank.example`:        `http://[host evil.example]\@bank.example`,
		"(http://evil.example), http://b.example.": "(http://[host evil.example]), http://[host b.example].",
		"[url=https://a.example]b[/url]":           "[url=https://[host a.example]]b[/url]",
		"http://[::1]:80/":                         "http://[host [::1]]:80/",
		"http://... and www.":                      "http://... and www.",
		"HTTP://EVIL.example www.b.example":        "HTTP://[host EVIL.example] www.[host b.example]",
		"a\u202eb\u202c":                           "a[odd U+202E]b[odd U+202C]",
		"pa\u00adss\u200bword":                     "pa[odd U+00AD]ss[odd U+200B]word",
		"http://ev\u200bil.example/":               "http://[host ev][odd U+200B][host il.example]/",
		"\U000e0041\x00\x1b":                       "[odd U+E0041][odd U+0000][odd U+001B]",
		"bad \xff byte":                            "bad [odd U+FFFD] byte",
		"👩\u200d👩 ❤\ufe0f می\u200cخواهم":           "👩\u200d👩 ❤\ufe0f می\u200cخواهم",
		"a\u200db x\ufe0f":                         "a[odd U+200D]b x[odd U+FE0F]",
		"辻\U000e0100 x\U000e0100 ᠭ\u180b\u034f":    "辻\U000e0100 x[odd U+E0100] ᠭ\u180b[odd U+034F]",
		"line\n\ttab\r":                            "line\n\ttab[odd U+000D]",
		"two\r\nlines":                             "two\r\nlines",
	} {
		if got := written(spans(text, clues)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := written(spans(strings.Repeat("\u200b", 5000)+"x", nil)); len(got) > 200 || !strings.HasSuffix(got, "[odd ×5000]x") {
		t.Errorf("a run of hidden characters is shown as %q", got[:min(len(got), 300)])
	}
}

// What a card says that nobody sees is there to be seen.
func TestWhatIsCountedAsHiddenIsShown(t *testing.T) {
	for r := rune(1); r <= unicode.MaxRune; r++ {
		text := "a" + string(r) + "b"
		if markup.Read(text, models.PlainText).Hidden == 0 {
			continue
		}
		if got := written(spans(text, nil)); !strings.Contains(got, "[odd ") {
			t.Errorf("%U is shown as %q", r, got)
		}
	}
}

func TestTheHostOfALinkIsThatWhichBrowsersGoTo(t *testing.T) {
	for url, want := range map[string]string{
		"https://evil.example/x":               "https://[host evil.example]/x",
		`https:\\bank.example@evil.example\x`:  `https:\\bank.example@[host evil.example]\x`,
		"http:evil.example/http://b.example":   "http:[host evil.example]/http://b.example",
		"//evil.example?a@b":                   "//[host evil.example]?a@b",
		"/about?http://b.example":              "/about?http://b.example",
		"javascript:alert('http://b.example')": "javascript:alert('http://b.example')",
		"data:text/html,x":                     "data:text/html,x",
		"https://ev\u202eil.example":           "https://[host ev][odd U+202E][host il.example]",
	} {
		if got := written(linkSpans(url)); got != want {
			t.Errorf("%q: got %q, want %q", url, got, want)
		}
	}
}

func TestAFormLeadsBackToAPageOfOurs(t *testing.T) {
	for to, want := range map[string]string{
		"/deliveries?state=dead&did=x&n=3": "/deliveries?did=resend&n=2&state=dead",
		"/comments/blog/a%2Fb?done=1":      "/comments/blog/a%2Fb?did=resend&n=2",
		"/%2f/evil.example":                "/%2f/evil.example?did=resend&n=2",
		"/%5cevil.example":                 "/%5cevil.example?did=resend&n=2",
		"https://evil.example/":            "/deliveries?did=resend&n=2",
		"":                                 "/deliveries?did=resend&n=2",
	} {
		r := &request{Request: &http.Request{Method: post, PostForm: url.Values{"back": {to}}}}
		if got := backOr(r, deliveriesPath, "did", "resend", "n", "2", "done", ""); got != want {
			t.Errorf("%q leads back to %q, want %q", to, got, want)
		}
	}
}

func TestClipCutsBetweenCharacters(t *testing.T) {
	if got, left := clip("שלום", 2); got != "של" || left != 2 {
		t.Errorf("got %q and %d", got, left)
	}
	if got, left := clip("abc", 3); got != "abc" || left != 0 {
		t.Errorf("got %q and %d", got, left)
	}
	for text, want := range map[string]string{"a\nb\nc": "a\nb 2", "a\nb": "a\nb 0", "\n\n\n": "\n 2", "abcdefgh\nx\ny": "abcde 7", "": " 0"} {
		got, left := clipLines(text, 5, 2)
		if got = fmt.Sprint(got, " ", left); got != want {
			t.Errorf("of %q: %q, want %q", text, got, want)
		}
	}
}

func TestLocalLeadsNowhereElse(t *testing.T) {
	for _, to := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "", "held", "/\n/evil.example", "/\t/evil.example", "http:/held"} {
		if got := local(to, "/held"); got != "/held" {
			t.Errorf("%q leads to %q", to, got)
		}
	}
	for _, to := range []string{"/", "/held?q=a%2F%2Fb&site=x", "/comments/a/b%2Fc"} {
		if got := local(to, "/nowhere"); got != to {
			t.Errorf("%q leads to %q", to, got)
		}
	}
}

// FuzzSpans shows every byte of a text once, in order, or names what cannot be seen.
func FuzzSpans(f *testing.F) {
	f.Add("cheap pills http://a.example \u202e great", "cheap pills")
	f.Add("便宜的 便宜", "便宜")
	f.Add("\xff\u200b\u200b", "\xff")
	f.Fuzz(func(t *testing.T, text, word string) {
		var shown strings.Builder
		for _, s := range spans(text, []clue{{Text: word, Weight: 1}}) {
			if s.Kind == "odd" {
				continue
			}
			for _, r := range s.Text {
				if r == '\u202e' || r == '\u200b' || r == 0 {
					t.Fatalf("%q shows %U", text, r)
				}
			}
			shown.WriteString(s.Text)
		}
		rest := text
		for _, r := range shown.String() { // what is shown is part of the text, in order
			i := strings.IndexRune(rest, r)
			if i < 0 {
				t.Fatalf("%q shows %q", text, shown.String())
			}
			rest = rest[i+utf8.RuneLen(r):]
		}
	})
}

func FuzzParseChoice(f *testing.F) {
	f.Add("blog/3/c/1")
	f.Add("//")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := parseChoice(s); err == nil {
			if again, err := parseChoice(c.String()); err != nil || again != c {
				t.Errorf("%q is read as %+v and then as %+v, %v", s, c, again, err)
			}
		}
	})
}
