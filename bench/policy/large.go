package main

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
)

// lists are what the large policy compares comments with.
type lists struct {
	words, hosts []string
	ranges       []netip.Prefix
}

// syllables make words that look like some language's.
var syllables = strings.Fields("ba ke ri no tu la me si do pa ve gu ra ti lo ne ka su mo di fe ju wo za che pro ste gra pli ton mer lin")

func invented(r *rand.Rand) string {
	var b strings.Builder
	for range 2 + r.IntN(3) {
		b.WriteString(syllables[r.IntN(len(syllables))])
	}
	return b.String()
}

// largePolicy writes a policy of 50 entries and its lists into a directory and loads it.
func largePolicy(dir string) (*policy.Set, *lists, error) {
	r := rand.New(rand.NewPCG(1, 2))
	l := &lists{}
	var terms, hosts, ranges, rules strings.Builder
	for i := range 60_000 {
		t := fmt.Sprintf("%s%d", invented(r), i%97)
		if i%4 == 0 {
			t = "tried " + t // begins as comments do
		}
		l.words = append(l.words, t)
		fmt.Fprintln(&terms, t)
	}
	for i := range 10_000 {
		host := fmt.Sprintf("%s-%d.example", invented(r), i)
		l.hosts = append(l.hosts, host)
		fmt.Fprintln(&hosts, host)
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(11 + i%80), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}), 16+i%17).Masked()
		if p.Bits() == 32 && p.Addr().As4()[3] == 0 {
			p = netip.PrefixFrom(p.Addr(), 24)
		}
		l.ranges = append(l.ranges, p)
		fmt.Fprintln(&ranges, p)
	}
	rules.WriteString("rules:\n")
	for i := range 20 {
		fmt.Fprintf(&rules, "  - rule: blocked-words\n    name: words-%d\n    terms: [", i)
		for k := range 250 {
			t := fmt.Sprintf("%s%dx", invented(r), k)
			l.words = append(l.words, t)
			fmt.Fprintf(&rules, "%s, ", t)
		}
		rules.WriteString("]\n")
	}
	rules.WriteString(others)
	for name, text := range map[string]string{"terms.txt": terms.String(), "hosts.txt": hosts.String(), "ranges.txt": ranges.String(), "policy.yaml": rules.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, nil, err
		}
	}
	set, err := policy.Place{File: filepath.Join(dir, "policy.yaml")}.Load()
	if err != nil {
		return nil, nil, err
	}
	if n := len(set.Rules("")); n != 50 {
		return nil, nil, fmt.Errorf("the large policy has %d entries", n)
	}
	return set, l, nil
}

// others are the large policy's entries besides twenty word lists.
const others = `
  - {rule: blocked-words, name: terms, file: terms.txt}
  - {rule: blocked-sources, hosts_file: hosts.txt, ips_file: ranges.txt}
  - {rule: required-fields}
  - {rule: link-limit, max: 5}
  - {rule: honeypot}
  - {rule: duplicate}
  - {rule: length, max: 20000}
  - {rule: link-shorteners}
  - {rule: lookalike-hosts, known: [paypal.com]}
  - {rule: trusted-author}
  - {rule: user-role, roles: [editor]}
  - {rule: name-links}
  - {rule: email}
  - {rule: similar}
  - {rule: rate}
  - {rule: rate, name: rate-day, max: 90, window: 1d}
  - {rule: burst}
  - {rule: too-fast}
  - {rule: hidden-characters}
  - {rule: lookalike-letters}
  - {rule: shouting}
  - {rule: repetition}
  - {rule: language, scripts: [Latin]}
  - {rule: closed-thread}
  - {rule: dates}
  - {rule: edited}
  - {rule: parent}
  - {rule: comment-type}
  - {rule: custom, name: late, when: 'comment.links > 2 && !author.trusted && post.age > duration("720h")'}
  - {rule: custom, name: likely, when: 'score > 0.9 && found("closed-thread")'}
`

