package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// holds tells what a condition says of a case.
func holds(t *testing.T, when string, c *models.Case) truth {
	t.Helper()
	cond, err := compile(when, []string{"link-limit"})
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	s := &Set{}
	l := s.open(c)
	defer s.close(l)
	return cond.eval(l.env())
}

func TestConditionsSeeTheComment(t *testing.T) {
	ms := int64(1500)
	c := testCase()
	c.Text = models.Text{Plain: "Buy cheap pills now", Links: links("a.example", "blog.example", "b.example"), Hidden: 2}
	c.Verdict = &models.Verdict{Score: 0.75}
	r := c.Revision
	r.Number, r.Comment.ParentID, r.Comment.Type, r.Comment.Form.ElapsedMS = 2, "c-1", "comment", &ms
	r.Comment.Post.PublishedAt, r.Comment.SubmittedAt = r.ReceivedAt.Add(-31*day), r.ReceivedAt.Add(-time.Hour)
	c.Facts = models.Facts{
		Author: &models.AuthorHistory{Person: true, Comments: 4, Approved: 3}, Parent: &models.Standing{Action: models.Hold},
		Rate: &models.Rate{Address: &models.Counts{1, 2, 3, 4, 5}},
		Post: &models.Activity{Comments: &models.Counts{0, 0, 7, 8, 9}}, Duplicate: &models.Duplicates{}, Similar: &models.Similar{Matches: make([]models.Alike, 2)},
	}
	for when, want := range map[string]truth{
		`comment.links == 2 && comment.hosts == ["a.example", "b.example"]`: yes,
		`any(comment.hosts, # endsWith ".example")`:                         yes,
		`all(comment.hosts, {hasPrefix(#, "a.")})`:                          no,
		`count(comment.hosts, # contains "example") > 1`:                    yes,
		`comment.length == 19 and comment.words == 4`:                       yes,
		`comment.content matches "(?i)CHEAP p.lls"`:                         yes,
		`not (lower(comment.content) contains "buy")`:                       no,
		`comment.hidden > 1 && comment.edited && comment.reply`:             yes,
		`comment.script == "Latin" && comment.age == duration("1h")`:        yes,
		`author.domain in ["mail.example", "x.example"]`:                    yes,
		`author.trusted && !author.first && author.approved == 3`:           yes,
		`post.age > duration("720h")`:                                       yes,
		`post.age > duration("30d") && post.age < duration("31d1h")`:        yes,
		`post.age > duration("32d")`:                                        no,
		`post.last_10m > 6 && address.last_1d == 5`:                         yes,
		`form.elapsed < duration("2s")`:                                     yes,
		`score >= 0.75 && site == "blog" && parent == "hold"`:               yes,
		`comment.duplicates == 0 && comment.similar == 2`:                   yes,
		`comment.links > 100 ? true : comment.words < 9`:                    yes,
		`found("link-limit")`:                                               no,
		`known(post.age) && !known(author.last_1h)`:                         yes,
	} {
		if got := holds(t, when, c); got != want {
			t.Errorf("%s: got %d, want %d", when, got, want)
		}
	}
}

func TestOneRejectionEndsTrust(t *testing.T) {
	for approved, want := range map[int][2]truth{2: {no, no}, 3: {yes, no}, 9: {yes, no}} {
		for rejected := range 2 {
			c := testCase()
			c.Facts = models.Facts{Author: &models.AuthorHistory{Person: true, Comments: approved + rejected, Approved: approved, Rejected: rejected}}
			if got := holds(t, "author.trusted", c); got != want[rejected] {
				t.Errorf("%d approved, %d rejected: %d", approved, rejected, got)
			}
		}
	}
}

