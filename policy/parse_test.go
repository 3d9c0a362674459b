package policy

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

var update = flag.Bool("update", false, "write the messages that faulty files give to their .err files")

func TestFaultyFilesGiveTheirMessages(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 30 {
		t.Fatalf("found %d files, error %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			src := read(t, file)
			set, err := Parse(filepath.Base(file), src)
			if err == nil || set != nil {
				t.Fatalf("no error, or a set with it: %v", err)
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".err"
			got := err.Error() + "\n"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(read(t, golden)); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			checkPlaces(t, src, err)
		})
	}
}

// checkPlaces checks that every fault stands inside the file and in order.
func checkPlaces(t *testing.T, src []byte, err error) {
	t.Helper()
	var all Errors
	var one *Error
	if !errors.As(err, &all) || len(all) == 0 || !errors.As(err, &one) || one != all[0] {
		t.Fatalf("not Errors with an Error: %#v", err)
	}
	lines := bytes.Split(src, []byte("\n"))
	last := [2]int{}
	for _, e := range all {
		if e.Line < 1 || e.Line > len(lines) || e.Col < 1 || e.Col > len(lines[e.Line-1])+1 {
			t.Errorf("%v: no such place", e)
		}
		if at := [2]int{e.Line, e.Col}; slices.Compare(at[:], last[:]) <= 0 {
			t.Errorf("%v: out of order", e)
		} else {
			last = at
		}
	}
}

func TestFilesWithoutRulesFindNothing(t *testing.T) {
	for name, src := range map[string]string{
		"empty":              "",
		"white space":        " \n\n",
		"comments":           "# nothing\n",
		"byte order mark":    "\ufeff# nothing\n",
		"document marker":    "---\n",
		"ended document":     "rules: []\n...\n",
		"null":               "null\n",
		"rules commented":    "rules:\n#  - rule: honeypot\nsites:\n",
		"empty lists":        "rules: []\nsites: []\n",
		"site without rules": "sites: [{site: blog}, {site: shop, rules: }]\n",
		"all off":            "rules: [{rule: honeypot, mode: off}, {rule: required-fields, mode: \"off\"}]\n",
	} {
		t.Run(name, func(t *testing.T) {
			set := parse(t, src)
			c := testCase()
			c.Revision.Comment = models.Comment{Form: models.Form{Honeypot: "x"}}
			if got := set.Evaluate(c); got != nil {
				t.Errorf("found %+v", got)
			}
		})
	}
}

func TestVersionIsTheHashOfTheSource(t *testing.T) {
	set := parse(t, "rules: []\n")
	if got, want := set.Version(), "sha256:e0dfa70eb69d47fe9cb2be8a4fcd53e74cf7fe26fcbb1f06912b57a9c028e4e0"; got != want {
		t.Errorf("version %q, want %q", got, want)
	}
	if other := parse(t, "rules: [] \n"); other.Version() == set.Version() {
		t.Error("another text has the same version")
	}
	if again := parse(t, "rules: []\n"); again.Version() != set.Version() {
		t.Error("the same text has another version")
	}
	source := set.Source()
	if string(source) != "rules: []\n" {
		t.Errorf("source %q", source)
	}
	source[0] = 'X'
	if string(set.Source()) != "rules: []\n" {
		t.Error("a change to what Source returned reached the set")
	}
}

