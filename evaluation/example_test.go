package evaluation

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

func TestReadTakesWhatIsThere(t *testing.T) {
	text := "\ufeff" + `{"id":"a","author":"Ann","author_email":"ann@example.com","author_url":"https://ann.example","ip":"203.0.113.9","content":"hello","language":"en","created_at":"2026-03-01T10:00:00Z","label":"ham","other":[1]}` +
		"\r\n\n" + `  {"content":"","label":"spam"}` + "\n" + `{"id":17,"content":"x","label":"spam","created_at":"yesterday","author":null}`
	got, err := Read(strings.NewReader(text), "f")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 {
		t.Fatalf("%d examples, want 3", len(got))
	}
	c := got[0].Comment
	want := models.Comment{
		ID: "a", Type: "comment", Content: "hello", ContentType: models.PlainText, Language: "en",
		SubmittedAt: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
		Author:      models.Author{Name: "Ann", Email: "ann@example.com", URL: "https://ann.example", IP: "203.0.113.9"},
	}
	if models.Fingerprint(&c) != models.Fingerprint(&want) || !c.SubmittedAt.Equal(want.SubmittedAt) || got[0].Label != models.Ham {
		t.Errorf("got %+v", got[0])
	}
	if got[1].ID != "3" || got[1].Label != models.Spam || got[2].ID != "17" || !got[2].Comment.SubmittedAt.IsZero() {
		t.Errorf("got %+v", got[1:])
	}
}

func TestReadNamesTheLineAtFault(t *testing.T) {
	for line, message := range map[string]string{
		`{"content":"x"}`:                                    `"label" is missing`,
		`{"label":"ham"}`:                                    `"content" is missing`,
		`{"content":"x","label":"eggs"}`:                     `"label" is "eggs", must be "spam" or "ham"`,
		`{"content":"x","label":null}`:                       `"label" is missing`,
		`{"content":7,"label":"ham"}`:                        `"content" cannot be a JSON number`,
		`{"content":"x","label":"ham","author":{}}`:          `"author" cannot be a JSON {`,
		`{"content":"x","label":"ham","id":1.5}`:             `"id" must be a string or a whole number`,
		`{"content":"x","label":"ham"`:                       "not a JSON object",
		`["content"]`:                                        "not a JSON object",
		`hello`:                                              "not a JSON object",
		"{\"content\":\"\xff\",\"label\":\"ham\"}":           "not a JSON object",
		`{"content":"x","content":"y","label":"ham"}`:        "not a JSON object",
		`{"content":"` + strings.Repeat("x", maxLine) + `"}`: "longer than 1048576 bytes",
	} {
		_, err := Read(strings.NewReader(`{"content":"fine","label":"ham"}`+"\n\n"+line+"\n"), "comments.jsonl")
		if err == nil || !errors.Is(err, models.ErrInvalid) || !strings.HasPrefix(err.Error(), "comments.jsonl:3: "+message) {
			t.Errorf("%.60s: %v, want %q", line, err, message)
		}
	}
}

func TestReadFileThatIsNotThere(t *testing.T) {
	if _, err := ReadFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"id":"a","content":"x","label":"ham"}` + "\n")
	f.Add("\ufeff{\"content\":\"x\",\"label\":\"spam\"}\n\n{}")
	f.Add(`{"id":1e400,"content":"x","label":"ham","created_at":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		examples, err := Read(strings.NewReader(text), "f")
		if err != nil && (len(examples) > 0 || !errors.Is(err, models.ErrInvalid)) {
			t.Fatal(err)
		}
		for _, e := range examples {
			if e.ID == "" && !strings.Contains(text, `"id"`) || e.Label != models.Ham && e.Label != models.Spam {
				t.Fatalf("%+v", e)
			}
		}
	})
}
