package accounts_test

import (
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/winnowd/winnow/accounts"
)

func TestAnAddressIsBelievedOfTrustedProxiesAlone(t *testing.T) {
	trusted := accounts.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	for name, c := range map[string]struct {
		proxies accounts.Proxies
		remote  string
		header  []string
		want    string
	}{
		"no proxy is trusted":            {nil, "10.0.0.1:99", []string{"203.0.113.9"}, "10.0.0.1"},
		"the client itself":              {trusted, "203.0.113.9:99", []string{"198.51.100.1"}, "203.0.113.9"},
		"by a proxy":                     {trusted, "10.0.0.1:99", []string{"203.0.113.9"}, "203.0.113.9"},
		"by two proxies":                 {trusted, "[::1]:99", []string{"203.0.113.9, 10.2.3.4"}, "203.0.113.9"},
		"forged before":                  {trusted, "10.0.0.1:99", []string{"198.51.100.1, 127.0.0.1, 203.0.113.9"}, "203.0.113.9"},
		"forged in a line of its own":    {trusted, "10.0.0.1:99", []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		"forged as a proxy":              {trusted, "10.0.0.1:99", []string{"10.9.9.9, 203.0.113.9"}, "203.0.113.9"},
		"no header":                      {trusted, "10.0.0.1:99", nil, "10.0.0.1"},
		"an empty header":                {trusted, "10.0.0.1:99", []string{""}, "10.0.0.1"},
		"no address":                     {trusted, "10.0.0.1:99", []string{"203.0.113.9, unknown"}, "10.0.0.1"},
		"no address further on":          {trusted, "10.0.0.1:99", []string{"<script>, 10.2.3.4"}, "10.2.3.4"},
		"proxies alone":                  {trusted, "10.0.0.1:99", []string{"10.3.3.3, 10.2.3.4"}, "10.3.3.3"},
		"with a port":                    {trusted, "10.0.0.1:99", []string{"203.0.113.9:4711"}, "203.0.113.9"},
		"of IPv6, with a port":           {trusted, "10.0.0.1:99", []string{"[2001:db8::7]:4711"}, "2001:db8::7"},
		"of IPv6":                        {trusted, "10.0.0.1:99", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv4 as IPv6":                   {trusted, "[::ffff:10.0.0.1]:99", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"with a zone, which names count": {trusted, "10.0.0.1:99", []string{"fe80::1%a"}, "fe80::1"},
		"no address at all":              {trusted, "somewhere", []string{"203.0.113.9"}, "somewhere"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		for _, line := range c.header {
			r.Header.Add("X-Forwarded-For", line)
		}
		if got := c.proxies.ClientAddress(r); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func FuzzClientAddress(f *testing.F) {
	f.Add("203.0.113.9, 10.2.3.4", "10.0.0.1:99")
	f.Add("[::1%x]:1,", "[::ffff:10.0.0.1]:99")
	trusted := accounts.Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, header, remote string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = remote
		r.Header["X-Forwarded-For"] = []string{header}
		got := trusted.ClientAddress(r)
		if addr, err := netip.ParseAddr(got); err == nil && addr.String() != got {
			t.Errorf("%q from %q is %q: not in its usual form", header, remote, got)
		}
		if without := accounts.Proxies(nil).ClientAddress(r); got != without {
			if addr, err := netip.ParseAddr(without); err != nil || !trusted[0].Contains(addr) {
				t.Errorf("%q is believed of %q", header, remote)
			}
		}
	})
}
