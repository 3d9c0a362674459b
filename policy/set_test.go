package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// testCase is a comment that the default policy has nothing to say about.
func testCase() *models.Case {
	return &models.Case{
		Site: &models.Site{Name: "blog", URL: "https://www.blog.example/"},
		Revision: &models.Revision{
			Site: "blog", Number: 1, ReceivedAt: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
			Comment: models.Comment{
				ID: "c-1042", Content: "Thank you for this post.",
				Author: models.Author{Name: "Ann", Email: "ann@mail.example", IP: "203.0.113.9"},
			},
		},
		Text:  models.Text{Plain: "Thank you for this post."},
		Facts: models.Facts{Duplicate: &models.Duplicates{}},
	}
}

func links(hosts ...string) []models.Link {
	var ls []models.Link
	for _, h := range hosts {
		ls = append(ls, models.Link{URL: "https://" + h + "/", Host: h, Kind: models.LinkBare})
	}
	return ls
}

// finding evaluates a policy of one entry, written in YAML flow style without
// braces, and gives what it found.
func finding(tb testing.TB, entry string, c *models.Case) (models.Finding, bool) {
	tb.Helper()
	fs := parse(tb, "rules: [{"+entry+"}]").Evaluate(c)
	switch len(fs) {
	case 0:
		return models.Finding{}, false
	case 1:
		if !strings.HasPrefix(fs[0].Code, strings.Fields(entry)[1][:4]) || strings.HasSuffix(fs[0].Detail, ".") {
			tb.Errorf("code %q, detail %q", fs[0].Code, fs[0].Detail)
		}
		return fs[0], true
	}
	tb.Fatalf("one rule found %d things", len(fs))
	return models.Finding{}, false
}

// expect checks the detail of what an entry finds; empty for nothing.
func expect(t *testing.T, entry string, c *models.Case, detail string) models.Finding {
	t.Helper()
	f, _ := finding(t, entry, c)
	if f.Detail != detail {
		t.Errorf("%s: got %q, want %q", entry, f.Detail, detail)
	}
	return f
}

func TestFindingsCarryNameActionAndFinal(t *testing.T) {
	c := testCase()
	c.Revision.Comment.Form.Honeypot = "x"
	f := expect(t, "rule: honeypot, name: trap, action: hold, final: true", c, `the hidden form field was filled with "x"`)
	if f.Rule != "trap" || f.Action != models.Hold || !f.Final || f.Code != "honeypot.filled" {
		t.Errorf("got %+v", f)
	}
	f = expect(t, "rule: honeypot, action: reject", c, f.Detail)
	if f.Rule != "honeypot" || f.Action != models.Reject || f.Final {
		t.Errorf("got %+v", f)
	}
}

const defaultFile = "../configs/policy.yaml"

func sixtyWords() string {
	return strings.TrimSpace(strings.Repeat("I have tried this at home and it worked the second time I did ", 4) + "well, thank you all")
}

func BenchmarkEvaluateDefaultPolicyCleanComment60Words(b *testing.B) {
	set, err := Parse("policy.yaml", read(b, defaultFile))
	if err != nil {
		b.Fatal(err)
	}
	c := testCase()
	c.Text.Plain = sixtyWords()
	c.Text.Links = links("a.example", "blog.example")
	b.ReportAllocs()
	for b.Loop() {
		if set.Evaluate(c) != nil {
			b.Fatal("found something")
		}
	}
}

func TestCleanCommentAllocatesNothing(t *testing.T) {
	set := parse(t, string(read(t, defaultFile))+`
  - {rule: blocked-words, terms: [casino, cheap pills]}
  - {rule: blocked-sources, ips: [198.51.100.0/24, "2001:db8::/32"], emails: [pest@mail.example], domains: [spam.example], hosts: [short.example]}
`)
	c := testCase()
	c.Text.Plain = sixtyWords()
	c.Text.Links = links("a.example", "b.example", "blog.example")
	c.Revision.Comment.Author.URL = "https://ann.example/"
	// The least of many, because the race detector now and then empties pools.
	least := 100.
	for range 100 {
		least = min(least, testing.AllocsPerRun(1, func() {
			if fs := set.Evaluate(c); fs != nil {
				t.Fatalf("found %+v", fs)
			}
		}))
	}
	if least > 1 { // the key of the e-mail address
		t.Errorf("%v allocations", least)
	}
}
