package classifier

import (
	"reflect"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestLessonKeepsShapesInsteadOfIdentities(t *testing.T) {
	text := models.Text{Plain: "Hello", Hidden: 2, Links: []models.Link{{URL: "https://a.example/x", Host: "a.example", Kind: models.LinkBare}}}
	got := LessonOf(text, &models.Comment{Content: "raw", Author: models.Author{
		ID: "u-3", Name: "Ann Smith42", Email: "Ann.Smith@Example.COM", URL: "HTTPS://www.Ann.Example:8080/me", IP: "203.0.113.9", UserAgent: "Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0",
	}})
	want := models.Lesson{Text: "Hello", Links: text.Links, Hidden: 2, NameShape: "Xx Xx9", AuthorHost: "ann.example", EmailDomain: "example.com",
		NameWords: []uint64{hashOf([]byte("ann")), hashOf([]byte("smith42"))}, Agent: "firefox",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("lesson is\n%+v, want\n%+v", got, want)
	}
}

func TestNameShape(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "   ": "", "ann": "x", "Ann": "Xx", "ANN": "X", " Ann  B. ": "Xx X.", "cheap-pills.com": "x-x.x",
		"Оля": "Xx", "田中": "o", "user_1999": "x_9", "a\u200bb": "x", "a\x00b\xff": "x", "★Ann★": "*Xx*",
		"a1a1a1a1a1a1a1a1a1a1a1a1a1a1": "x9x9x9x9x9x9x9x9x9x9x9x9",
	} {
		if got := nameShape(name); got != want {
			t.Errorf("shape of %q is %q, want %q", name, got, want)
		}
	}
}

func TestAuthorHost(t *testing.T) {
	for address, want := range map[string]string{
		"": "", "http://Example.org": "example.org", "example.org/path": "example.org", "https://user:pw@www.example.org:81/?q#f": "example.org",
		"//example.org": "", "example.org.": "example.org", "no host": "", "localhost": "", "http://[2001:db8::1]:80/": "[2001:db8::1]",
		"http://a b.example/": "", "mailto:ann@example.org": "example.org", "http://\x00.example": "",
	} {
		if got := hostOf(address); got != want {
			t.Errorf("host of %q is %q, want %q", address, got, want)
		}
	}
}

func TestEmailDomain(t *testing.T) {
	for address, want := range map[string]string{
		"": "", "ann": "", "@example.org": "", "ann@Example.ORG": "example.org", "a@b@example.org": "example.org", "ann@": "", "ann@ex ample": "",
	} {
		if got := emailDomain(address); got != want {
			t.Errorf("domain of %q is %q, want %q", address, got, want)
		}
	}
}
