package history

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
)

// read reads a text and gives its entries and its errors, in words.
func read(t *testing.T, f Format, text string) (entries []models.HistoryEntry, faults []string) {
	t.Helper()
	for e, err := range f.Read(strings.NewReader(text)) {
		if err != nil {
			kind := "end"
			if bad := (*models.RowError)(nil); errors.As(err, &bad) {
				kind = "row"
			}
			faults = append(faults, kind+" "+err.Error())
			continue
		}
		entries = append(entries, e)
	}
	return entries, faults
}

func TestLabelledLinesAreRead(t *testing.T) {
	entries, faults := read(t, labelledLines(), "\xef\xbb\xbf"+`{"id":7,"author":"Ann","author_email":"ann@example.com","author_url":"https://a.example","ip":"203.0.113.9","content":"Hello","language":"en","created_at":"2026-03-01T10:00:00+01:00","label":"ham","more":[1]}

{"content":"Buy <b>pills</b>","content_type":"text/html","label":"spam"}`)
	if len(faults) > 0 || len(entries) != 2 {
		t.Fatalf("%v, %v", entries, faults)
	}
	want := models.LabelledComment{Label: models.Ham, Comment: models.Comment{
		ID: "7", Type: "comment", Content: "Hello", ContentType: models.PlainText, Language: "en",
		SubmittedAt: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		Author:      models.Author{Name: "Ann", Email: "ann@example.com", URL: "https://a.example", IP: "203.0.113.9"},
	}}
	if got := *entries[0].Labelled; fmt.Sprint(got) != fmt.Sprint(want) || entries[0].Line != 1 {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got := entries[1]; got.Line != 3 || got.Labelled.Label != models.Spam || got.Labelled.Comment.ContentType != models.HTML || got.Labelled.Comment.ID != "" {
		t.Errorf("got %+v", got.Labelled)
	}
}

func TestABadRowFailsAlone(t *testing.T) {
	const good = `{"content":"x","label":"ham"}`
	for _, c := range []struct{ line, want string }{
		{`not json`, "must be one JSON object"},
		{`[]`, "must be one JSON object"},
		{`{"content":"x","label":"ham"} {}`, "is not JSON"},
		{`{"content":"x"`, "is not JSON"},
		{`{"label":"ham"}`, "/content: is missing"},
		{`{"content":null,"label":"ham"}`, "/content: is missing"},
		{`{"content":"x"}`, "/label: is missing"},
		{`{"content":"x","label":"eggs"}`, `/label: "eggs", must be ham or spam`},
		{`{"content":"x","label":1}`, "/label: must not be a number"},
		{`{"content":{},"label":"ham"}`, "/content: must not be an object"},
		{`{"content":"x","content":"y","label":"ham"}`, "duplicate"},
		{"{\"content\":\"\xff\",\"label\":\"ham\"}", "UTF-8"},
		{`{"content":"x","label":"ham","id":""}`, ""},
		{`{"content":"x","label":"ham","id":1.5}`, "/id: must be a string or an integer"},
		{`{"content":"x","label":"ham","id":"a\u0001"}`, "/id: must not contain control characters"},
		{`{"content":"x","label":"ham","id":"` + strings.Repeat("i", 201) + `"}`, "/id: must be 1 to 200 bytes long, is 201"},
		{`{"content":"` + strings.Repeat("c", maxContent+1) + `","label":"ham"}`, "/content: is 65537 bytes, at most 65536 are allowed"},
		{`{"content":"x","label":"ham","created_at":"yesterday"}`, "/created_at"},
		{`{"content":"x","label":"ham","content_type":"text/rtf"}`, `/content_type: "text/rtf"`},
		{`{"content":"` + strings.Repeat("c", maxLine) + `","label":"ham"}`, "is longer than 8388608 bytes"},
	} {
		entries, faults := read(t, labelledLines(), good+"\n"+c.line+"\n"+good)
		if c.want == "" {
			if len(entries) != 3 || len(faults) != 0 {
				t.Errorf("%s: %v", c.line, faults)
			}
			continue
		}
		if len(entries) != 2 || len(faults) != 1 || !strings.HasPrefix(faults[0], "row line 2: ") || !strings.Contains(faults[0], c.want) {
			t.Errorf("%.80s:\n got %d entries, %q\nwant %q", c.line, len(entries), faults, c.want)
		}
		if len(entries) == 2 && entries[1].Line != 3 {
			t.Errorf("%.80s: the row after it stands in line %d", c.line, entries[1].Line)
		}
	}
}

// stored are entries of every kind, with every field.
func stored() []models.HistoryEntry {
	at := time.Date(2026, 3, 1, 10, 0, 0, 120e6, time.UTC)
	elapsed := int64(8400)
	return []models.HistoryEntry{
		{Line: 2, Policy: &models.StoredPolicy{Version: "sha256:1", Text: "rules: []\n"}},
		{Line: 3, Revision: &models.StoredRevision{
			CommentID: "c-1", Revision: 2, State: models.Decided, Dead: true, Attempts: 5, LastError: "no", Protocol: "native",
			ReceivedAt: at, Message: []byte{1, 2},
			Comment: &models.Comment{ID: "c-1", Type: "comment", Content: "<&>\u2028", ContentType: models.HTML, SubmittedAt: at,
				Form: models.Form{ElapsedMS: &elapsed}, Meta: []byte(`{"a":1,"a":2}`)},
			Decisions: []models.StoredDecision{{
				ID: "wn_1", Sequence: 1, Judged: true, Action: models.Hold, Source: models.FromPolicy, Actor: models.System, Score: 0.1234567890123,
				Reasons: []models.Reason{{Rule: "r", Action: models.Hold, Code: "r.c", Params: map[string]any{"found": 3.0}, Detail: "d",
					Evidence: []models.Evidence{{Token: "t", Weight: -1.5}}}},
				Facts:         models.Facts{Duplicate: &models.Duplicates{Matches: []models.Match{{CommentID: "c-0", AgeMS: 5}}}},
				PolicyVersion: "sha256:1", ModelVersion: "m", DecidedAt: at, Note: "n",
			}},
		}},
		{Line: 4, Revision: &models.StoredRevision{CommentID: "c-2", Revision: 1, State: models.Superseded, Removed: models.Erased,
			Protocol: "native", ReceivedAt: at, Decisions: []models.StoredDecision{}}},
		{Line: 5, Label: &models.StoredLabel{CommentID: "c-1", Revision: 2, Label: models.Spam, Origin: models.OriginModerator,
			Actor: models.Actor{Kind: "user", Name: "m@example.com"}, Shared: true, Tokenizer: "1", LabelledAt: at,
			Lesson: &models.Lesson{Text: "t"}, Retracted: &models.Retraction{Reason: "undo", Actor: models.System, At: at}}},
	}
}

func TestWhatIsExportedIsReadBack(t *testing.T) {
	var file bytes.Buffer
	if err := WriteHeader(&file, &models.Site{Name: "blog"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, e := range stored() {
		if err := WriteEntry(&file, &e); err != nil {
			t.Fatal(err)
		}
	}
	format, err := Detect("x", file.Bytes()[:min(file.Len(), HeadBytes)])
	if err != nil || format.Name != "winnow" {
		t.Fatalf("%v, %v", format.Name, err)
	}
	entries, faults := read(t, format, file.String())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var again bytes.Buffer
	for i, e := range entries {
		if e.Line != i+2 {
			t.Errorf("entry %d stands in line %d", i, e.Line)
		}
		if err := WriteEntry(&again, &e); err != nil {
			t.Fatal(err)
		}
	}
	if _, want, _ := strings.Cut(file.String(), "\n"); again.String() != want {
		t.Errorf("written again:\n%s\nwant:\n%s", again.String(), want)
	}
}

// TestKeysAreNotExported: by the keyed hashes people could be recognised in two files.
func TestKeysAreNotExported(t *testing.T) {
	e := stored()[slices.IndexFunc(stored(), func(e models.HistoryEntry) bool { return e.Revision != nil })]
	e.Revision.Keys = models.Keys{Person: []byte("person"), Email: []byte("email"), IP: []byte("address"), Text: 7}
	var file bytes.Buffer
	if err := WriteEntry(&file, &e); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(file.String(), "keys") || e.Revision.Keys.Text != 7 {
		t.Errorf("written %s, and %+v is left", file.String(), e.Revision.Keys)
	}
}

func TestBadLinesOfAnExport(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{`{}`, "row line 1: is neither"},
		{`{"policy":{}}`, "row line 1: /policy/version: is missing"},
		{`{"revision":{}}`, "row line 1: /revision/comment_id: must be 1"},
		{`{"revision":{"comment_id":"c"}}`, "row line 1: /revision/revision: must be at least 1"},
		{`{"revision":{"comment_id":"c","revision":1}}`, "row line 1: /revision: must have a comment"},
		{`{"revision":{"comment_id":"c","revision":1,"removed":"x"}}`, "row line 1: /revision/received_at"},
		{`{"revision":{"comment_id":"c","revision":1,"removed":"x","received_at":"2026-01-01T00:00:00Z"}}`, "row line 1: /revision/state"},
		{`{"revision":{"comment_id":"c","revision":1,"removed":"x","received_at":"2026-01-01T00:00:00Z","state":"decided"}}`, "row line 1: /revision/removed"},
		{`{"revision":{"comment_id":"c","revision":1,"comment":{"content":"` + strings.Repeat("x", maxContent+1) + `"}}}`, "row line 1: /revision/comment/content: is 65537 bytes"},
		{`{"label":{"comment_id":"c","label":"x"}}`, "row line 1: /label/label"},
		{`{"label":{"comment_id":"c","label":"ham"}}`, "row line 1: /label/lesson: is missing"},
		{`{"label":{"comment_id":"c","label":"ham","lesson":{}}}`, "row line 1: /label/labelled_at"},
		{`{"revision":{"comment_id":"c"},"label":{"comment_id":"c"}}`, "row line 1: is both a revision and a label"},
		{`{"winnow_export":2}` + "\n" + `{}`, "end line 1: was exported by a newer winnow (format 2, this one knows 1)"},
	} {
		_, faults := read(t, exported(), c.line)
		if len(faults) != 1 || !strings.HasPrefix(faults[0], c.want) {
			t.Errorf("%s: got %q, want %q", c.line, faults, c.want)
		}
	}
}

func TestFormatsAreTold(t *testing.T) {
	for _, c := range []struct{ head, want string }{
		{`{"winnow_export":1,`, "winnow"}, {`{"content":`, "jsonl"}, {"", "jsonl"}, {"\n {", "jsonl"}, {"PK\x03\x04", ""},
	} {
		f, err := Detect("dir/file", []byte(c.head))
		if f.Name != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v", c.head, f.Name, err)
		}
	}
	for _, f := range Formats() {
		if got, err := Named(f.Name); err != nil || got.Title != f.Title {
			t.Errorf("%s: %v, %v", f.Name, got.Title, err)
		}
	}
	if _, err := Named("tar"); err == nil {
		t.Error("an unknown format was found")
	}
}

// FuzzFormats checks that a reader of whatever format ends, never counts lines downwards and
// yields what can be written.
func FuzzFormats(f *testing.F) {
	f.Add([]byte(`{"content":"x","label":"ham","id":"1"}`))
	f.Add([]byte("{\"winnow_export\":1}\n{\"label\":{\"comment_id\":\"c\",\"label\":\"ham\",\"lesson\":{},\"labelled_at\":\"2026-01-01T00:00:00Z\"}}"))
	for _, e := range stored() {
		var b bytes.Buffer
		if err := WriteEntry(&b, &e); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range Formats() {
			line := 0
			for e, err := range format.Read(bytes.NewReader(data)) {
				if bad := (*models.RowError)(nil); errors.As(err, &bad) {
					e.Line = bad.Line
				} else if err != nil {
					break
				}
				if e.Line < line {
					t.Fatalf("%s: line %d after %d", format.Name, e.Line, line)
				}
				line = e.Line
				if err == nil && e.Labelled == nil {
					if err := WriteEntry(new(bytes.Buffer), &e); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	})
}
