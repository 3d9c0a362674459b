package main

import (
	"strings"
	"testing"
)

func TestWrongUsageHasExitCode2(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ line, message string }{
		{"nosuch", "unknown command \"nosuch\" (see `winnow --help`)"},
		{"sit list", `did you mean "site"?`},
		{"site lst", `did you mean "list"?`},
		{"site rem x", `did you mean "remove"?`},
		{"help nosuch", `unknown command "nosuch"`},
		{"help site nosuch", "(see `winnow site --help`)"},
		{"serve extra", `"extra" is one argument too many`},
		{"site list extra", `"extra" is one argument too many`},
		{"site show a b", `"b" is one argument too many`},
		{"site set a b --enable", `"b" is one argument too many`},
		{"site rotate a b --key", `"b" is one argument too many`},
		{"site add", "NAME is missing"},
		{"site remove", "NAME is missing"},
		{"policy check", "FILE is missing"},
		{"policy test", "FILE is missing"},
		{"policy test x.yaml --since soon", `--since "soon"`},
		{"site list --nosuch", "unknown flag --nosuch"},
		{"site set --disabel", "did you mean --disable?"},
		{"site list --data-dirr x", "did you mean --data-dir?"},
		{"queue list --limit x", `--limit "x": must be a whole number`},
		{"queue list --limit 0", "--limit 0: must be at least 1"},
		{"bench --rate x", `--rate "x": must be a number`},
		{"bench --url http://127.0.0.1:1 --key k --rate NaN", "a rate of NaN"},
		{"site add A_b", `site name "A_b"`},
		{"site add blog --url example.org", `--url "example.org": must be an http or https URL`},
		{"site add blog --callback http://:80", "--callback"},
		{"site set blog --url ftp://example.org", "--url"},
		{"site set blog", "nothing to change"},
		{"site set blog --hold-above much", "--hold-above \"much\": must be a number from 0 to 1, or default"},
		{"site set blog --hold-above NaN", "--hold-above"},
		{"site set blog --reject-above 1.5", "--reject-above"},
		{"site set blog --hold-above 0", "--hold-above 0: must be over 0"},
		{"site set blog --hold-above 0.7 --reject-above 0.6", "--reject-above 0.6: must be 0 (never), or at least the 0.7 of --hold-above"},
		{"site set blog --enable --disable", "contradict"},
		{"site rotate blog", "say what to rotate: --key, --secret or --akismet"},
		{"serve --listen foo", `--listen: server.listen: "foo" is not an address`},
		{"site list --log-level loud", "--log-level"},
	} {
		t.Run(c.line, func(t *testing.T) { bad(t, dir, 2, "usage", c.message, strings.Fields(c.line)...) })
	}
}

func TestJSONIsHonouredBehindAFlagThatIsWrong(t *testing.T) {
	for line, want := range map[string]bool{
		"site list --json --nosuch":       true,
		"site list --nosuch --json":       true,
		"site list --nosuch --json=true":  true,
		"site list --nosuch --json=false": false,
		"site list --nosuch -- --json":    false,
	} {
		o := winnowEnv(t, nil, strings.Fields(line)...)
		if got := strings.HasPrefix(o.err, "{"); got != want || o.code != 2 {
			t.Errorf("%s: %+v", line, o)
		}
	}
}

func TestNearestName(t *testing.T) {
	known := []string{"add", "list", "remove", "rotate", "set", "show"}
	for name, want := range map[string]string{
		"lst": "list", "lsit": "list", "ad": "add", "rem": "remove", "delete": "", "rotat": "rotate", "x": "", "": "", "sets": "set", "help me": "",
	} {
		if got := nearest(name, known); got != want {
			t.Errorf("nearest to %q: got %q, want %q", name, got, want)
		}
	}
}
