package identity

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

func FuzzNormalEmail(f *testing.F) {
	for _, seed := range []string{"ann@example.com", "A.b+c@GoogleMail.com", "ä@bücher.de", "a@b@c", "+@x", " a@b. ", "a\u0308@x", "x@xn--a", "İ@x", "a@ß.ﬀ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, email string) {
		normal := normalEmail(email)
		if normal == "" {
			return
		}
		if again := normalEmail(normal); again != normal {
			t.Fatalf("%q becomes %q, and that %q", email, normal, again)
		}
		if strings.Count(normal, "@") != 1 || strings.TrimSpace(normal) != normal || !utf8.ValidString(normal) {
			t.Fatalf("%q becomes %q", email, normal)
		}
		if upper := normalEmail(" " + email + "\n"); upper != normal {
			t.Fatalf("with space around it %q becomes %q instead of %q", email, upper, normal)
		}
	})
}

func FuzzKeys(f *testing.F) {
	f.Add("blog", "u-3", "ann@example.com", "203.0.113.9", "some text that is long enough", true)
	f.Add("", "", "", "::1%lo", "é\xff", false)
	k := newKeyer(f, 1)
	f.Fuzz(func(t *testing.T, site, id, email, ip, content string, loggedIn bool) {
		c := &models.Comment{Content: content, Author: models.Author{ID: id, Email: email, IP: ip, LoggedIn: loggedIn}}
		keys := k.Keys(site, c)
		for _, key := range [][]byte{keys.Person, keys.Email, keys.IP} {
			if key != nil && len(key) != Size {
				t.Fatalf("key of %d bytes", len(key))
			}
		}
		if !bytes.Equal(keys.Email, k.EmailKey(email)) || !bytes.Equal(keys.IP, k.IPKey(ip)) {
			t.Fatal("looking up gives another key")
		}
		if loggedIn && id != "" && !bytes.Equal(keys.Person, k.AuthorKey(site, id)) {
			t.Fatal("a logged-in author is somebody else")
		}
		if keys.Text != Text(" "+content+"\n") {
			t.Fatal("white space changes the text")
		}
	})
}
