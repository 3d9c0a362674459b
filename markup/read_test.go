package markup

import (
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// shown writes links as "kind host" for comparing.
func shown(links []models.Link) string {
	var parts []string
	for _, l := range links {
		parts = append(parts, string(l.Kind)+" "+l.Host)
	}
	return strings.Join(parts, ", ")
}

func TestReadFindsLinksHoweverTheyAreWritten(t *testing.T) {
	tests := []struct{ content, want string }{
		{"http://example.com", "bare example.com"},
		{"see https://www.example.com/a?b=c#d, then", "bare example.com"},
		{"ftp://files.example.com/x", "bare files.example.com"},
		{"www.example.com", "bare example.com"},
		{"visit example.com", "bare example.com"},
		{"visit Example.Com.", "bare example.com"},
		{"EXAMPLE.COM!", "bare example.com"},
		{"example.co.uk is British", "bare example.co.uk"},
		{"shop.example.it", "bare shop.example.it"},
		{"best-pills24.in now", "bare best-pills24.in"},
		{"t.me/joinchat", "bare t.me"},
		{"youtu.be/abc and bit.ly/x", "bare youtu.be, bare bit.ly"},
		{"example.museum/path", "bare example.museum"},
		{"example.com:8080/x", "bare example.com"},
		{"cheap-pills.example", "bare cheap-pills.example"},
		{"пример.рф", "bare xn--e1afmkfd.xn--p1ai"},
		{"http://bücher.de/x", "bare xn--bcher-kva.de"},
		{"我喜欢example.com，你呢", "bare example.com"},
		{"看http://example.com吧", "bare example.com"},
		{"Подробностиexample.com", "bare example.com"},
		{"http://a.comhttp://b.com", "bare a.com, bare b.com"},
		{"http://a.com,http://b.com", "bare a.com, bare b.com"},
		{"http://a.com/x;http://b.com/?u=http://c.com", "bare a.com, bare b.com"},
		{"http://a.com;b.com", "bare a.com, bare b.com"},
		{"http//a.com and http:/b.com", "bare a.com, bare b.com"},
		{"clickhttp://spam.com", "bare spam.com"},
		{"HTTP://EXAMPLE.COM", "bare example.com"},
		{"http://[2001:db8::1]/x", "bare 2001:db8::1"},
		{"http://user:pw@example.com/", "bare example.com"},
		{"http://203.0.113.9/x", "bare 203.0.113.9"},
		{"http://localhost/", "bare localhost"},
		{"http://x", "bare x"},
		{"//example.com/x", "bare example.com"},
		{"a.com b.com a.com", "bare a.com, bare b.com, bare a.com"},

		{`<a href="http://x.com">y</a>`, "html x.com"},
		{`<A HREF='http://x.com'>y</A>`, "html x.com"},
		{`<a href=http://x.com>y</a>`, "html x.com"},
		{`<a rel="nofollow" href = "http://x.com" >y`, "html x.com"},
		{`<a href="http://x.com">http://x.com</a>`, "html x.com"},
		{`<a href="http://x.com/a">www.x.com/a…</a>`, "html x.com"},
		{`<a href="http://x.com">x.com</a> x.com`, "html x.com, bare x.com"},
		{`<a href="http://x.com">http://y.com</a>`, "html x.com, bare y.com"},
		{`<a href="http://x.com">http://x.com http://x.com`, "html x.com, bare x.com"},
		{`<a href="/about">us</a>`, "html "},
		{`<a href="#top">up</a><a href="mailto:a@b.com">mail</a><a name="x">z</a>`, ""},
		{`<iframe src="http://v.com/1"></iframe><area href="http://w.com">`, "html v.com, html w.com"},
		{`<img src="http://x.com/a.png" alt="hi">`, ""},
		{`<a href="http://x.com"><img src="http://y.com/i.png"></a>`, "html x.com"},
		{`<a href="http://x&#46;com/?a=1&amp;b=2">y</a>`, "html x.com"},
		{"<https://example.com/a>", "markdown example.com"},
		{`a.com <a href="http://b.com">b</a> c.com [url=http://d.com]d[/url] [e](http://e.com)`,
			"bare a.com, html b.com, bare c.com, bbcode d.com, markdown e.com"},

		{"[text](http://x.com)", "markdown x.com"},
		{"[text](<http://x.com> \"a title\")", "markdown x.com"},
		{"[text](<http://x.com/a b> 'a title') http://y.com", "markdown x.com, bare y.com"},
		{"[text](<http://x.com/a b", "markdown x.com"},
		{"[http://x.com](http://x.com)", "markdown x.com"},
		{"[x](www.x.com)", "markdown x.com"},
		{"![alt](http://x.com/i.png)", ""},
		{"[![alt](http://y.com/i.png)](http://x.com)", "markdown x.com"},
		{"see [x][1]\n\n[1]: http://x.com \"t\"", "markdown x.com"},
		{"a [b [c] d](http://x.com/a_(b)) e", "markdown x.com"},
		{"a[i](x) and f[0](y)", ""},
		{"[text](http://x.com", "markdown x.com"},

		{"[url]http://x[/url]", "bbcode x"},
		{"[URL]http://x.com[/URL]", "bbcode x.com"},
		{"[url=http://x.com]y[/url]", "bbcode x.com"},
		{`[url="http://x.com"]http://x.com[/url]`, "bbcode x.com"},
		{"[link=http://x.com]y[/link]", "bbcode x.com"},
		{"[url=x.com]y[/url] x.com", "bbcode x.com, bare x.com"},
		{"[img]http://x.com/i.png[/img]", ""},
		{"[url=http://x.com][img]http://y.com/i.png[/img][/url]", "bbcode x.com"},
		{"[url=http://x.com text", "bare x.com"},
		{"[http://x.com text]", "bare x.com"},

		{"hxxp://x.com/a", "disguised x.com"},
		{"hxxps://example[.]com/a", "disguised example.com"},
		{"h**p://x.com", "disguised x.com"},
		{"http : // x.com", "disguised x.com"},
		{"http:\\\\x.com", "disguised x.com"},
		{"http://example[.]com", "disguised example.com"},
		{"http://example . com/a", "disguised example.com"},
		{"http://example.com . So be it", "bare example.com"},
		{"example[.]com", "disguised example.com"},
		{"example(dot)com", "disguised example.com"},
		{"www.example {dot} com", "disguised example.com"},
		{"example [dot] com/path", "disguised example.com"},
		{"go to example dot com", "disguised example.com"},
		{"go to example DOT com now", "disguised example.com"},
		{"go to example dot co dot uk", "disguised example.co.uk"},
		{"www dot example dot com", "disguised example.com"},
		{"example . com", "disguised example.com"},
		{"www . example . com", "disguised example.com"},
		{"ｅｘａｍｐｌｅ．ｃｏｍ", "disguised example.com"},
		{"ｈｔｔｐ：／／ｅｘａｍｐｌｅ．ｃｏｍ", "disguised example.com"},
		{"example。com", "disguised example.com"},
		{"𝐞𝐱𝐚𝐦𝐩𝐥𝐞.𝐜𝐨𝐦", "disguised example.com"},
		{"ⓔⓧⓐⓜⓟⓛⓔ.com", "disguised example.com"},
		{"exam\u200bple.c\u00adom", "bare example.com"},
		{"ht\u200btp://example.com", "bare example.com"},
	}
	for _, ct := range models.ContentTypes {
		for _, tt := range tests {
			if got := shown(Read(tt.content, ct).Links); got != tt.want {
				t.Errorf("%s %q: links %q, want %q", ct, tt.content, got, tt.want)
			}
		}
	}
}

func TestReadTakesOrdinaryTextForText(t *testing.T) {
	for _, content := range []string{
		"e.g. this, i.e. that, a.m. and p.m., U.S. and U.K., a.k.a. me, z.B. das, u.a. auch, d.h. so",
		"Node.js, readme.md, file.py, run.sh, main.rs, archive.zip, docs/readme.md, ./x/example.com/y",
		"The end.So next sentence. The end.In the beginning. stop.It is so. that.is all, ok.in fact, great.me too, é.eu acho",
		"Version 1.2.3, v2.0.1-rc1, 3.14, 12.0.0.0/8, 192.168.0.1, 10.30.in time",
		"ASP.NET, VB.NET and System.out.println(x), console.info(x), this.name",
		"write to joe@example.com, joe.smith@mail.example.com or joe(at)example(dot)com, joe [at] example [dot] com",
		"@example.com",
		"the dot com bubble, every dot com company, a dot net developer, polka dot dress, example dot com bubble",
		"One thing . Another thing . And so on . . .",
		"wait...what? yes...no. hm..ok",
		"He said: yes / no, and/or, w/o, 24/7, http is a protocol, http:// is a scheme, sftp://host",
		"a < b and c > d, x<y && y>z, a <b then c> d, I <3 you, <-- here, 1 << 2 >> 3",
		"x = a[i] + b[j]; f(x)[0]; [citation needed] [1]",
		"Mr.Smith went.Then he came. Visit St.Petersburg",
		"Amazon.Then he left",
		"Привет.Как дела? Хорошо.Да",
		"你好。世界。再见",
		"under co.uk and com.au",
		"snake_case_name, 2 * 3 * 4, f**k, a**b",
		"C:\\temp\\example.com",
	} {
		for _, ct := range models.ContentTypes {
			if got := Read(content, ct); len(got.Links) > 0 || got.Hidden > 0 {
				t.Errorf("%s %q: links %v, hidden %d", ct, content, got.Links, got.Hidden)
			}
		}
		if got := Read(content, models.PlainText).Plain; got != content {
			t.Errorf("plain text of %q is %q", content, got)
		}
	}
}

func TestReadRepairsDisguisedURLs(t *testing.T) {
	tests := []struct{ content, url string }{
		{"hxxps://x.com/a?b", "https://x.com/a?b"},
		{"hxxp://example[.]com/a.", "http://example.com/a"},
		{"example [dot] com/path", "http://example.com/path"},
		{"http : // x.com/a", "http://x.com/a"},
		{"www . example . com", "http://www.example.com"},
		{"ｅｘａｍｐｌｅ．ｃｏｍ", "http://example.com"},
		{"example.com/a", "example.com/a"},
		{"(http://example.com/a_(b))", "http://example.com/a_(b)"},
		{"(see http://example.com/a).", "http://example.com/a"},
		{"http://example.com/a?b=c&d=e!!!", "http://example.com/a?b=c&d=e"},
		{"\"http://example.com/\"", "http://example.com/"},
		{"http://example.com/’s", "http://example.com/"},
		{"http://example.com/wiki/Москва", "http://example.com/wiki/Москва"},
		{"**http://example.com/a**", "http://example.com/a"},
		{"_example.com_", "example.com"},
		{"example.com.", "example.com"},
		{"example.com.So it goes", "example.com"},
		{"<a href=' http://x.com/ '>y</a>", "http://x.com/"},
	}
	for _, tt := range tests {
		got := Read(tt.content, models.PlainText).Links
		if len(got) != 1 || got[0].URL != tt.url {
			t.Errorf("%q: links %v, want one to %s", tt.content, got, tt.url)
		}
	}
}

func TestReadGivesThePlainText(t *testing.T) {
	const plain, md, web = models.PlainText, models.Markdown, models.HTML
	tests := []struct {
		ct            models.ContentType
		content, want string
	}{
		{md, "see [it](<http://x.com/a b> 't').", "see it."},
		{plain, "  just text \n", "just text"},
		{plain, "a\r\nb\rc\x00d\x7fe\tf\ng", "a\nb\nc d e\tf\ng"},
		{plain, "AT&amp;T &lt;3", "AT&amp;T &lt;3"},
		{plain, "<b>AT&amp;T</b> &lt;3", "AT&T <3"},
		{plain, `x <a href="http://x.com">y &amp; z</a> w`, "x y & z w"},
		{plain, "one<br>two<!-- gone -->three", "one\ntwothree"},
		{plain, "**bold** and *starred* and f**k", "bold and *starred* and f**k"},
		{plain, "[b]bold[/b] [i]x[/i] [quote=Ann]q[/quote] [unknown]", "bold x q [unknown]"},
		{plain, "[i] is an index", "[i] is an index"},
		{plain, "[url=http://x.com]y[/url] [url]http://x.com/a[/url]", "y http://x.com/a"},
		{plain, "[img]http://x.com/i.png[/img]!", "!"},
		{plain, "[text](http://x.com \"title\") end", "text end"},
		{plain, "![alt](http://x.com/i.png) end", "alt end"},
		{plain, "see http://x.com/a_b_c and www.x.com", "see http://x.com/a_b_c and www.x.com"},
		{plain, "a \xff\xfe b", "a \ufffd\ufffd b"},
		{md, "# Title\n> quote\n* item\n**b** *i* _u_ ~~s~~ `c`", "Title\nquote\nitem\nb i u s c"},
		{md, "snake_case_name 2 * 3 * 4 \\*not\\*", "snake_case_name 2 * 3 * 4 *not*"},
		{md, "```go\nx := 1\n```", "go\nx := 1"},
		{md, "AT&amp;T", "AT&T"},
		{md, "[x][1]\n\n[1]: http://x.com", "x"},
		{md, "_[text](http://x.com)_", "text"},
		{web, "<p>one</p><p>two</p>", "one\ntwo"},
		{web, "FR<!-- x -->EE", "FREE"},
		{web, "a<script>alert(1)</script>b<style>p{}</style>c", "abc"},
		{web, "a<script>never closed <b>spam</b>", "anever closed spam"},
		{web, "a<script>x</scripty>spam", "axspam"},
		{web, "<img src=x alt='a cat'>", "a cat"},
		{web, "&lt;b&gt; &#65;&nbsp;&eacute;", "<b> A\u00a0é"},
		{web, "1 < 2 and <3", "1 < 2 and <3"},
		{web, "text <a href=\"http://x.com", "text <a href=\"http://x.com"},
		{web, "<noscript><a href=http://x.com>y</a></noscript>", "y"},
		{web, "<textarea>a <b>b</b></textarea>", "a b"},
		{web, "<ul><li>a<li>b</ul>c", "a\nb\nc"},
	}
	for _, tt := range tests {
		if got := Read(tt.content, tt.ct).Plain; got != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.ct, tt.content, got, tt.want)
		}
	}
}

