package markup

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`<a href="http://x.com">y</a>`, "[a](http://x.com \"t\")", "[url=http://x]y[/url]", "example [dot] com", "www . a . com",
		"ｈｔｔｐ：／／ｅｘａｍｐｌｅ．ｃｏｍ", "a\u200bb", "**b** _i_ `c` \\*", "[x][1]\n[1]: http://x.com", "<!-- x --><script>y</script>",
		"http://[::1]/ (http://x.com/a_(b)).", "joe@example.com e.g. Node.js", "# a\n> b\n* c\n", "&#8203;&amp;", "\xff\x00\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, ct := range models.ContentTypes {
			text := Read(content, ct)
			if !utf8.ValidString(text.Plain) {
				t.Fatalf("%s: plain text is not UTF-8: %q", ct, text.Plain)
			}
			if strings.TrimSpace(text.Plain) != text.Plain {
				t.Fatalf("%s: plain text is not trimmed: %q", ct, text.Plain)
			}
			for _, r := range text.Plain {
				if unicode.Is(unicode.Cc, r) && r != '\n' && r != '\t' || r == 0x200b || r == 0x202e || r == 0xad {
					t.Fatalf("%s: %U is left in %q", ct, r, text.Plain)
				}
			}
			for _, l := range text.Links {
				if l.URL == "" || l.Kind == "" {
					t.Fatalf("%s: incomplete link %+v", ct, l)
				}
				checkHost(t, l.Host)
			}
			if again := Read(content, ct); again.Plain != text.Plain || len(again.Links) != len(text.Links) {
				t.Fatalf("%s: read differently again", ct)
			}
		}
	})
}

func FuzzHost(f *testing.F) {
	for _, seed := range []string{"http://example.com", "www.bücher.de:80/x", "//[::1%eth0]", "a@b", "%41.com", "xn--a.com", "http:\\\\x", "ß.de"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rawURL string) {
		host := Host(rawURL)
		checkHost(t, host)
		if host == "" || strings.Contains(host, ":") {
			return
		}
		if again := Host("http://" + host + "/"); again != host && !strings.HasPrefix(host, "www.") {
			t.Fatalf("Host(%q) = %q, but of that %q", rawURL, host, again)
		}
	})
}

// checkHost fails on a host that is not lower-case ASCII, or has a port or a dot at its end.
func checkHost(t *testing.T, host string) {
	t.Helper()
	if len(host) > 253 || strings.HasSuffix(host, ".") || strings.ContainsAny(host, "/@ []") {
		t.Fatalf("host %q", host)
	}
	for _, r := range host {
		if r >= 0x80 || r >= 'A' && r <= 'Z' || r <= ' ' {
			t.Fatalf("host %q has %U", host, r)
		}
	}
}
