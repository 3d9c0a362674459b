package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestAmendAddsARuleAndLeavesTheRest(t *testing.T) {
	host := Addition{Kind: BlockHost, Value: "cheap-pills.example"}
	const entry = `{rule: blocked-sources, name: block-host-7472dfad, hosts: ["cheap-pills.example"]}`
	at := func(site string) Addition { a := host; a.Site = site; return a }
	for _, tt := range []struct {
		name, src string
		a         Addition
		want      string
	}{
		{"block", "# mine\nrules:\n  # first\n  - rule: honeypot # x\n    action: hold\n", host,
			"# mine\nrules:\n  # first\n  - ENTRY\n  - rule: honeypot # x\n    action: hold\n"},
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
		a      Addition
		change func(*models.Case)
		action models.Action
	}{
		{Addition{Kind: BlockHost, Value: "x.example"}, func(c *models.Case) { c.Text.Links = links("x.example") }, models.Hold},
		{Addition{Kind: BlockPhrase, Value: `say "cheap\pills"`}, content(`they say "cheap\pills" here`), models.Hold},
		{Addition{Kind: ApproveEmail, Value: "ann@mail.example"}, nil, models.Approve},
		{Addition{Kind: ApproveAccount, Value: `u"3`}, author(func(a *models.Author) { a.ID, a.LoggedIn = `u"3`, true }), models.Approve},
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
	for _, a := range []Addition{{Kind: BlockHost}, {Kind: "x", Value: "y"}, {Kind: BlockPhrase, Value: "a\nb"}, {Kind: BlockHost, Value: "x", Site: "A B"}} {
		if _, err := Amend("p", nil, a); !errors.Is(err, models.ErrInvalid) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	for _, src := range []string{"rules: [", "- a\n"} {
		var faults Errors
		if _, err := Amend("p", []byte(src), Addition{Kind: BlockHost, Value: "x.example"}); !errors.As(err, &faults) {
			t.Errorf("%q: %v", src, err)
		}
	}
}

func TestAddWritesTheFileOnceAndWhole(t *testing.T) {
	dir := t.TempDir()
	p := Place{File: filepath.Join(dir, "policy.yaml"), Default: []byte("# default\nrules:\n  - rule: honeypot\n"), DefaultName: "built in"}
	a := Addition{Kind: BlockHost, Value: "x.example"}
	tried, err := p.Amended(a)
	if err != nil || len(tried.Rules("")) != 2 {
		t.Fatalf("%v", err)
	}
	if _, err := os.Stat(p.File); !errors.Is(err, os.ErrNotExist) {
		t.Error("trying writes the file")
	}
	if err := p.Add(a); err != nil {
		t.Fatal(err)
	}
	set, err := p.Load()
	if err != nil || set.Version() != tried.Version() {
		t.Errorf("what was written is not what was tried: %v", err)
	}
	var faults Errors
	if err := p.Add(a); !errors.As(err, &faults) {
		t.Errorf("the same again: %v", err)
	}
	if err := p.Add(Addition{Kind: BlockHost, Value: "not a host"}); !errors.As(err, &faults) {
		t.Errorf("a value that is no host: %v", err)
	}
	if again, err := p.Load(); err != nil || again.Version() != set.Version() {
		t.Errorf("a refused addition changed the file: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".policy-*")); left != nil {
		t.Errorf("left %v", left)
	}
}
