package policy

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// everything is a policy with every rule, for comments that trip over all of them.
const everything = `
rules:
  - {rule: required-fields, fields: [post.id]}
  - {rule: link-limit, max: 1, action: reject}
  - {rule: honeypot, final: true, until: 2026-12-31}
  - {rule: duplicate, window: 7d}
  - {rule: blocked-words, terms: [thank you, пост, 賭場]}
  - {rule: blocked-sources, ips: [203.0.113.0/24]}
  - {rule: allowed-sources, domains: [mail.example]}
sites:
  - site: blog
    rules: [{rule: blocked-words, name: own, terms: [post], action: approve}]
`

func fullCase() *models.Case {
	c := testCase()
	c.Text.Links = links("a.example", "b.example", "blog.example")
	c.Revision.Comment.Form.Honeypot = "x"
	c.Facts.Duplicate.Matches = []models.Match{{CommentID: "c-2", AgeMS: 1}, {CommentID: "c-1", AgeMS: 2}}
	return c
}

func TestSameInputGivesSameFindings(t *testing.T) {
	c, untouched := fullCase(), fullCase()
	want := parse(t, everything).Evaluate(c)
	var rules []string
	for _, f := range want {
		rules = append(rules, f.Rule)
	}
	if all := []string{"required-fields", "link-limit", "honeypot", "duplicate", "blocked-words", "blocked-sources", "allowed-sources", "own"}; !slices.Equal(rules, all) {
		t.Fatalf("found %v, want %v", rules, all)
	}
	set := parse(t, everything)
	done := make(chan []models.Finding)
	for range 8 {
		go func() {
			for range 50 {
				set.Evaluate(c)
			}
			done <- set.Evaluate(c)
		}()
	}
	for range 8 {
		if got := <-done; !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if !reflect.DeepEqual(c, untouched) {
		t.Error("the case was changed")
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, defaultFile) {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src, "content")
	}
	f.Add([]byte(everything), "thank you 賭場")
	f.Add([]byte(hostilePolicy), "сheap 賭場 v14gra")
	f.Fuzz(func(t *testing.T, src []byte, text string) {
		set, err := Parse("policy.yaml", src)
		if err != nil {
			var all Errors
			if set != nil || !errors.As(err, &all) || len(all) == 0 {
				t.Fatalf("set %v, error %#v", set, err)
			}
			for _, e := range all {
				if e.Line < 1 || e.Col < 1 || e.Msg == "" {
					t.Errorf("no place or message: %#v", e)
				}
			}
			return
		}
		c := fullCase()
		c.Text.Plain = text
		c.Revision.Comment.Author = models.Author{Name: text, Email: text + "@" + text, URL: text, IP: text}
		first := set.Evaluate(c)
		again, err := Parse("policy.yaml", set.Source())
		if err != nil {
			t.Fatalf("the source is read once and not again: %v", err)
		}
		if got := again.Evaluate(c); !reflect.DeepEqual(got, first) || again.Version() != set.Version() {
			t.Errorf("got %+v, first %+v", got, first)
		}
		for _, found := range first {
			if found.Rule == "" || found.Code == "" || found.Detail == "" || !slices.Contains(append(models.Actions[:], models.Stricter, models.Milder), found.Action) {
				t.Errorf("incomplete: %+v", found)
			}
		}
		c.Site, c.Revision.ReceivedAt, c.Facts = nil, time.Time{}, models.Facts{}
		set.Evaluate(c)
	})
}
