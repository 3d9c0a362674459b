package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// placed gives a place whose file has a text.
func placed(t *testing.T, text string) Place {
	t.Helper()
	p := Place{File: filepath.Join(t.TempDir(), "policy.yaml")}
	write(t, p.File, text)
	return p
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var pills = models.Addition{Kind: models.BlockHost, Value: "x.example"}

func TestAnAmendmentIsWrittenAsItWasTried(t *testing.T) {
	dir := t.TempDir()
	p := Place{File: filepath.Join(dir, "policy.yaml"), Default: []byte("# default\nrules:\n  - rule: honeypot\n"), DefaultName: "built in"}
	m, err := p.Amend(pills)
	if err != nil || len(m.Set.Rules("")) != 2 {
		t.Fatalf("%v", err)
	}
	if _, err := os.Stat(p.File); !errors.Is(err, os.ErrNotExist) {
		t.Error("trying writes the file")
	}
	if err := p.Write(m.Draft); err != nil {
		t.Fatal(err)
	}
	set, err := p.Load()
	if err != nil || set.Version() != m.Version {
		t.Errorf("what was written is not what was tried: %v", err)
	}
	if !strings.Contains(contents(t, p.File), "# default") || !strings.Contains(contents(t, p.File), "  - "+m.Entry+"\n") {
		t.Errorf("wrote\n%s", contents(t, p.File))
	}
	if err := p.Write(m.Draft); !errors.Is(err, models.ErrConflict) || !strings.Contains(err.Error(), "already") {
		t.Errorf("the same again: %v", err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("left %v, %v", list, err)
	}
}

func TestAnAmendmentKeepsModeAndLinkOfTheFile(t *testing.T) {
	p := placed(t, "rules: []\n")
	if err := os.Chmod(p.File, 0o640); err != nil {
		t.Fatal(err)
	}
	link := Place{File: filepath.Join(t.TempDir(), "link.yaml")}
	if err := os.Symlink(p.File, link.File); err != nil {
		t.Fatal(err)
	}
	m, err := link.Amend(pills)
	if err == nil {
		err = link.Write(m.Draft)
	}
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(p.File)
	if err != nil || info.Mode().Perm() != 0o640 || !strings.Contains(contents(t, p.File), "x.example") {
		t.Errorf("%v %v %s", info.Mode(), err, contents(t, p.File))
	}
	if to, err := os.Readlink(link.File); err != nil || to != p.File {
		t.Errorf("the link leads to %s, %v", to, err)
	}
}

func TestAnAmendmentIsNotWrittenOverWhatIsNewer(t *testing.T) {
	p := placed(t, "rules:\n  - {rule: blocked-words, file: words.txt}\n")
	words := filepath.Join(filepath.Dir(p.File), "words.txt")
	write(t, words, "casino\n")
	for what, change := range map[string]func(){
		"file": func() { write(t, p.File, "rules:\n  - {rule: blocked-words, file: words.txt} # mine\n") },
		"list": func() { write(t, words, "roulette\n") },
	} {
		m, err := p.Amend(pills)
		if err != nil {
			t.Fatal(err)
		}
		change()
		before := contents(t, p.File)
		if err := p.Write(m.Draft); !errors.Is(err, models.ErrConflict) || !strings.Contains(err.Error(), "changed since") {
			t.Errorf("another %s: %v", what, err)
		}
		if contents(t, p.File) != before {
			t.Errorf("another %s: it was written", what)
		}
	}
}

func TestAnAmendmentThatCannotBeMadeSaysWhy(t *testing.T) {
	entry, err := entryOf(pills)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		src, site, want string
	}{
		"an error in the file":     {"rules:\n  - rule: honeypo\n", "", ":2:11: unknown rule"},
		"it is there":              {"rules: [" + entry + "]", "", "already"},
		"it is there for all":      {"rules: [" + entry + "]", "blog", "already"},
		"a null in so many words":  {"rules: ~\nsites: []\n", "", "by hand: " + entry},
		"a question mark":          {"? rules\n: - rule: honeypot\n", "", "by hand: " + entry},
		"an end of the document":   {"sites: []\n...\n", "", "by hand: " + entry},
		"a name on the next line":  {"sites:\n  - site:\n      blog\n", "blog", "by hand: " + entry},
		"a root that is moved in":  {"  rules:\n    - rule: honeypot\n", "blog", "by hand: " + entry},
		"a list that is not there": {"rules: [{rule: blocked-words, file: none.txt}]", "", "cannot be read"},
	} {
		p := placed(t, tt.src)
		a := pills
		a.Site = tt.site
		if _, err := p.Amend(a); !errors.Is(err, models.ErrConflict) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Place{File: filepath.Join(t.TempDir(), "none.yaml")}).Amend(pills); !errors.Is(err, models.ErrConflict) {
		t.Errorf("no file: %v", err)
	}
}

// TestAFileThatCannotBeReplacedStaysAsItIs has a name so long that none longer can stand
// beside it: that stops everybody, root too.
func TestAFileThatCannotBeReplacedStaysAsItIs(t *testing.T) {
	p := Place{File: filepath.Join(t.TempDir(), strings.Repeat("p", 250))}
	write(t, p.File, "rules: []\n")
	m, err := p.Amend(pills)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Write(m.Draft); !errors.Is(err, models.ErrConflict) || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("got %v", err)
	}
	if contents(t, p.File) != "rules: []\n" {
		t.Errorf("it is now\n%s", contents(t, p.File))
	}
}

