package policy

import (
	"errors"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestAmendAddsARuleAndLeavesTheRest(t *testing.T) {
	host := models.Addition{Kind: models.BlockHost, Value: "cheap-pills.example"}
	const entry = `{rule: blocked-sources, name: block-host-7472dfad, hosts: ["cheap-pills.example"]}`
	at := func(site string) models.Addition { a := host; a.Site = site; return a }
	for _, tt := range []struct {
		name, src string
		a         models.Addition
		want      string
	}{
		{"block", "# mine\nrules:\n  # first\n  - rule: honeypot # x\n    action: hold\n", host,
			"# mine\nrules:\n  - ENTRY\n  # first\n  - rule: honeypot # x\n    action: hold\n"},
		{"block without indentation", "rules:\n- rule: honeypot\n", host, "rules:\n- ENTRY\n- rule: honeypot\n"},
		{"flow", "rules: [{rule: honeypot}]", host, "rules: [ENTRY, {rule: honeypot}]"},
		{"empty flow", "rules: []\n", host, "rules: [ENTRY]\n"},
		{"empty file", "", host, "rules:\n  - ENTRY\n"},
		{"comments alone", "# nothing", host, "# nothing\nrules:\n  - ENTRY\n"},
		{"key alone", "rules:\nsites:\n", host, "rules:\n  - ENTRY\nsites:\n"},
		{"whole file in flow", "{sites: []}", host, "{rules: [ENTRY], sites: []}"},
		{"new site", "rules:\n  - rule: honeypot\n", at("blog"), "rules:\n  - rule: honeypot\nsites:\n  - site: blog\n    rules:\n      - ENTRY\n"},
		{"another site", "sites:\n  - site: shop\n", at("blog"), "sites:\n  - site: blog\n    rules:\n      - ENTRY\n  - site: shop\n"},
		{"known site", "sites:\n  - site: blog\n    rules:\n      - {rule: honeypot}\n", at("blog"), "sites:\n  - site: blog\n    rules:\n      - ENTRY\n      - {rule: honeypot}\n"},
		{"known site without rules", "sites:\n  - site: blog\n", at("blog"), "sites:\n  - site: blog\n    rules:\n      - ENTRY\n"},
		{"lines that end as on Windows", "rules:\r\n  - rule: honeypot\r\n", host, "rules:\r\n  - ENTRY\r\n  - rule: honeypot\r\n"},
		{"a mark at the beginning", "\ufeffrules:\n- rule: honeypot\n", host, "\ufeffrules:\n- ENTRY\n- rule: honeypot\n"},
		{"a dash alone", "rules:\n  -\n    rule: honeypot\n", host, "rules:\n  - ENTRY\n  -\n    rule: honeypot\n"},
		{"a comment behind the key", "rules: # mine\n\n  - rule: honeypot\n", host, "rules: # mine\n  - ENTRY\n\n  - rule: honeypot\n"},
		{"known site in flow", "sites: [{site: blog}]\n", at("blog"), "sites: [{rules: [ENTRY], site: blog}]\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Amend("policy.yaml", []byte(tt.src), tt.a)
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.ReplaceAll(tt.want, "ENTRY", entry); string(got) != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			before, after := parse(t, tt.src), parse(t, string(got))
			site := tt.a.Site
			if len(after.Rules(site)) != len(before.Rules(site))+1 {
				t.Errorf("%d rules, before %d", len(after.Rules(site)), len(before.Rules(site)))
			}
		})
	}
}

func TestAdditionsDoWhatTheySay(t *testing.T) {
	for _, tt := range []struct {
		a      models.Addition
		change func(*models.Case)
		action models.Action
	}{
		{models.Addition{Kind: models.BlockHost, Value: "x.example"}, func(c *models.Case) { c.Text.Links = links("x.example") }, models.Hold},
		{models.Addition{Kind: models.BlockDomain, Value: "x.example"}, author(func(a *models.Author) { a.URL = "https://blog.x.example/" }), models.Hold},
		{models.Addition{Kind: models.BlockPhrase, Value: `say "cheap\pills"`}, content(`they say "cheap\pills" here`), models.Hold},
		{models.Addition{Kind: models.ApproveEmail, Value: "ann@mail.example"}, nil, models.Approve},
		{models.Addition{Kind: models.ApproveAccount, Value: `u"3`}, author(func(a *models.Author) { a.ID, a.LoggedIn = `u"3`, true }), models.Approve},
	} {
		text, err := Amend("p", nil, tt.a)
		if err != nil {
			t.Fatal(err)
		}
		c := testCase()
		if tt.change != nil {
			tt.change(c)
		}
		if fs := parse(t, string(text)).Evaluate(c); len(fs) != 1 || fs[0].Action != tt.action {
			t.Errorf("%+v: %+v in %s", tt.a, fs, text)
		}
	}
}

func TestAmendRefusesWhatNoRuleCanBeMadeOf(t *testing.T) {
	for _, a := range []models.Addition{{Kind: models.BlockHost}, {Kind: "x", Value: "y"}, {Kind: models.BlockPhrase, Value: "a\nb"}, {Kind: models.BlockHost, Value: "x", Site: "A B"},
		{Kind: models.BlockHost, Value: "not a host"}, {Kind: models.BlockPhrase, Value: "\xff"}, {Kind: models.BlockPhrase, Value: strings.Repeat("x", 201)}, {Kind: models.ApproveEmail, Value: "nobody"}} {
		if _, err := Amend("p", nil, a); !errors.Is(err, models.ErrInvalid) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	for _, src := range []string{"rules: [", "- a\n"} {
		var faults Errors
		if _, err := Amend("p", []byte(src), models.Addition{Kind: models.BlockHost, Value: "x.example"}); !errors.As(err, &faults) {
			t.Errorf("%q: %v", src, err)
		}
	}
}