func TestSitesReplaceAndAdd(t *testing.T) {
	set := parse(t, `
sites:
  - site: blog
    rules:
      - {rule: link-limit, max: 5, action: reject}
      - {rule: blocked-words, name: pills, terms: [pills], mode: off}
      - {rule: blocked-words, name: own, terms: [crypto]}
  - site: shop
rules:
  - {rule: link-limit, max: 1, final: true}
  - {rule: blocked-words, name: pills, terms: [pills]}
  - {rule: honeypot}
`)
	pills := RuleInfo{"pills", "blocked-words", models.Hold, On}
	trap := RuleInfo{"honeypot", "honeypot", models.Hold, On}
	general := []RuleInfo{{"link-limit", "link-limit", models.Hold, On}, pills, trap}
	off := pills
	off.Mode = Off
	for site, want := range map[string][]RuleInfo{
		"blog":  {{"link-limit", "link-limit", models.Reject, On}, off, trap, {"own", "blocked-words", models.Hold, On}},
		"shop":  general,
		"other": general,
		"":      general,
	} {
		if got := set.Rules(site); !slices.Equal(got, want) {
			t.Errorf("site %q: got %v, want %v", site, got, want)
		}
	}

	c := testCase()
	c.Text.Plain = "pills and crypto"
	c.Text.Links = links("a.example", "b.example")
	for site, want := range map[string][]string{"blog": {"own"}, "shop": {"link-limit", "pills"}, "other": {"link-limit", "pills"}} {
		c.Site = &models.Site{Name: site}
		var got []string
		for _, f := range set.Evaluate(c) {
			got = append(got, f.Rule)
			if f.Final != (f.Rule == "link-limit") {
				t.Errorf("%s: final %v", f.Rule, f.Final)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("site %q: found %v, want %v", site, got, want)
		}
	}

	c.Site, c.Revision.Site = nil, "blog"
	if got := set.Evaluate(c); len(got) != 1 || got[0].Rule != "own" {
		t.Errorf("judged by the revision's site name: %+v", got)
	}
}

func TestUntilEndsAnEntryAtTheBeginningOfTheDay(t *testing.T) {
	for _, written := range []string{"2026-12-31", `"2026-12-31"`} {
		set := parse(t, "rules: [{rule: honeypot, until: "+written+"}]")
		end := time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
		for _, tt := range []struct {
			received time.Time
			found    bool
		}{
			{end.Add(-time.Millisecond), true},
			{end, false},
			{end.Add(time.Hour), false},
			{end.In(time.FixedZone("west", -5*3600)), false},
		} {
			c := testCase()
			c.Revision.ReceivedAt = tt.received
			c.Revision.Comment.Form.Honeypot = "x"
			if got := set.Evaluate(c) != nil; got != tt.found {
				t.Errorf("until %s, received %v: found %v", written, tt.received, got)
			}
		}
	}
}

func TestDefaultPolicy(t *testing.T) {
	src := read(t, "../configs/policy.yaml")
	set, err := Parse("policy.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range set.Rules("default") {
		names = append(names, r.Name)
		if r.Action != models.Hold {
			t.Errorf("%s: action %s", r.Name, r.Action)
		}
	}
	if want := []string{"required-fields", "link-limit", "honeypot", "duplicate"}; !slices.Equal(names, want) {
		t.Errorf("rules %v, want %v", names, want)
	}
	c := testCase()
	if got := set.Evaluate(c); got != nil {
		t.Errorf("a clean comment: %+v", got)
	}
	c.Text.Links = links("a.example", "b.example", "c.example")
	c.Text.Plain, c.Revision.Comment.Author.Email = "", ""
	c.Revision.Comment.Form.Honeypot = "x"
	c.Facts.Duplicate = &models.Duplicates{Matches: []models.Match{{CommentID: "c-1"}}}
	var details []string
	for _, f := range set.Evaluate(c) {
		details = append(details, f.Detail)
	}
	want := []string{
		"author.email and content are missing",
		"3 links, at most 2 are allowed",
		`the hidden form field was filled with "x"`,
		`the same text was posted by other authors once before, the last time in comment "c-1"`,
	}
	if !slices.Equal(details, want) {
		t.Errorf("got %q", details)
	}
}

func TestExamplesOfTheDefaultPolicyAreValid(t *testing.T) {
	// Commented lines that are indented like entries are the examples.
	var src []string
	for line := range strings.SplitSeq(string(read(t, "../configs/policy.yaml")), "\n") {
		for _, start := range []string{"  # - rule:", "  #   ", "# sites:", "#   - site:", "#     rules:", "#       - ", "#         max"} {
			if strings.HasPrefix(line, start) {
				line = strings.Replace(line, "# ", "", 1)
				break
			}
		}
		src = append(src, line)
	}
	set := parse(t, strings.Join(src, "\n"))
	if got := len(set.Rules("")); got != 7 {
		t.Errorf("%d rules with the examples, want 7", got)
	}
	if got := set.Rules("blog"); got[3].Mode != Off {
		t.Errorf("the example for a site does not count: %v", got)
	}
}

func TestExamplesOfTheManualAreValid(t *testing.T) {
	n := 0
	for i, part := range strings.Split(string(read(t, "../docs/policy.md")), "```") {
		if src, ok := strings.CutPrefix(part, "yaml\n"); ok && i%2 == 1 {
			n++
			if _, err := Parse("policy.md", []byte(src)); err != nil {
				t.Errorf("%v in\n%s", err, src)
			}
		}
	}
	if n < len(kinds()) {
		t.Errorf("%d examples for %d rules", n, len(kinds()))
	}
}

func read(tb testing.TB, file string) []byte {
	tb.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func parse(tb testing.TB, src string) *Set {
	tb.Helper()
	set, err := Parse("policy.yaml", []byte(src))
	if err != nil {
		tb.Fatal(err)
	}
	return set
}
