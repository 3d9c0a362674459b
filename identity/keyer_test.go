package identity

import (
	"bytes"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"github.com/cespare/xxhash/v2"

	"github.com/winnowd/winnow/models"
)

func newKeyer(tb testing.TB, fill byte) *Keyer {
	tb.Helper()
	k, err := New(bytes.Repeat([]byte{fill}, MinKeyBytes))
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func TestNewRefusesShortKeys(t *testing.T) {
	if _, err := New(make([]byte, MinKeyBytes-1)); err == nil || !strings.Contains(err.Error(), "31 bytes") {
		t.Errorf("error %v, want one that tells the length", err)
	}
}

func TestKeysDependOnTheKeyOnly(t *testing.T) {
	key := bytes.Repeat([]byte{1}, 40)
	a, err := New(key)
	if err != nil {
		t.Fatal(err)
	}
	want := a.EmailKey("ann@example.com")
	clear(key)
	if got := a.EmailKey("ann@example.com"); !bytes.Equal(got, want) || len(got) != Size {
		t.Errorf("%x, then %x", want, got)
	}
	if got := newKeyer(t, 2).EmailKey("ann@example.com"); bytes.Equal(got, want) {
		t.Error("another key gives the same")
	}
}

// A change of these makes every stored key worthless.
func TestKeysStayTheSame(t *testing.T) {
	k := newKeyer(t, 7)
	for _, tt := range []struct {
		name string
		got  []byte
		want string
	}{
		{"email", k.EmailKey("ann@example.com"), "9daa5146a736f7f73a1003d3ef961c48"},
		{"IPv4", k.IPKey("203.0.113.9"), "a097f38ad4a59fc0680f752a9f867587"},
		{"IPv6", k.IPKey("2001:db8:1:2::3"), "655441311cc67f00e2b9c19a06c75ccc"},
		{"author", k.AuthorKey("blog", "u-3"), "30a8fcf9acd9d720b4abbc8906414c0f"},
	} {
		if got := hex.EncodeToString(tt.got); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	const text = 0xa15bbd9e1d10afe2 // XXH64 of "thequickbrownfoxjumpsoverthelazydog"
	if got := Text("The quick brown fox jumps over the lazy dog"); got != text || got != xxhash.Sum64String("thequickbrownfoxjumpsoverthelazydog") {
		t.Errorf("text: %#x, want %#x", got, uint64(text))
	}
}

func TestPersonIsTheAccountElseTheEmail(t *testing.T) {
	k := newKeyer(t, 1)
	author := models.Author{ID: "u-3", Email: "ann@example.com", IP: "203.0.113.9", LoggedIn: true}
	loggedIn := k.Keys("blog", &models.Comment{Author: author})
	if !bytes.Equal(loggedIn.Person, k.AuthorKey("blog", "u-3")) || !bytes.Equal(loggedIn.Email, k.EmailKey(author.Email)) || !bytes.Equal(loggedIn.IP, k.IPKey(author.IP)) {
		t.Errorf("logged in: %x", loggedIn)
	}
	if other := k.Keys("other", &models.Comment{Author: author}); bytes.Equal(other.Person, loggedIn.Person) {
		t.Error("an account is the same person at another site")
	}
	author.LoggedIn = false
	if guest := k.Keys("blog", &models.Comment{Author: author}); !bytes.Equal(guest.Person, k.EmailKey(author.Email)) {
		t.Errorf("guest: %x", guest)
	}
	none := k.Keys("blog", &models.Comment{Author: models.Author{Name: "Ann", LoggedIn: true}})
	if none.Person != nil || none.Email != nil || none.IP != nil || none.Text != 0 {
		t.Errorf("nobody: %x", none)
	}
}

func TestKindsOfKeysAreApart(t *testing.T) {
	k := newKeyer(t, 1)
	if bytes.Equal(k.AuthorKey("a", "b@example.com"), k.EmailKey("b@example.com")) {
		t.Error("an account has the key of an address")
	}
	if bytes.Equal(k.AuthorKey("a", "bc"), k.AuthorKey("ab", "c")) {
		t.Error("the border between site and account moves")
	}
}

func TestAppendingToAKeyLeavesTheOthersAlone(t *testing.T) {
	k := newKeyer(t, 1)
	keys := k.Keys("blog", &models.Comment{Author: models.Author{ID: "u", LoggedIn: true, Email: "ann@example.com", IP: "203.0.113.9"}})
	_ = append(keys.Email, 0xff)
	if !bytes.Equal(keys.IP, k.IPKey("203.0.113.9")) {
		t.Error("the next key was overwritten")
	}
}

func TestEmailsThatReachOnePersonHaveOneKey(t *testing.T) {
	for _, tt := range []struct{ email, want string }{
		{"ann@example.com", "ann@example.com"},
		{"  Ann@Example.COM ", "ann@example.com"},
		{"ann+news@example.com", "ann@example.com"},
		{"ann+a+b@example.com", "ann@example.com"},
		{"a.nn@example.com", "a.nn@example.com"},
		{"a.n.n+x@gmail.com", "ann@gmail.com"},
		{"A.nn@GoogleMail.com", "ann@gmail.com"},
		{"ann@example.com.", "ann@example.com"},
		{"ann@bücher.de", "ann@xn--bcher-kva.de"},
		{"ann@BÜCHER.de", "ann@xn--bcher-kva.de"},
		{"ÄNN@example.com", "änn@example.com"},
		{"a\u0308nn@example.com", "änn@example.com"},
		{"+ann@example.com", "+ann@example.com"},
		{"ann@localhost", "ann@localhost"},

		{"", ""}, {"ann", ""}, {"@", ""}, {"ann@", ""}, {"@example.com", ""}, {"a@b@c", ""}, {"ann smith@example.com", ""},
		{"ann@exa mple.com", ""}, {"Ann <ann@example.com>", ""}, {"...@gmail.com", ""}, {"ann@..", ""}, {"a\x00@example.com", ""},
		{"a\xff@example.com", ""}, {strings.Repeat("a", 600) + "@example.com", ""},
	} {
		if got := normalEmail(tt.email); got != tt.want {
			t.Errorf("%q is taken as %q, want %q", tt.email, got, tt.want)
		}
	}
	k := newKeyer(t, 1)
	if !bytes.Equal(k.EmailKey("A.nn+x@gmail.com"), k.EmailKey("ann@googlemail.com")) || k.EmailKey("ann") != nil {
		t.Error("keys do not follow")
	}
}

func TestIPsThatAreOneVisitorHaveOneKey(t *testing.T) {
	for _, tt := range []struct{ ip, want string }{
		{"203.0.113.9", "203.0.113.9"},
		{" 203.0.113.9 ", "203.0.113.9"},
		{"::ffff:203.0.113.9", "203.0.113.9"},
		{"64:ff9b::203.0.113.9", "203.0.113.9"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
		{"2001:db8:1:2::", "2001:db8:1:2::"},
		{"2001:db8::1", "2001:db8::"},
		{"2001:DB8:0:1::9%eth0", "2001:db8:0:1::"},

		{"", ""}, {"x", ""}, {"203.0.113", ""}, {"203.0.113.9:80", ""},
		{"0.0.0.0", ""}, {"::", ""}, {"127.0.0.1", ""}, {"::1", ""}, {"10.1.2.3", ""}, {"172.16.0.1", ""}, {"192.168.1.1", ""},
		{"100.64.0.1", ""}, {"169.254.1.1", ""}, {"fe80::1", ""}, {"fd00::1", ""}, {"224.0.0.1", ""}, {"ff02::1", ""}, {"255.255.255.255", ""},
		{"203.0.113.0", ""}, {"2001:db8:1::", ""}, {"::ffff:10.0.0.1", ""}, {"64:ff9b::10.0.0.1", ""}, {"2001::1:2:3", ""},
	} {
		got := ""
		if addr := normalIP(tt.ip); addr.IsValid() {
			got = addr.String()
		}
		if got != tt.want {
			t.Errorf("%q is taken as %q, want %q", tt.ip, got, tt.want)
		}
	}
	k := newKeyer(t, 1)
	if !bytes.Equal(k.IPKey("2001:db8:1:2::1"), k.IPKey("2001:db8:1:2:ffff::")) || bytes.Equal(k.IPKey("2001:db8:1:2::1"), k.IPKey("2001:db8:1:3::1")) {
		t.Error("keys do not follow")
	}
}

func TestTextIsRecognisedByItsLettersAndDigits(t *testing.T) {
	const text = "Buy 20 cheap pills at our shop today"
	want := Text(text)
	if want == 0 {
		t.Fatal("not hashed")
	}
	for _, same := range []string{"BUY 20 cheap pills, at our shop... TODAY!", "buy20cheappillsatourshoptoday", "  Buy\n20 che-ap *pills* at our shop today \U0001f600"} {
		if Text(same) != want {
			t.Errorf("%q differs from %q", same, text)
		}
	}
	for _, other := range []string{"Buy 21 cheap pills at our shop today", "Buy 20 cheap pills at our shop"} {
		if Text(other) == want {
			t.Errorf("%q is taken for %q", other, text)
		}
	}
	if Text("Καλημέρα σας, φίλοι μου όλους") != Text("ΚΑΛΗΜΈΡΑ ΣΑΣ, ΦΊΛΟΙ ΜΟΥ ΌΛΟΥΣ") {
		t.Error("the final sigma makes a difference")
	}
}

func TestShortTextsAreNotRecognised(t *testing.T) {
	for _, tt := range []struct {
		text  string
		known bool
	}{
		{"", false}, {"Thanks!", false}, {strings.Repeat("a", 19), false}, {strings.Repeat("a", 20), true},
		{strings.Repeat("é", 19) + "!!!", false}, {strings.Repeat("字", 20), true}, {strings.Repeat("\U0001f600 ", 50), false},
	} {
		if got := Text(tt.text) != 0; got != tt.known {
			t.Errorf("%q recognised: %v", tt.text, got)
		}
	}
}

func TestLongTextsAreHashedWhole(t *testing.T) {
	long := strings.Repeat("aé字\U00020000", 1000)
	if Text(long) == Text(long+"b") || Text(long) == Text("b"+long) || Text(long) != Text(" "+long+"!") {
		t.Error("a part was left out")
	}
}

func TestKeysMayBeMadeAtOnce(t *testing.T) {
	k := newKeyer(t, 1)
	want := k.Keys("blog", sample())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				got := k.Keys("blog", sample())
				if !bytes.Equal(got.Person, want.Person) || !bytes.Equal(got.Email, want.Email) || !bytes.Equal(got.IP, want.IP) {
					t.Error("keys differ")
					return
				}
			}
		})
	}
	wg.Wait()
}

func sample() *models.Comment {
	return &models.Comment{
		Content: strings.Repeat("Thanks for writing this up, it helped me a lot. ", 7),
		Author:  models.Author{ID: "u-3", Email: "Ann.Smith+blog@example.com", IP: "203.0.113.9", LoggedIn: true},
	}
}

func BenchmarkKeys(b *testing.B) {
	k, c := newKeyer(b, 1), sample()
	b.ReportAllocs()
	for b.Loop() {
		k.Keys("blog", c)
	}
}
