package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

func TestListsComeFromFilesBesideThePolicy(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "policy.yaml")
	writeFile(t, file, `
rules:
  - {rule: blocked-words, file: lists/words.txt, terms: [own]}
  - {rule: blocked-words, name: again, file: lists/words.txt, action: hold}
  - {rule: blocked-sources, hosts_file: hosts.txt, ips_file: ips.txt}
`)
	if err := os.Mkdir(filepath.Join(dir, "lists"), 0o700); err != nil {
		t.Fatal(err)
	}
	words := filepath.Join(dir, "lists", "words.txt")
	writeFile(t, words, "\ufeff# from somewhere\r\n\r\ncheap pills\r\n  casino  \n")
	writeFile(t, filepath.Join(dir, "hosts.txt"), "spam.example\n")
	writeFile(t, filepath.Join(dir, "ips.txt"), "198.51.100.0/24\n")
	set, err := Place{File: file}.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := testCase()
	c.Text.Plain, c.Text.Links = "the casino", links("spam.example")
	got := set.Evaluate(c)
	if len(got) != 3 || got[0].Action != models.Stricter || got[0].Detail != `contains the listed word "casino": judged 3 times stricter` ||
		got[1].Action != models.Hold || got[2].Action != models.Stricter || got[0].Params["times"] != 3. {
		t.Errorf("found %+v", got)
	}
	source := string(set.Source())
	if strings.Count(source, "cheap pills") != 1 || !strings.Contains(source, "\n-- lists/words.txt --\n") {
		t.Errorf("source %q", source)
	}
	writeFile(t, words, "cheap pills\n")
	other, err := Place{File: file}.Load()
	if err != nil || other.Version() == set.Version() {
		t.Errorf("another list, the same version: %v", err)
	}
}

func TestAChangedListIsInForce(t *testing.T) {
	dir := t.TempDir()
	file, words := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "words.txt")
	writeFile(t, file, "rules: [{rule: blocked-words, file: words.txt}]")
	writeFile(t, words, "casino")
	l, _, _ := live(t, Place{File: file})
	c := testCase()
	c.Text.Plain = "pills"
	writeFile(t, words, "casino\npills")
	if l.looks(t); l.Current().Evaluate(c) == nil {
		t.Error("the changed list is not in force")
	}
	writeFile(t, words, "\xff")
	l.looks(t)
	if l.Current().Evaluate(c) == nil {
		t.Error("a bad list is in force")
	}
	writeFile(t, words, "viagra")
	if l.looks(t); l.Current().Evaluate(c) != nil {
		t.Error("the mended list is not in force")
	}
}

func TestFaultsOfListsHaveTheirLine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "policy.yaml")
	writeFile(t, filepath.Join(dir, "ips.txt"), "203.0.113.9\n# a comment\n203.0.113.1/24\n")
	writeFile(t, filepath.Join(dir, "empty.txt"), "# nothing\n")
	writeFile(t, filepath.Join(dir, "latin1.txt"), "ok\ncaf\xe9\n")
	writeFile(t, file, `
rules:
  - {rule: blocked-sources, ips_file: ips.txt}
  - {rule: blocked-words, name: a, file: none.txt}
  - {rule: blocked-words, name: b, file: empty.txt}
  - {rule: blocked-words, name: c, file: latin1.txt}
  - {rule: blocked-words, name: d, match: regexp, terms: ["(", "x*"]}
`)
	_, err := Place{File: file}.Load()
	var faults Errors
	if !errors.As(err, &faults) {
		t.Fatalf("got %v", err)
	}
	for i, want := range []string{
		":4:42: the list cannot be read: open ", `:5:42: the list "empty.txt" is empty`, ":6:42: the list cannot be read: latin1.txt: line 2 is not UTF-8",
		`:7:59: "(" is not a regular expression (RE2)`, `:7:64: "x*" is found in every text`, `ips.txt:3:1: "203.0.113.1/24" has bits set`,
	} {
		if i >= len(faults) || !strings.Contains(faults[i].Error(), want) {
			t.Fatalf("fault %d: want %s in\n%v", i, want, err)
		}
	}
	if _, err := Parse("policy.yaml", []byte("rules: [{rule: blocked-words, file: /etc/passwd}]")); err == nil || !strings.Contains(err.Error(), "cannot name other files") {
		t.Errorf("a policy without a place names a file: %v", err)
	}
}
