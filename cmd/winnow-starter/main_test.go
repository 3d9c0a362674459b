package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/evaluation"
	"github.com/winnowd/winnow/models"
)

func newTestSower(t *testing.T) *sower {
	t.Helper()
	s, err := newSower()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSeedsAreAlwaysTheSame(t *testing.T) {
	one, other := newTestSower(t).seeds(), newTestSower(t).seeds()
	if !reflect.DeepEqual(one, other) {
		t.Error("two makings differ")
	}
	spam, ham := byLabel(one)
	if len(spam) != seedSpam+remarkSpam || len(ham) != seedHam+praiseHam+remarkHam {
		t.Errorf("%d spam and %d ham", len(spam), len(ham))
	}
}

func TestSeedsLeaveNoSlotOpen(t *testing.T) {
	open := regexp.MustCompile(`\{[a-z]?\}|%!|^$`)
	for _, e := range newTestSower(t).seeds() {
		if open.MatchString(e.Comment.Content) || open.MatchString(e.Comment.Author.Name) && e.Label == models.Ham {
			t.Errorf("%s is %q of %q", e.ID, e.Comment.Content, e.Comment.Author.Name)
		}
		if url := e.Comment.Author.URL; url != "" && !address.MatchString(url) {
			t.Errorf("%s has the URL %q", e.ID, url)
		}
	}
}

// TestEverySeedListHasItsLanguages sees to it that whatever can be drawn is there.
func TestEverySeedListHasItsLanguages(t *testing.T) {
	s := newTestSower(t)
	for _, language := range append([]string{"en"}, languages...) {
		for name, l := range map[string]list{"topics": s.topics, "pitches": s.pitches, "praise": s.praise, "remarks": s.remarks, "honest": s.honest} {
			if len(l[language]) == 0 {
				t.Errorf("%s has nothing in %s", name, language)
			}
		}
	}
	for _, kind := range []string{"given", "family", "nick", "site", "bot", "ru", "zh", "ja"} {
		if len(s.names[kind]) < 10 {
			t.Errorf("%d names of the kind %s", len(s.names[kind]), kind)
		}
	}
}

func TestSeedListsHoldNoAddresses(t *testing.T) {
	for _, name := range []string{"topics", "pitches", "praise", "remarks", "honest", "names"} {
		text, err := seedFiles.ReadFile("seeds/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(`https?://\S+|\S+@\S+\.\S+`).Find(text); found != nil {
			t.Errorf("%s.txt names %q", name, found)
		}
	}
}

func TestMovedCommentsHaveTheirLinkAsURL(t *testing.T) {
	all := []evaluation.Example{
		{Comment: models.Comment{Content: `<a href="http://a.example/x">cheap pills</a> and [url=http://b.example]more[/url]`}},
		{Comment: models.Comment{Content: "http://only.example"}},
		{Comment: models.Comment{Content: "no link"}},
	}
	got := moved(all)
	if len(got) != 1 || got[0].Comment.Author.URL != "http://a.example/x" || got[0].Comment.Content != "cheap pills and more" {
		t.Errorf("moved are %+v", got)
	}
}

func TestStarterIsMadeOfFilesAndSeedsTheSameEachTime(t *testing.T) {
	dir := t.TempDir()
	for i, name := range files {
		var lines strings.Builder
		for n := range 12 {
			fmt.Fprintf(&lines, `{"content":"comment %d of %d in %s","label":%q}`+"\n", n, i, name, [...]string{"ham", "spam"}[n%2])
		}
		path := filepath.Join(dir, filepath.FromSlash(name)+".jsonl")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var made [2][]byte
	for i := range made {
		out := filepath.Join(t.TempDir(), "starter.model")
		var said bytes.Buffer
		if err := run(context.Background(), &said, dir, out); err != nil {
			t.Fatal(err)
		}
		var err error
		if made[i], err = os.ReadFile(out); err != nil {
			t.Fatal(err)
		}
		s, err := classifier.ReadStarter(made[i])
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%s %d ham %d spam", seedsName, seedHam+praiseHam+remarkHam, seedSpam+remarkSpam); !strings.Contains(s.About(), want) || !strings.Contains(said.String(), want) {
			t.Errorf("about is %q", s.About())
		}
	}
	if !bytes.Equal(made[0], made[1]) {
		t.Error("two makings differ")
	}
}

func TestMissingFileIsNamed(t *testing.T) {
	err := run(context.Background(), &bytes.Buffer{}, t.TempDir(), filepath.Join(t.TempDir(), "out"))
	if err == nil || !strings.Contains(err.Error(), "psy.jsonl") {
		t.Errorf("error is %v", err)
	}
}