func TestReadFindsLinksInHTMLThatBrowsersWouldNotShow(t *testing.T) {
	for _, content := range []string{
		"<noscript><a href=http://x.com>y</a></noscript>",
		"<plaintext><a href=http://x.com>y</a>",
		"<script>unclosed <a href=http://x.com>y</a>",
		"text <a href=\"http://x.com",
	} {
		if got := Read(content, models.HTML).Links; len(got) != 1 || got[0].Host != "x.com" {
			t.Errorf("%q: links %v, want one to x.com", content, got)
		}
	}
}

func TestReadDropsAndCountsHiddenCharacters(t *testing.T) {
	tests := []struct {
		name, content, want string
		hidden              int
	}{
		{"zero width", "v\u200bi\u200ca\u200dg\u2060r\ufeffa", "viagra", 5},
		{"soft hyphen", "vi\u00adagra", "viagra", 1},
		{"bidi controls", "\u202eabc\u202c \u2066x\u2069", "abc x", 4},
		{"left-to-right mark in Latin", "a\u200eb", "ab", 1},
		{"variation selector on a letter", "a\ufe0fb\U000e0100", "ab", 2},
		{"tag characters", "hi\U000e0041\U000e0042", "hi", 2},
		{"tag characters after a full flag", "\U0001f3f4" + strings.Repeat("\U000e0061", 20), "\U0001f3f4" + strings.Repeat("\U000e0061", 8), 12},
		{"combining grapheme joiner", "a\u034fb", "ab", 1},
		{"Hangul filler", "\u3164x", "x", 1},
		{"Persian", "می\u200cخواهم", "می\u200cخواهم", 0},
		{"doubled Persian", "می\u200c\u200cخواهم", "می\u200cخواهم", 1},
		{"Devanagari", "क्\u200dष", "क्\u200dष", 0},
		{"Hebrew marks", "שלום\u200f!", "שלום!", 0},
		{"family emoji", "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧", 0},
		{"heart", "❤\ufe0f", "❤\ufe0f", 0},
		{"rainbow flag", "🏳\ufe0f\u200d🌈", "🏳\ufe0f\u200d🌈", 0},
		{"keycap", "1\ufe0f\u20e3", "1\ufe0f\u20e3", 0},
		{"Scotland", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 0},
		{"skin tone", "👩🏽\u200d🚀", "👩🏽\u200d🚀", 0},
		{"ideographic variant", "葛\U000e0100", "葛\U000e0100", 0},
		{"accents", "Ünïcödé e\u0301", "Ünïcödé e\u0301", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, ct := range models.ContentTypes {
				got := Read(tt.content, ct)
				if got.Plain != tt.want || got.Hidden != tt.hidden {
					t.Errorf("%s: %q, %d hidden, want %q, %d", ct, got.Plain, got.Hidden, tt.want, tt.hidden)
				}
			}
		})
	}
	if got := Read("vi&#8203;agra&shy;", models.HTML); got.Plain != "viagra" || got.Hidden != 2 {
		t.Errorf("hidden entities: %q, %d hidden", got.Plain, got.Hidden)
	}
}

func TestReadBoundsTheNumberOfLinks(t *testing.T) {
	for _, one := range []string{"a.com ", "<a href=//a.com>", "[url=a.com]", "[x](a.com)"} {
		if got := len(Read(strings.Repeat(one, maxLinks+10), models.HTML).Links); got != maxLinks {
			t.Errorf("%q: %d links, want %d", one, got, maxLinks)
		}
	}
}

func TestReadOfSimpleTextDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Read(sixtyWords, models.PlainText) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
