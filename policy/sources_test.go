package policy

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
)

func TestAddressesMatchRanges(t *testing.T) {
	for _, tt := range []struct {
		ips, ip string
		entry   string
	}{
		{"203.0.113.9", "203.0.113.9", "203.0.113.9"},
		{"203.0.113.9", "203.0.113.10", ""},
		{"203.0.113.0/24", "203.0.113.200", "203.0.113.0/24"},
		{"203.0.112.0/20, 203.0.113.0/24, 0.0.0.0/0", "203.0.113.200", "203.0.113.0/24"},
		{"203.0.112.0/20, 203.0.113.0/24, 0.0.0.0/0", "198.51.100.1", "0.0.0.0/0"},
		{"203.0.113.0/24", "::ffff:203.0.113.9", "203.0.113.0/24"},
		{"'::ffff:203.0.113.9'", "203.0.113.9", "::ffff:203.0.113.9"},
		{"'::ffff:203.0.113.0/120'", "203.0.113.9", "::ffff:203.0.113.0/120"},
		{"'2001:db8::/32'", "2001:db8:1:2::3", "2001:db8::/32"},
		{"'2001:db8::/32'", "2001:DB8:1:2:0::3", "2001:db8::/32"},
		{"'2001:db8::1'", "2001:db8::1", "2001:db8::1"},
		{"'fe80::/10'", "fe80::1%eth0", "fe80::/10"},
		{"'::/0'", "203.0.113.9", ""},
		{"'::/0', 0.0.0.0/0", "", ""},
		{"'::/0', 0.0.0.0/0", "nonsense", ""},
		{"'::/0', 0.0.0.0/0", "203.0.113.9:80", ""},
		{"'::/0', 0.0.0.0/0", "127.0.0.1", ""},
		{"'::/0', 0.0.0.0/0", "::1", ""},
		{"'::/0', 0.0.0.0/0", "0.0.0.0", ""},
		{"'::/0', 0.0.0.0/0", "::", ""},
		{"'::/0', 0.0.0.0/0", "203.0.113.0", ""},
		{"'::/0', 0.0.0.0/0", "::ffff:203.0.113.0", ""},
		{"'::/0', 0.0.0.0/0", "2001:db8:1::", ""},
		{"'::/0', 0.0.0.0/0", " 203.0.113.1 ", "0.0.0.0/0"},
		{"'::/0', 0.0.0.0/0", "2001:db8:1:1::", "::/0"},
	} {
		c := testCase()
		c.Revision.Comment.Author.IP = tt.ip
		for _, kind := range []string{"blocked", "allowed"} {
			want := ""
			if tt.entry != "" {
				want = `the sender's address is ` + kind + ` by "` + tt.entry + `"`
			}
			expect(t, "rule: "+kind+"-sources, ips: ["+tt.ips+"]", c, want)
		}
	}
}