func TestWhatIsUnknownNeitherHoldsNorNot(t *testing.T) {
	c := testCase()
	c.Revision.Comment.Author.IP = "127.0.0.1"
	c.Facts = models.Facts{}
	for when, want := range map[string]truth{
		`post.age > duration("1h")`:                             unknown,
		`!(post.age > duration("1h"))`:                          unknown,
		`post.age > duration("1h") && comment.links > 0`:        no,
		`comment.links > 0 && post.age > duration("1h")`:        no,
		`post.age > duration("1h") || comment.links == 0`:       yes,
		`!author.trusted`:                                       unknown,
		`author.ip == "127.0.0.1"`:                              unknown,
		`address.last_1h == 0`:                                  unknown,
		`score < 0.9`:                                           unknown,
		`author.first || author.logged_in`:                      unknown,
		`form.elapsed < duration("1h")`:                         unknown,
		`comment.links / 0 > 1 && false`:                        no,
		`duration(comment.content) > duration("1d")`:            unknown,
		`first(comment.hosts) == "x"`:                           unknown,
		`known(score) || known(post.age) || known(author.ip)`:   no,
		`!known(score) && !(known(author.approved) && score>0)`: yes,
	} {
		if got := holds(t, when, c); got != want {
			t.Errorf("%s: got %d, want %d", when, got, want)
		}
	}
}

func TestCustomRulesSeeBuiltInFindingsAndNoOtherCustomOnes(t *testing.T) {
	c := testCase()
	c.Text.Links = links("a.example", "b.example", "c.example")
	set := parse(t, `
rules:
  - {rule: custom, name: early, when: 'found("link-limit")', action: stricter 2, reason: "{comment.links} links by {author.name}, post {post.age} old."}
  - {rule: link-limit}
  - {rule: honeypot, name: trap, mode: shadow}
  - {rule: custom, name: off-shadow, when: found("trap")}
  - {rule: custom, name: second, when: '!found("honeypot-none")'}
  - {rule: honeypot, name: honeypot-none}
  - {rule: custom, name: tried, when: 'true', mode: shadow, action: reject}
`)
	c.Revision.Comment.Form.Honeypot = ""
	var got []string
	for _, f := range set.Evaluate(c) {
		got = append(got, fmt.Sprintf("%s %s %v %s", f.Rule, f.Action, f.Shadow, f.Detail))
	}
	want := []string{
		"link-limit hold false 3 links, at most 2 are allowed",
		"early stricter false 3 links by Ann, post unknown old: judged 2 times stricter",
		"second hold false a custom rule of this site",
		"tried reject true a custom rule of this site",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if _, err := Parse("p", []byte(`rules: [{rule: custom, name: a, when: "true"}, {rule: custom, name: b, when: 'found("a")'}]`)); err == nil {
		t.Error("a custom rule may ask for another")
	}
}

func TestCustomRulesSayWhichFactsTheyLack(t *testing.T) {
	lacking(t, `rule: custom, when: "author.approved > 3"`, nil)
	lacking(t, `rule: custom, when: "post.last_1h > 3 || author.last_1h > 3"`, nil)
	c := testCase()
	if _, unknown := parse(t, `rules: [{rule: custom, when: 'post.age > duration("1h")'}]`).Unknown(c); unknown != nil {
		t.Errorf("a date that the site did not send is no fact: %v", unknown)
	}
}

func FuzzConditions(f *testing.F) {
	for _, s := range []string{
		`comment.links > 2 && !author.trusted && post.age > duration("720h")`, `found("link-limit") or score > 0.5`,
		`any(comment.hosts, # contains "x")`, `comment.content matches "(a+)+$"`, `known(score)`, `1..10`, `not not true`,
		`comment.content + comment.content == ""`, `{`, `let x = 1; x`, `author?.name ?? "x"`, `comment.links in [1,2]`,
	} {
		f.Add(s)
	}
	c := testCase()
	c.Text.Plain = strings.Repeat("a", 2000) + "!"
	f.Fuzz(func(t *testing.T, when string) {
		cond, err := compile(when, []string{"link-limit"})
		if err != nil {
			return
		}
		s := &Set{}
		l := s.open(c)
		first := cond.eval(l.env())
		if again := cond.eval(l.env()); again != first {
			t.Errorf("%s: first %d, then %d", when, first, again)
		}
		s.close(l)
	})
}
