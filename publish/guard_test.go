package publish

import (
	"errors"
	"net/netip"
	"testing"
)

func TestGuardKnowsWhereNoCallbackMayLie(t *testing.T) {
	const (
		always = iota // may be called
		asked         // only when private addresses are allowed
		never
	)
	for address, want := range map[string]int{
		"8.8.8.8": always, "1.1.1.1": always, "172.15.255.255": always, "172.32.0.0": always, "100.63.255.255": always,
		"100.128.0.0": always, "192.167.255.255": always, "11.0.0.0": always, "9.255.255.255": always, "223.255.255.255": always,
		"2606:4700::1111": always, "2a00:1450:4001::1": always, "2001:4860:4860::8888": always,

		"127.0.0.1": asked, "127.255.255.254": asked, "::1": asked, "10.0.0.1": asked, "10.255.255.255": asked, "172.16.0.1": asked,
		"172.31.255.255": asked, "192.168.1.1": asked, "fc00::1": asked, "fd12:3456::1": asked,
		"::ffff:127.0.0.1": asked, "::ffff:10.0.0.1": asked, "::ffff:0:10.0.0.1": asked, "64:ff9b::10.0.0.1": asked, "2002:7f00:1::": asked, "2002:a00:1::1": asked,

		"169.254.169.254": never, "169.254.0.1": never, "fe80::1": never, "fe80::1%eth0": never, "febf::1": never,
		"100.64.0.1": asked, "100.100.100.199": asked, "100.127.255.255": asked, "64:ff9b::100.64.0.1": asked,
		"100.100.100.200": never, "::ffff:100.100.100.200": never, "0.0.0.0": never, "0.1.2.3": never, "::": never,
		"192.0.0.1": never, "192.0.0.192": never, "192.0.2.1": never, "198.18.0.1": never, "198.19.255.255": never,
		"198.51.100.1": never, "203.0.113.1": never, "192.88.99.1": never, "224.0.0.1": never, "239.255.255.255": never,
		"240.0.0.1": never, "255.255.255.255": never, "168.63.129.16": never,
		"ff02::1": never, "fec0::1": never, "100::1": never, "100:0:0:1::1": never, "2001:db8::1": never, "2001:0:1::1": never, "2001:2::1": never, "2001:10::1": never,
		"3fff::1": never, "5f00::1": never, "fd00:ec2::254": never, "fd20:ce::254": never, "64:ff9b:1::1": never, "::8.8.8.8": never, "::7f00:1": never,
		"::ffff:169.254.169.254": never, "64:ff9b::169.254.169.254": never, "64:ff9b::8.8.8.8": always, "2002:a9fe:a9fe::": never,
		"2002:808:808::1": always, "::ffff:0:169.254.1.1": never, "::ffff:8.8.8.8": always,
	} {
		addr := netip.MustParseAddr(address)
		for _, private := range []bool{false, true} {
			err := guard{private: private}.check(addr)
			good := want == always || (want == asked && private)
			if (err == nil) != good || (err != nil && !errors.Is(err, errAddress)) {
				t.Errorf("%s, private %v: %v", address, private, err)
			}
		}
	}
	for _, address := range []string{"", "example.com:80", "10.0.0.1", "1.2.3.4:x", "[::1]"} {
		if (guard{private: true}).control("tcp", address, nil) == nil {
			t.Errorf("%q let through", address)
		}
	}
	if err := (guard{}).control("tcp6", "[fe80::1%lo]:80", nil); !errors.Is(err, errAddress) {
		t.Errorf("a zone hides the address: %v", err)
	}
	if err := (guard{}).check(netip.Addr{}); !errors.Is(err, errAddress) {
		t.Errorf("no address: %v", err)
	}
}

// FuzzGuard: an IPv4 address is judged alike in every form in which IPv6 can hold it.
func FuzzGuard(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1}, true)
	f.Add([]byte{169, 254, 169, 254}, true)
	f.Add([]byte{8, 8, 8, 8}, false)
	f.Fuzz(func(t *testing.T, b []byte, private bool) {
		if len(b) != 4 {
			return
		}
		g := guard{private: private}
		want := g.check(netip.AddrFrom4([4]byte(b))) == nil
		for name, form := range map[string][16]byte{
			"mapped":     {10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]},
			"translated": {8: 0xff, 9: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]},
			"NAT64":      {0, 0x64, 0xff, 0x9b, 12: b[0], 13: b[1], 14: b[2], 15: b[3]},
			"6to4":       {0x20, 0x02, b[0], b[1], b[2], b[3]},
		} {
			if got := g.check(netip.AddrFrom16(form)) == nil; got != want {
				t.Errorf("%v as %s: %v, want %v", b, name, got, want)
			}
		}
	})
}
