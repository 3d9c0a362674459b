package policy

import (
	"math"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestRate(t *testing.T) {
	counts := func(address, person *models.Counts) func(*models.Case) {
		return withFacts(models.Facts{Rate: &models.Rate{Address: address, Person: person}})
	}
	full := &models.Counts{0, 5, 10, 30, 90}
	checkRule(t, []ruleCase{
		{"below", "rule: rate, max: 11", counts(full, full), "", ""},
		{"address", "rule: rate", counts(full, nil), "address", "11 comments from the same address within 10m, at most 10 are allowed"},
		{"person", "rule: rate", counts(nil, full), "person", "11 comments from the same author within 10m, at most 10 are allowed"},
		{"another window", "rule: rate, window: 1d, max: 90", counts(full, nil), "address", "91 comments from the same address within 1d, at most 90 are allowed"},
		{"60s is a minute", "rule: rate, window: 60s, max: 5", counts(full, nil), "address", ""},
		{"persons only", "rule: rate, per: [person]", counts(full, nil), "", ""},
		{"addresses only", "rule: rate, per: [address]", counts(nil, full), "", ""},
		{"an unknown sender is not counted", "rule: rate, max: 0", counts(nil, nil), "", ""},
	})
	lacking(t, "rule: rate", nil)
}

func TestBurst(t *testing.T) {
	post := func(c *models.Counts) func(*models.Case) {
		return withFacts(models.Facts{Post: &models.Activity{Comments: c}})
	}
	checkRule(t, []ruleCase{
		{"below", "rule: burst", post(&models.Counts{0, 0, 99, 200, 300}), "", ""},
		{"above", "rule: burst", post(&models.Counts{0, 0, 100, 200, 300}), "post", "101 comments under the same post within 10m, at most 100 are usual"},
		{"an unknown post", "rule: burst, max: 0", post(nil), "", ""},
	})
	lacking(t, "rule: burst", nil)
}

func TestTrustedAuthor(t *testing.T) {
	who := func(h models.AuthorHistory, change func(*models.Case)) func(*models.Case) {
		return func(c *models.Case) {
			h.Person = true
			c.Facts.Author = &h
			c.Verdict = &models.Verdict{Cutoffs: models.Cutoffs{HoldAbove: 0.5}}
			if change != nil {
				change(c)
			}
		}
	}
	account := author(func(a *models.Author) { a.ID, a.LoggedIn = "u-3", true })
	email := "3 comments of this author approved before, but an e-mail address alone is no proof: held only from a score of 0.9"
	checkRule(t, []ruleCase{
		{"account", "rule: trusted-author", who(models.AuthorHistory{Approved: 3}, account), "account", "3 comments of this author approved before"},
		{"account, too few", "rule: trusted-author", who(models.AuthorHistory{Approved: 2}, account), "", ""},
		{"one rejected", "rule: trusted-author", who(models.AuthorHistory{Approved: 30, Rejected: 1}, account), "", ""},
		{"by people", "rule: trusted-author, approved_by: people, min: 1", who(models.AuthorHistory{Approved: 9}, account), "", ""},
		{"by people, enough", "rule: trusted-author, approved_by: people, min: 1", who(models.AuthorHistory{Approved: 9, ByPeople: 1}, account), "account", ""},
		{"nobody is trusted for nothing", "rule: trusted-author, min: 0", who(models.AuthorHistory{}, account), "", ""},
		{"e-mail alone", "rule: trusted-author", who(models.AuthorHistory{Approved: 3}, nil), "email", email},
		{"an account that is not logged in", "rule: trusted-author", who(models.AuthorHistory{Approved: 3}, author(func(a *models.Author) { a.ID = "u" })), "email", email},
		{"e-mail, before the classifier", "rule: trusted-author", who(models.AuthorHistory{Approved: 3}, func(c *models.Case) { c.Verdict = nil }), "", ""},
		{"e-mail, where the filter holds later anyway", "rule: trusted-author", who(models.AuthorHistory{Approved: 3}, func(c *models.Case) { c.Verdict.Cutoffs.HoldAbove = 0.95 }), "", ""},
		{"nobody", "rule: trusted-author", func(c *models.Case) { c.Facts.Author = &models.AuthorHistory{Approved: 9} }, "", ""},
	})
	lacking(t, "rule: trusted-author", nil)

	// However low the cut-off, an e-mail address moves it to 0.9 and no further.
	for _, from := range []float64{0.05, 0.5, 0.8999} {
		c := testCase()
		who(models.AuthorHistory{Approved: 3}, nil)(c)
		c.Verdict.Cutoffs.HoldAbove = from
		f, _ := finding(t, "rule: trusted-author", c)
		if got := c.Verdict.Cutoffs.Moved(f.Shift).HoldAbove; math.Abs(got-0.9) > 1e-4 || f.Action != models.Milder {
			t.Errorf("from %v to %v by %s", from, got, f.Action)
		}
	}
}

func TestFirstComment(t *testing.T) {
	who := func(h models.AuthorHistory) func(*models.Case) { return withFacts(models.Facts{Author: &h}) }
	checkRule(t, []ruleCase{
		{"first", "rule: first-comment", who(models.AuthorHistory{Person: true}), "first", "the author's first comment here"},
		{"others wait", "rule: first-comment", who(models.AuthorHistory{Person: true, Comments: 2, Held: 2}), "none-approved", "none of the author's 2 earlier comments was approved"},
		{"one approved", "rule: first-comment", who(models.AuthorHistory{Person: true, Comments: 2, Approved: 1}), "", ""},
		{"nobody", "rule: first-comment", who(models.AuthorHistory{}), "", ""},
	})
	lacking(t, "rule: first-comment", nil)
}

func TestUserRole(t *testing.T) {
	role := func(role string, in bool) func(*models.Case) {
		return author(func(a *models.Author) { a.Role, a.LoggedIn = role, in })
	}
	checkRule(t, []ruleCase{
		{"editor", "rule: user-role, roles: [Editor]", role("editor", true), "found", `the author is logged in as "editor"`},
		{"another", "rule: user-role, roles: [editor]", role("subscriber", true), "", ""},
		{"not logged in", "rule: user-role, roles: [editor]", role("editor", false), "", ""},
		{"none", `rule: user-role, roles: [""]`, role("", true), "", ""},
	})
}

func TestNameLinks(t *testing.T) {
	name := func(s string) func(*models.Case) { return author(func(a *models.Author) { a.Name = s }) }
	cases := []ruleCase{
		{"a link", "rule: name-links", name("Buy at www.pills.example now"), "found", `the author's name contains the link "www.pills.example"`},
	}
	for _, s := range []string{"https://x.example", "cheap-pills.com", "Best.Casino.Bet", "(pills.shop)", "pills.example/offer", "HTTP://X"} {
		cases = append(cases, ruleCase{s, "rule: name-links", name(s), "found", ""})
	}
	for _, s := range []string{"", "Ann", "J.R.R. Tolkien", "Dr.Who", "St. Nick", "a.b", "Ann:", "no.1", "....", "Mr.de", "日本.太郎"} {
		cases = append(cases, ruleCase{"harmless " + s, "rule: name-links", name(s), "", ""})
	}
	checkRule(t, cases)
}

func TestEmail(t *testing.T) {
	mail := func(s string) func(*models.Case) { return author(func(a *models.Author) { a.Email = s }) }
	cases := []ruleCase{
		{"disposable", "rule: email, disposable: [throw.example]", mail("a@sub.Throw.example"), "disposable", `the e-mail address is a disposable one, at "throw.example"`},
		{"not listed", "rule: email, disposable: [throw.example]", mail("a@nothrow.example"), "", ""},
		{"missing", "rule: email", mail(" "), "", ""},
	}
	for _, s := range []string{"a", "@x.example", "a@", "a@b", "a b@x.example", ".a@x.example", "a..b@x.example", "a@x..example", "a@-x.example", "a@x@y.example"} {
		cases = append(cases, ruleCase{s, "rule: email", mail(s), "malformed", ""})
	}
	for _, s := range []string{"a@x.example", "a+b_c@x.example", "ü@bücher.example", "o'neil@x.example"} {
		cases = append(cases, ruleCase{s, "rule: email", mail(s), "", ""})
	}
	checkRule(t, cases)
}
