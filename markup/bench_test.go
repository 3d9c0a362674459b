package markup

import (
	"fmt"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// sixtyWords is an honest comment without markup and links.
const sixtyWords = `Thanks for writing this up. I tried the same thing last year and gave up after two weeks, mostly because I did not ` +
	`understand why the second step failed. Your drawing of the valve made it clear at once. One question: do you think that ` +
	`a smaller pump would do, or does the pressure drop too much? Anyway, great post, and greetings from Graz.`

func BenchmarkRead(b *testing.B) {
	for _, bb := range []struct {
		name, content string
		ct            models.ContentType
	}{
		{"simple", sixtyWords, models.PlainText},
		{"link", sixtyWords + " See https://www.example.com/a/b?c=d for more.", models.PlainText},
		{"german", strings.ReplaceAll(sixtyWords, "e", "ä"), models.PlainText},
		{"russian", strings.Repeat("Спасибо за статью, очень полезно и понятно. ", 8), models.PlainText},
		{"markdown", "**" + sixtyWords + "** [x](https://example.com) and _y_", models.Markdown},
		{"html", "<p>" + sixtyWords + "</p><p>See <a href=\"https://example.com/\">this</a> &amp; that.</p>", models.HTML},
		{"spam", strings.Repeat(`<a href="http://x.com">y</a> [url=http://x.com]y[/url] http://x.com `, 5), models.PlainText},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.content)))
			b.ReportAllocs()
			for b.Loop() {
				Read(bb.content, bb.ct)
			}
		})
	}
}

// hostile are contents that make careless readers slow. Time must grow with the
// size and not with its square: compare ns/op of 16KiB and 64KiB.
var hostile = []string{
	"[", "]", "[]", "<", "<a ", "<a href=", "<a href='", "<!--", "</", "<script>", "<style><script>", "[url", "[url]", "[url=", "[url=http://x]", "[img]",
	".", "a.", "a.com", "a . ", "a dot ", "a[.]", "a(dot)", ".a@", "a@", "a.b@", "http://", "http:/", "http : // ", "://", ":/", "http://a", "http://a.com ",
	"a.com ", "[x](a.com)", "[x](a.com", "](a.co \"", "](a.co (", "[[](a.co '", "[](", "[a][b]", "[a]:", "[a]: b.com\n", "*", "**a", "*a ", "a**", "_a*b_", "`", "~~a",
	"(", "{", "(dot", "&", "&amp;", "&#8203;", "\u200b", "\u200d", "。", "ａ．", "ä.", "是.", "d", "dot ", "-", "-.", "www.", "www . ", "xn--.", "%", "%41.com ",
	"\n>", "#", "# ", "> ", "\\", "h", "hh://", "*://", "((((a.com", "a.com/(", "a.com/)", "<b>", "<b x=", "<p>", "<a href=//a.com>", "<a href=//a.com>a.com",
	"привет.", "http://ä.ö.ü.", "[dot]", "<http://", "<http://a>", "\r", "\xff", "\xe2", "!", "![", "![a](b.com/c) ",
}

func BenchmarkHostile(b *testing.B) {
	for _, unit := range hostile {
		for _, size := range []int{16 << 10, 64 << 10} {
			content := strings.Repeat(unit, size/len(unit)+1)[:size]
			for _, ct := range []models.ContentType{models.Markdown, models.HTML} {
				b.Run(fmt.Sprintf("%q/%s/%dKiB", unit, ct, size>>10), func(b *testing.B) {
					b.SetBytes(int64(size))
					for b.Loop() {
						Read(content, ct)
					}
				})
			}
		}
	}
}

func BenchmarkHost(b *testing.B) {
	for _, url := range []string{"https://www.example.com/a/b", "http://bücher.de/x", "example.com"} {
		b.Run(url, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Host(url)
			}
		})
	}
}
