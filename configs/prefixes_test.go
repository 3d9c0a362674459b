package configs

import (
	"fmt"
	"strings"
	"testing"
)

func TestPrefixesAreReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		"": "[]", " , ": "[]", "127.0.0.1": "[127.0.0.1/32]", "::1,10.1.0.0/16  fd00::/8": "[::1/128 10.1.0.0/16 fd00::/8]", "::ffff:10.0.0.1": "[10.0.0.1/32]",
		"proxy.example": "!not an IP address", "10.0.0.0/33": "!not an IP address", "0.0.0.0/0": "!every address", "::/0": "!every address",
		"10.1.2.3/16": "!write 10.1.0.0/16", "::ffff:10.0.0.0/104": "!as such", "fe80::1%eth0": "!not an IP address", "127.0.0.1;::1": "!not an IP address", "10.0.0.1:80": "!not an IP address",
	} {
		list, err := Prefixes(text)
		got := fmt.Sprint(list)
		if err != nil {
			got = "!" + err.Error()
		}
		if fault, ok := strings.CutPrefix(want, "!"); ok != (err != nil) || !strings.Contains(got, fault) || !ok && got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