func TestWhatACrashLeftIsRemovedOnceItIsOld(t *testing.T) {
	p := placed(t, "rules: []\n")
	old, young, other := p.File[:len(p.File)-len("policy.yaml")]+".policy.yaml.1.new", p.File[:len(p.File)-len("policy.yaml")]+".policy.yaml.2.new", p.File+".new"
	for _, f := range []string{old, young, other} {
		write(t, f, "half")
	}
	for _, f := range []string{old, other} {
		if err := os.Chtimes(f, time.Time{}, time.Now().Add(-2*staleAfter)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := p.Amend(pills)
	if err == nil {
		err = p.Write(m.Draft)
	}
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range map[string]bool{old: false, young: true, other: true} {
		if _, err := os.Stat(f); (err == nil) != want {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// FuzzAmend holds that what is written is the old text with something put into it in one
// place, and a policy with one rule more.
func FuzzAmend(f *testing.F) {
	f.Add("rules:\n  - rule: honeypot\n", "cheap pills", false, uint8(0))
	f.Add("rules: [{rule: honeypot}]", "'#: {}[]&*!|>%@`\"\\", true, uint8(2))
	f.Add("sites:\n  - site: blog\n    rules: []\n", "a\u2028b \u00a0\u0085", true, uint8(1))
	f.Add("{sites: [{site: blog}], rules: []}", "u\"3", true, uint8(4))
	f.Add("# x\r\nrules:\r\n- rule: honeypot\r\n", "- : {x", false, uint8(2))
	kinds := []models.AdditionKind{models.BlockHost, models.BlockDomain, models.BlockPhrase, models.ApproveEmail, models.ApproveAccount}
	f.Fuzz(func(t *testing.T, src, value string, site bool, kind uint8) {
		a := models.Addition{Kind: kinds[int(kind)%len(kinds)], Value: value}
		if site {
			a.Site = "blog"
		}
		p := Place{File: "/nonexistent/policy.yaml", Default: []byte(src)}
		m, err := p.Amend(a)
		if err != nil {
			if !errors.Is(err, models.ErrInvalid) && !errors.Is(err, models.ErrConflict) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		before, after := []byte(src), m.text
		n := 0
		for n < len(before) && before[n] == after[n] {
			n++
		}
		if rest := before[n:]; !strings.HasSuffix(string(after[n:]), string(rest)) {
			t.Errorf("%q became %q", before, after)
		}
		found := false
		for _, i := range m.Set.Rules(a.Site) {
			found = found || i.Name == m.Name && i.Mode == On
		}
		if !found || m.Base == m.Version {
			t.Errorf("%q has no rule %s", after, m.Name)
		}
	})
}