// find compares a comment with every item in turn.
func (l *lists) find(c *models.Case) bool {
	text := " " + strings.Join(strings.FieldsFunc(strings.ToLower(c.Text.Plain), notWord), " ") + " "
	name := " " + strings.ToLower(c.Revision.Comment.Author.Name) + " "
	found := false
	for _, w := range l.words {
		found = found || strings.Contains(text, " "+w+" ") || strings.Contains(name, " "+w+" ")
	}
	addr, err := netip.ParseAddr(c.Revision.Comment.Author.IP)
	for _, p := range l.ranges {
		found = found || err == nil && p.Contains(addr)
	}
	for _, h := range l.hosts {
		for i := range c.Text.Links {
			found = found || c.Text.Links[i].Host == h
		}
	}
	return found
}

func notWord(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }

// agree checks that the policy's lists find what the loop finds, in comments of which
// some have something from a list.
func (l *lists) agree(set *policy.Set, cases []*models.Case) error {
	for i, c := range cases {
		c, revision := *c, *c.Revision
		c.Revision = &revision
		switch i % 8 {
		case 0:
			c.Text.Plain += " " + l.words[i*len(l.words)/len(cases)]
		case 1:
			revision.Comment.Author.IP = l.ranges[i*len(l.ranges)/len(cases)].Addr().Next().String()
		case 2:
			c.Text.Links = []models.Link{{Host: l.hosts[i*len(l.hosts)/len(cases)]}}
		}
		listed := false
		for _, f := range set.Evaluate(&c) {
			listed = listed || strings.HasPrefix(f.Code, "blocked-")
		}
		if listed != l.find(&c) || !listed && i%8 == 0 {
			return fmt.Errorf("comment %s: the policy finds %v, the loop does not", c.Revision.Comment.ID, listed)
		}
	}
	return nil
}

var vocabulary = strings.Fields(`I have tried this at home and it worked the second time when I had read the part about the valve again thank you for
	the post my friend says that there is another way to do it with less water but more patience which nobody has who comes home late in winter`)

// makeCases makes comments of 60 words, each with a link.
func makeCases(n int) []*models.Case {
	r := rand.New(rand.NewPCG(3, 4))
	cases := make([]*models.Case, n)
	site := &models.Site{ID: 1, Name: "blog", URL: "https://blog.example"}
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for i := range cases {
		words := make([]string, 60)
		for k := range words {
			words[k] = vocabulary[r.IntN(len(vocabulary))]
		}
		text := strings.Join(words, " ") + ". https://news.example/a"
		cases[i] = &models.Case{
			Site: site, Text: models.Text{Plain: text, Links: []models.Link{{URL: "https://news.example/a", Host: "news.example", Kind: models.LinkBare}}},
			Revision: &models.Revision{
				Site: "blog", SiteID: 1, Number: 1, Protocol: "native", ReceivedAt: at.Add(time.Duration(i) * time.Second),
				Comment: models.Comment{
					ID: fmt.Sprint("c-", i), Type: "comment", Content: text, ContentType: models.PlainText, SubmittedAt: at,
					Post:   models.Post{ID: "p-9", URL: "https://blog.example/p/9", Title: "A post", PublishedAt: at.Add(-time.Hour)},
					Author: models.Author{Name: "Ann", Email: fmt.Sprintf("ann%d@mail.example", i), IP: "203.0.113.9"},
				},
			},
			Facts: models.Facts{
				Duplicate: &models.Duplicates{}, Similar: &models.Similar{}, Rate: &models.Rate{Address: &models.Counts{}, Person: &models.Counts{}},
				Author: &models.AuthorHistory{Person: true}, Post: &models.Activity{Comments: &models.Counts{}}, Parent: &models.Standing{}, SiteURL: site.URL,
			},
			Verdict: &models.Verdict{Score: 0.12, Cutoffs: models.Cutoffs{HoldAbove: 0.5, SpamAbove: 0.9}},
		}
	}
	return cases
}