func TestBlockedSources(t *testing.T) {
	for _, tt := range []struct {
		name, lists string
		author      models.Author
		links       []string
		code        string
		params      map[string]any
		detail      string
	}{
		{"e-mail", "emails: [Pest@Mail.example]", models.Author{Email: " pest@MAIL.example"}, nil, "email",
			map[string]any{"entry": "Pest@Mail.example", "field": "author.email"}, `the e-mail address "Pest@Mail.example" is blocked`},
		{"another e-mail", "emails: [pest@mail.example]", models.Author{Email: "best@mail.example"}, nil, "", nil, ""},
		{"e-mail domain", "domains: [spam.example]", models.Author{Email: "a@x.spam.example"}, nil, "domain",
			map[string]any{"entry": "spam.example", "field": "author.email"}, `the e-mail address is at the blocked domain "spam.example"`},
		{"website", "domains: [spam.example]", models.Author{URL: "HTTP://user@www.x.Spam.example:80/?q"}, nil, "domain",
			map[string]any{"entry": "spam.example", "field": "author.url", "found": "x.spam.example"}, `the author's website "x.spam.example" is blocked by "spam.example"`},
		{"link", "domains: [spam.example]", models.Author{}, []string{"good.example", "a.b.spam.example"}, "domain",
			map[string]any{"entry": "spam.example", "field": "content", "found": "a.b.spam.example"}, `a link leads to "a.b.spam.example", blocked by "spam.example"`},
		{"only ends alike", "domains: [spam.example]", models.Author{Email: "a@notspam.example", URL: "spam.example.org"}, []string{"myspam.example"}, "", nil, ""},
		{"narrowest domain", "domains: [example, spam.example]", models.Author{}, []string{"x.spam.example"}, "domain",
			map[string]any{"entry": "spam.example", "field": "content", "found": "x.spam.example"}, `a link leads to "x.spam.example", blocked by "spam.example"`},
		{"host", "hosts: [www.short.example]", models.Author{}, []string{"short.example"}, "host",
			map[string]any{"entry": "www.short.example", "field": "content", "found": "short.example"}, `a link leads to "short.example", blocked by "www.short.example"`},
		{"host is that one", "hosts: [short.example]", models.Author{}, []string{"x.short.example"}, "", nil, ""},
		{"host is of links", "hosts: [short.example]", models.Author{Email: "a@short.example", URL: "https://short.example"}, nil, "", nil, ""},
		{"international", "domains: [bücher.example]", models.Author{Email: "a@BÜCHER.example"}, nil, "domain",
			map[string]any{"entry": "bücher.example", "field": "author.email"}, `the e-mail address is at the blocked domain "bücher.example"`},
		{"international link", "hosts: [bücher.example]", models.Author{}, []string{"xn--bcher-kva.example"}, "host",
			map[string]any{"entry": "bücher.example", "field": "content", "found": "xn--bcher-kva.example"}, `a link leads to "xn--bcher-kva.example", blocked by "bücher.example"`},
		{"nothing known", "domains: [spam.example], emails: [a@spam.example], hosts: [spam.example], ips: [0.0.0.0/0]", models.Author{}, nil, "", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := testCase()
			c.Revision.Comment.Author, c.Text.Links = tt.author, links(tt.links...)
			f := expect(t, "rule: blocked-sources, "+tt.lists, c, tt.detail)
			if tt.code != "" && (f.Code != "blocked-sources."+tt.code || f.Action != models.Hold) || !reflect.DeepEqual(f.Params, tt.params) {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestAllowedSourcesNeedEveryLinkAllowed(t *testing.T) {
	const domains, hosts = "domains: [wikipedia.example]", "hosts: [wikipedia.example]"
	for _, tt := range []struct {
		name, lists string
		author      models.Author
		links       []models.Link
		detail      string
	}{
		{"no links", domains, models.Author{}, nil, ""},
		{"one allowed", domains, models.Author{}, links("en.wikipedia.example"), `every link is allowed, "en.wikipedia.example" by "wikipedia.example"`},
		{"one foreign beside it", domains, models.Author{}, links("en.wikipedia.example", "spam.example"), ""},
		{"own beside it", domains, models.Author{}, links("blog.example", "en.wikipedia.example"), `every link is allowed, "en.wikipedia.example" by "wikipedia.example"`},
		{"own alone", domains, models.Author{}, links("blog.example"), ""},
		{"link without host", domains, models.Author{}, append(links("en.wikipedia.example"), models.Link{URL: "mailto:a@spam.example"}), ""},
		{"foreign website beside it", domains, models.Author{URL: "https://spam.example"}, links("en.wikipedia.example"), ""},
		{"odd website beside it", domains, models.Author{URL: "spam"}, links("en.wikipedia.example"), ""},
		{"own website beside it", domains, models.Author{URL: "https://blog.example/ann"}, links("en.wikipedia.example"), `every link is allowed, "en.wikipedia.example" by "wikipedia.example"`},
		{"website alone", domains, models.Author{URL: "https://en.wikipedia.example"}, nil, `the author's website "en.wikipedia.example" is allowed by "wikipedia.example"`},
		{"website and a foreign link", domains, models.Author{URL: "https://en.wikipedia.example"}, links("spam.example"), ""},
		{"host", hosts, models.Author{}, links("wikipedia.example"), `every link is allowed, "wikipedia.example" by "wikipedia.example"`},
		{"host is that one", hosts, models.Author{}, links("en.wikipedia.example"), ""},
		{"host says nothing of websites", hosts, models.Author{URL: "wikipedia.example"}, nil, ""},
		{"e-mail domain", domains, models.Author{Email: "ann@wikipedia.example"}, links("spam.example"), `the e-mail address is at the allowed domain "wikipedia.example"`},
		{"e-mail", "emails: [ann@mail.example]", models.Author{Email: "Ann@mail.example"}, nil, `the e-mail address "ann@mail.example" is allowed`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := testCase()
			c.Revision.Comment.Author, c.Text.Links = tt.author, tt.links
			if f := expect(t, "rule: allowed-sources, "+tt.lists, c, tt.detail); tt.detail != "" && f.Action != models.Approve {
				t.Errorf("action %s", f.Action)
			}
		})
	}
}

func TestHostOf(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                "",
		"https://blog.example":            "blog.example",
		" https://WWW.Blog.Example.:443/": "blog.example",
		"//blog.example/x":                "blog.example",
		"blog.example/x//y":               "blog.example",
		"www.blog.example":                "blog.example",
		"https://u:p@blog.example?x@y":    "blog.example",
		"https://blog.example\\@evil":     "blog.example",
		"http://[2001:DB8::1]:80/":        "2001:db8::1",
		"http://203.0.113.9:8080":         "203.0.113.9",
		"http://localhost:8080":           "localhost",
		"localhost":                       "",
		"/about.html":                     "",
		"my homepage":                     "",
		"https://Bücher.example":          "xn--bcher-kva.example",
		"https://":                        "",
		`https:/\evil.example`:            "evil.example",
		`https:\\evil.example\x`:          "evil.example",
		"http:evil.example":               "evil.example",
		"http:///evil.example":            "evil.example",
		"h\tttp://evil\n.example":         "evil.example",
		"http://ev%69l.example":           "evil.example",
		"http://a@b@evil.example":         "evil.example",
		"evil.example:80/x":               "evil.example",
		"http://evil.example..":           "evil.example",
		"http://www.com":                  "www.com",
		"just words. more":                "",
		"javascript:alert(1)":             "",
		"data:text/html,//evil.example":   "",
	} {
		if got := hostOf(raw); got != want {
			t.Errorf("hostOf(%q) = %q, want %q", raw, got, want)
		}
	}
}

// Websites are found in lists like links: whatever leads somewhere in a comment leads
// there from its author's name.
func TestHostsOfWebsitesAreThoseOfLinks(t *testing.T) {
	for _, raw := range []string{
		"https://blog.example", " HTTPS://WWW.Blog.Example.:443/", "//blog.example/x", `https:/\blog.example`, `\\blog.example`, "http:blog.example",
		"http:////blog.example", "h\nttp://blog.example", "http://blog%2eexample", "http://u:p@x@blog.example:80?y", `http://blog.example\@x.example`,
		"http://ｂｌｏｇ.example", "http://blog。example", "http://www.com", "http://[::1]:80/", "blog.example/x", "blog.example:80", "/x", "?x", "#x", "",
	} {
		if got, want := hostOf(raw), markup.Host(raw); got != want {
			t.Errorf("the host of %q is %q, of a link %q", raw, got, want)
		}
	}
}

func FuzzPrefixesAgreeWithNaiveSearch(f *testing.F) {
	f.Add("203.0.113.0/24 203.0.113.9 ::/0", "203.0.113.9")
	f.Add("2001:db8::/32 2001:db8:1::/48 ::ffff:10.0.0.0/104", "::ffff:10.1.2.3")
	f.Add("0.0.0.0/0 ::/1", "8000::1")
	f.Fuzz(func(t *testing.T, list, ip string) {
		var p prefixes
		var all []netip.Prefix
		var written []string
		for s := range strings.FieldsSeq(list) {
			if r, err := parseRange(s); err == nil {
				if r != r.Masked() {
					t.Fatalf("%q gave %v with host bits", s, r)
				}
				p.add(r, s)
				all, written = append(all, r), append(written, s)
			}
		}
		addr, ok := knownAddress(ip)
		if !ok {
			return
		}
		want, bits := "", -1
		for i, r := range all {
			if r.Contains(addr) && r.Bits() > bits {
				want, bits = written[i], r.Bits()
			}
		}
		if got, found := p.find(addr); got != want || found != (bits >= 0) {
			t.Errorf("got %q %v, want %q", got, found, want)
		}
	})
}

func FuzzHostOfIsAHostOrNothing(f *testing.F) {
	for _, s := range []string{"https://www.blog.example:80/x", "//a", "a@b.c", "http://[::1]", "bücher.example", "http:\\\\x.y", "https://."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		host := hostOf(raw)
		if strings.ContainsAny(host, `/\?#@`) || strings.ToLower(host) != host {
			t.Errorf("hostOf(%q) = %q", raw, host)
		}
		if validHost(host) && hostOf("https://"+host+":1/") != asciiHost(host) {
			t.Errorf("the host %q of %q has another host", host, raw)
		}
	})
}

func BenchmarkBlockedSources5000Ranges(b *testing.B) {
	var s strings.Builder
	s.WriteString("rules: [{rule: blocked-sources, domains: [spam.example], ips: [")
	for i := range 5_000 {
		a := netip.AddrFrom4([4]byte{11, byte(i >> 8), byte(i), 0})
		s.WriteString(netip.PrefixFrom(a, 24).String() + ", ")
		if i%5 == 0 {
			a = netip.AddrFrom4([4]byte{12, byte(i >> 8), byte(i), 7})
			s.WriteString(a.String() + ", ")
		}
	}
	set := parse(b, s.String()+"10.0.0.0/8]}]")
	c := testCase()
	c.Text.Links = links("a.example", "b.example")
	b.ReportAllocs()
	for b.Loop() {
		if set.Evaluate(c) != nil {
			b.Fatal("found something")
		}
	}
}
