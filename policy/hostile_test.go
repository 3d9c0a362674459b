package policy

import (
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// hostilePolicy has every rule, with what is expensive to look for.
const hostilePolicy = `
rules:
  - {rule: required-fields}
  - {rule: length, max: 100}
  - {rule: link-limit}
  - {rule: link-shorteners}
  - {rule: lookalike-hosts, known: [paypal.com]}
  - {rule: blocked-words, terms: [a a a a a a a a a b, "((((((((((", 賭場賭場賭場賭場]}
  - {rule: blocked-words, name: wild, match: wildcards, terms: ["*a*a*a*a*b", "a*", "*a*", "??????????b", "a* a* a* b*"]}
  - {rule: blocked-words, name: bait, match: regexp, terms: ["(a+)+$", "(a|aa)+b", "(.*)(.*)(.*)(.*)x", "a{0,200}b"]}
  - {rule: blocked-sources, ips: [203.0.113.0/24], domains: [spam.example]}
  - {rule: allowed-sources, hosts: [good.example]}
  - {rule: trusted-author}
  - {rule: user-role, roles: [editor]}
  - {rule: first-comment}
  - {rule: name-links}
  - {rule: email, disposable: [throw.example]}
  - {rule: duplicate}
  - {rule: similar}
  - {rule: rate}
  - {rule: burst}
  - {rule: honeypot}
  - {rule: too-fast}
  - {rule: hidden-characters}
  - {rule: lookalike-letters}
  - {rule: shouting}
  - {rule: repetition}
  - {rule: language, scripts: [Latin], languages: [en]}
  - {rule: closed-thread}
  - {rule: dates}
  - {rule: edited}
  - {rule: parent}
  - {rule: comment-type}
  - rule: custom
    name: own
    when: 'any(comment.hosts, # matches "(a+)+$") || comment.content matches "(a+)+$" || lower(comment.content) contains "aaab"'
    reason: "{comment.content} {author.name}"
`

// hostileTexts are as long as a comment can be, 64 KiB, and made to take long.
func hostileTexts() map[string]string {
	fill := func(s string) string { return strings.Repeat(s, (64<<10)/len(s)) }
	return map[string]string{
		"brackets":         fill("["),
		"nested markup":    fill("[url=<a href=(({"),
		"bait":             fill("a") + "!",
		"bait in words":    fill("a ") + "b",
		"one word":         fill("ab"),
		"Han":              fill("賭"),
		"bidi":             fill("\u202eabc\u202c"),
		"zero width":       fill("a\u200b"),
		"combining":        "a" + fill("\u0301"),
		"mixed scripts":    fill("aа "),
		"leet":             fill("4a1b "),
		"compatibility":    fill("\ufdfa"), // becomes 18 letters
		"invalid":          fill("\xff\xc3"),
		"wide emoji":       fill("👩‍👩‍👧‍👦"),
		"many short words": fill("a b c d e f g h "),
		"signs":            fill("$!%&/()=?"),
		"line ends":        fill("\n"),
		"rare scripts":     fill("𐎀𐤀𒀀"),
	}
}

func hostileCase(text string) *models.Case {
	c := testCase()
	c.Text = models.Text{Plain: text, Hidden: 1 << 16}
	if text == hostileTexts()["brackets"] {
		for range 10_000 {
			c.Text.Links = append(c.Text.Links, models.Link{URL: "https://xn--a.example", Host: strings.Repeat("aа.", 80) + "example"})
		}
	}
	long := text[:min(len(text), 8<<10)]
	ms := int64(1)
	r := c.Revision
	r.Number = 3
	r.Comment.Author = models.Author{ID: long, Name: long, Email: long + "@" + long, URL: "http://" + long, IP: long, UserAgent: long, Role: long, LoggedIn: true}
	r.Comment.ParentID, r.Comment.Type, r.Comment.Form = long, long, models.Form{Honeypot: long, ElapsedMS: &ms}
	r.Comment.Post.PublishedAt, r.Comment.SubmittedAt = time.Unix(0, 0), time.Unix(1<<40, 0)
	c.Verdict = &models.Verdict{Score: 0.5, Cutoffs: models.Cutoffs{HoldAbove: 0.5}}
	c.Facts = models.Facts{
		Duplicate: &models.Duplicates{}, Similar: &models.Similar{}, Rate: &models.Rate{}, Post: &models.Activity{},
		Author: &models.AuthorHistory{Person: true}, Parent: &models.Standing{Action: models.Hold}, Previous: &models.Standing{Action: models.Approve},
	}
	return c
}

// mostMemory is the most that judging one comment may take, in bytes: some dozens of
// times the longest text.
const mostMemory = 32 << 20

// TestHostileTextsStayWithinBounds asks every rule about texts that are made to take long.
// What took longer than linear would not end within the time of the tests: (a+)+$ alone
// needs 2^65536 steps where a matcher goes back.
func TestHostileTextsStayWithinBounds(t *testing.T) {
	set := parse(t, hostilePolicy)
	for _, k := range kinds() {
		if !slices.ContainsFunc(set.Rules(""), func(r RuleInfo) bool { return r.Rule == k.name }) {
			t.Errorf("the rule %s is not among them", k.name)
		}
	}
	for name, text := range hostileTexts() {
		t.Run(name, func(t *testing.T) {
			c := hostileCase(text)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			findings := set.Evaluate(c)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > mostMemory {
				t.Errorf("%d bytes of memory", used)
			}
			if len(findings) == 0 {
				t.Error("nothing found")
			}
			for _, f := range findings {
				if len(f.Detail) > 2000 {
					t.Errorf("%s: a detail of %d bytes", f.Rule, len(f.Detail))
				}
				for key, v := range f.Params {
					if s, ok := v.(string); ok && len(s) > 1000 {
						t.Errorf("%s: parameter %s of %d bytes", f.Rule, key, len(s))
					}
				}
			}
		})
	}
}

func BenchmarkHostile(b *testing.B) {
	set := parse(b, hostilePolicy)
	for name, text := range hostileTexts() {
		b.Run(name, func(b *testing.B) {
			c := hostileCase(text)
			for b.Loop() {
				set.Evaluate(c)
			}
		})
	}
}
