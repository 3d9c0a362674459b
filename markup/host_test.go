package markup

import "testing"

func TestHost(t *testing.T) {
	tests := []struct{ url, want string }{
		{"http://example.com", "example.com"},
		{"https://www.Example.COM:8443/path?q#f", "example.com"},
		{"http://example.com.", "example.com"},
		{"//example.com/x", "example.com"},
		{"http:example.com", "example.com"},
		{"http:///example.com", "example.com"},
		{`http:\\example.com\x`, "example.com"},
		{"http://user:p@ss@example.com/@x", "example.com"},
		{"http://example.com?x", "example.com"},
		{"http://example.com#x", "example.com"},
		{" \thttp://exa\nmple.com\n", "example.com"},
		{"http://%65xample.com", "example.com"},
		{"http://bücher.de", "xn--bcher-kva.de"},
		{"http://BÜCHER.de", "xn--bcher-kva.de"},
		{"http://ｅｘａｍｐｌｅ。ｃｏｍ", "example.com"},
		{"http://straße.de", "xn--strae-oqa.de"},
		{"http://foo_bar.example.com", "foo_bar.example.com"},
		{"http://r3---sn.example.com", "r3---sn.example.com"},
		{"http://203.0.113.9:80/", "203.0.113.9"},
		{"http://[2001:DB8::1]:80/", "2001:db8::1"},
		{"http://localhost:8080", "localhost"},
		{"hxxp://example.com", "example.com"},
		{"irc://chat.example.com/x", "chat.example.com"},
		{"www.example.com", "example.com"},
		{"www.com", "www.com"},
		{"http://www.com", "www.com"},
		{"example.com", "example.com"},
		{"example.com/path", "example.com"},
		{"example.com:80/path", "example.com"},
		{"blog.example", "blog.example"},
		{"пример.рф", "xn--e1afmkfd.xn--p1ai"},

		{"", ""},
		{"about.html", ""},
		{"index.php?x=1", ""},
		{"/about", ""},
		{"#top", ""},
		{"?q", ""},
		{"localhost", ""},
		{"joe@example.com", ""},
		{"mailto:joe@example.com", ""},
		{"javascript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"tel:12345", ""},
		{"http://", ""},
		{"http://exa mple.com", ""},
		{"http://a..b", ""},
		{"http://%zz", ""},
		{"http://[::1", ""},
		{"http://foo!bar.com", ""},
		{"my site", ""},
	}
	for _, tt := range tests {
		if got := Host(tt.url); got != tt.want {
			t.Errorf("Host(%q) = %q, want %q", tt.url, got, tt.want)
		}
	}
}
