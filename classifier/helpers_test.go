package classifier

import (
	"bufio"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"regexp"
	"testing"

	"github.com/winnowd/winnow/models"
)

func newModel(t testing.TB) *Model {
	t.Helper()
	m, err := New(Options{Epoch: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func fold(t testing.TB, m *Model, entries ...models.LogEntry) {
	t.Helper()
	for _, e := range entries {
		if err := m.Fold(e); err != nil {
			t.Fatal(err)
		}
	}
}

// says makes an entry of the shared model.
func says(seq int64, label models.Label, text string) models.LogEntry {
	return models.LogEntry{Seq: seq, SiteID: 1, Shared: true, Label: label, Lesson: models.Lesson{Text: text}}
}

// retract makes the entry that takes another back.
func retract(seq int64, e models.LogEntry) models.LogEntry {
	e.Seq, e.Retracts = seq, true
	return e
}

// caseOf makes a case of site 1 out of a text.
func caseOf(text string) *models.Case {
	return &models.Case{Site: &models.Site{ID: 1}, Revision: &models.Revision{SiteID: 1}, Text: models.Text{Plain: text}}
}

func logOf(entries []models.LogEntry) iter.Seq2[models.LogEntry, error] {
	return func(yield func(models.LogEntry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// example is a line of a file of testdata.
type example struct {
	ID        string       `json:"id"`
	Author    string       `json:"author"`
	AuthorURL string       `json:"author_url"`
	Content   string       `json:"content"`
	Language  string       `json:"language"`
	Label     models.Label `json:"label"`
}

var address = regexp.MustCompile(`https?://[^\s]+`)

func (e *example) toCase() *models.Case {
	text := models.Text{Plain: e.Content}
	for _, url := range address.FindAllString(e.Content, -1) {
		text.Links = append(text.Links, models.Link{URL: url, Host: hostOf(url), Kind: models.LinkBare})
	}
	return &models.Case{
		Site: &models.Site{ID: 1},
		Text: text,
		Revision: &models.Revision{SiteID: 1, Comment: models.Comment{
			ID: e.ID, Content: e.Content, Author: models.Author{Name: e.Author, URL: e.AuthorURL},
		}},
	}
}

func (e *example) entry(seq int64) models.LogEntry {
	c := e.toCase()
	return models.LogEntry{Seq: seq, SiteID: 1, Shared: true, Label: e.Label, Lesson: LessonOf(c.Text, &c.Revision.Comment)}
}

func loadExamples(t testing.TB) []example {
	t.Helper()
	return readExamples(t, "testdata/comments.jsonl")
}

func readExamples(t testing.TB, path string) []example {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []example
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var e example
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(fmt.Errorf("line %d: %w", len(all)+1, err))
		}
		all = append(all, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func trained(t testing.TB, examples []example) *Model {
	t.Helper()
	m := newModel(t)
	for i := range examples {
		fold(t, m, examples[i].entry(int64(i+1)))
	}
	return m
}

// score is Score of a lesson.
func (m *Model) score(site int64, l *models.Lesson, author *nameWords) models.Verdict {
	return m.verdict(newDocument(), site, l, author)
}
