package accounts_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/winnowd/winnow/accounts"
)

// FuzzOrigin sends any headers that say where a request comes from: one that names
// another host never passes, and neither does one that a browser calls another site's.
func FuzzOrigin(f *testing.F) {
	for _, seed := range [][3]string{
		{"", "", "winnow.example"}, {"same-origin", "https://winnow.example", "winnow.example"}, {"cross-site", "", "winnow.example"}, {"same-site", "https://evil.example", "winnow.example"},
		{"none", "null", "winnow.example"}, {"", "https://winnow.example@evil.example", "winnow.example"}, {"", "://winnow.example", "WINNOW.example"}, {"", "https://winnow.example/", "winnow.example"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, fetchSite, origin, host string) {
		r := &http.Request{Method: http.MethodPost, Host: host, Header: http.Header{"Sec-Fetch-Site": {fetchSite}, "Origin": {origin}}}
		err := accounts.Cookies{PublicURL: "https://blog.example/"}.SameOrigin(r, true)
		if err != nil {
			return
		}
		if fetchSite != "" && fetchSite != "same-origin" && fetchSite != "none" {
			t.Fatalf("a request from %q passes", fetchSite)
		}
		if u, parsed := url.Parse(origin); origin != "" && parsed == nil && u.Host != "" && !strings.EqualFold(u.Host, host) && !strings.EqualFold(u.Host, "blog.example") && !strings.ContainsAny(host, "@/?#\\") {
			t.Fatalf("a request from %q to %q passes", origin, host)
		}
	})
}
