package policy

import (
	"testing"

	"github.com/winnowd/winnow/models"
)

// ruleCase is a comment changed in one way, and what an entry then says of it.
type ruleCase struct {
	name, entry string
	change      func(c *models.Case)
	code        string // without the rule's name; empty for nothing found
	detail      string // not compared if empty
}

func checkRule(t *testing.T, cases []ruleCase) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			c := testCase()
			if tt.change != nil {
				tt.change(c)
			}
			f, ok := finding(t, tt.entry, c)
			if ok != (tt.code != "") {
				t.Fatalf("found %v: %+v", ok, f)
			}
			if !ok {
				return
			}
			rule := kindOf(t, tt.entry)
			if f.Code != rule+"."+tt.code || tt.detail != "" && f.Detail != tt.detail || f.Detail == "" {
				t.Errorf("got %s %q, want %s %q", f.Code, f.Detail, rule+"."+tt.code, tt.detail)
			}
		})
	}
}

// kindOf gives the rule of an entry.
func kindOf(t *testing.T, entry string) string {
	t.Helper()
	return parse(t, "rules: [{"+entry+"}]").Rules("")[0].Rule
}

func content(s string) func(*models.Case) { return func(c *models.Case) { c.Text.Plain = s } }

func author(change func(a *models.Author)) func(*models.Case) {
	return func(c *models.Case) { change(&c.Revision.Comment.Author) }
}

func withFacts(f models.Facts) func(*models.Case) { return func(c *models.Case) { c.Facts = f } }

// lacking checks that a rule without its facts finds nothing and says so.
func lacking(t *testing.T, entry string, change func(*models.Case)) {
	t.Helper()
	c := testCase()
	if change != nil {
		change(c)
	}
	c.Facts = models.Facts{}
	findings, unknown := parse(t, "rules: [{"+entry+"}]").Unknown(c)
	if findings != nil || len(unknown) != 1 {
		t.Errorf("%s without facts: found %v, unknown %v", entry, findings, unknown)
	}
}
