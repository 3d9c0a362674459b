package history

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"

	"github.com/winnowd/winnow/models"
)

func TestTablesAreRead(t *testing.T) {
	file := byteOrderMark + "ID;Author Name;author_email;Website;IP;Comment;Created At;Label;other\r\n" +
		"c-1;Jörg;j@example.org; https://j.example ;203.0.113.7;\"He said \"\"hi\"\";\nand left\";2026-02-21 09:15:00;Ham;x\r\n" +
		"\r\n" +
		"c-2;;;;;buy pills;;SPAM;x\r\n" +
		"c-3;;;;;nobody decided;;;x\r\n"
	entries, faults := read(t, separated(), file)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	checkSummaries(t, entries, []string{
		`2 c-1 "ham" comment by "Jörg" under "": "He said \"hi\";\nand left"`,
		`5 c-2 "spam" comment by "" under "": "buy pills"`,
		`6 c-3 "" comment by "" under "": "nobody decided"`,
	})
	want := models.Comment{
		ID: "c-1", Type: "comment", Content: entries[0].Labelled.Comment.Content, ContentType: models.PlainText, SubmittedAt: time.Date(2026, 2, 21, 9, 15, 0, 0, time.UTC),
		Author: models.Author{Name: "Jörg", Email: "j@example.org", URL: "https://j.example", IP: "203.0.113.7"},
	}
	if got := entries[0].Labelled.Comment; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestSeparatorsAndColumnsAreTold(t *testing.T) {
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("content\tlabel\nGrüße\tham\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ file, want string }{
		"comma":     {"content,label\nGrüße,ham\n", "ham Grüße"},
		"semicolon": {"label;content\nham;Grüße\n", "ham Grüße"},
		"tab":       {"label\tcontent\nham\tsay \"Grüße\" twice\n", `ham say "Grüße" twice`},
		"bar":       {"label|content\nham|Grüße", "ham Grüße"},
		"quoted":    {"\"content\",\"label\"\n\"a,b\",\"ham\"\n", "ham a,b"},
		"UTF-16":    {utf16, "ham Grüße"},
		"collection": {
			"COMMENT_ID,AUTHOR,DATE,CONTENT,CLASS\nz1,Ann,2013-11-07T06:20:48,\"Check out, please\",1\n", "spam Check out, please",
		},
		"class 0":        {"text,class\nhello,0\n", "ham hello"},
		"approved":       {"comment_content,comment_approved\nhello,1\n", "ham hello"},
		"waits":          {"comment_content,comment_approved\nhello,0\n", " hello"},
		"trash":          {"body,status\nhello,trash\n", "spam hello"},
		"label, not yet": {"body,status,label\nhello,approved,\n", "ham hello"},
	} {
		f, err := Detect("comments", []byte(c.file))
		if err != nil || f.Name != "csv" {
			t.Errorf("%s: told as %q, %v", name, f.Name, err)
			continue
		}
		entries, faults := read(t, f, c.file)
		if len(entries) != 1 || len(faults) != 0 {
			t.Errorf("%s: %d entries, %q", name, len(entries), faults)
			continue
		}
		if l := entries[0].Labelled; string(l.Label)+" "+l.Comment.Content != c.want {
			t.Errorf("%s: got %q %q", name, l.Label, l.Comment.Content)
		}
	}
}

func TestABadRowOfATableFailsAlone(t *testing.T) {
	for row, want := range map[string]string{
		"c,x":               "row line 3: has 2 cells, the first row has 3",
		"c,x,eggs":          `row line 3: the label is "eggs", must be spam or ham`,
		"c,\"x\"y,ham":      "row line 3: has a quotation mark out of place in column 5",
		"c,x\"y,ham":        "row line 3: has a quotation mark out of place in column 4",
		"c,Gr\xfc\xdfe,ham": "row line 3: is not UTF-8: save the table as UTF-8",
		"c\x01,x,ham":       "row line 3: /id: must not contain control characters",
		"c," + strings.Repeat("x", maxContent+1) + ",ham": "row line 3: /content: is 65537 bytes",
	} {
		entries, faults := read(t, separated(), "id,content,label\na,x,ham\n"+row+"\nb,x,spam\n")
		if len(faults) != 1 || !strings.HasPrefix(faults[0], want) {
			t.Errorf("%.40q: got %q, want %q", row, faults, want)
		}
		if len(entries) != 2 || entries[1].Line != 4 {
			t.Errorf("%.40q: got %+v", row, entries)
		}
	}
}

func TestTablesThatCannotBeRead(t *testing.T) {
	for file, want := range map[string]string{
		"id,words,label\n":         `end line 1: must name the columns, among them "content"; it has ["id" "words" "label"]`,
		"id,content\n":             `end line 1: must name a column "label"`,
		"content,la\"bel\nx,ham\n": "end line 1: has a quotation mark out of place",
		"content,label\n\"" + strings.Repeat("many words\n", maxLine/10) + ",ham\n": "end after line 1: one piece is longer than 8388608 bytes, perhaps a quotation mark is never closed",
	} {
		entries, faults := read(t, separated(), file)
		if len(entries) != 0 || len(faults) != 1 || !strings.HasPrefix(faults[0], want) {
			t.Errorf("%.40q: %d entries, got %.200q, want %q", file, len(entries), faults, want)
		}
	}
	if entries, faults := read(t, separated(), ""); len(entries)+len(faults) != 0 {
		t.Errorf("an empty file gave %v, %v", entries, faults)
	}
}

func FuzzTable(f *testing.F) {
	f.Add("content,label\nx,ham\n")
	f.Add("\xef\xbb\xbfCOMMENT_ID;CONTENT;CLASS\n1;\"a\n\"\"b\"\"\";1")
	f.Add("body\tstatus\n\"\ttrash\r\n")
	f.Fuzz(func(t *testing.T, file string) {
		lines := []int{0}
		for e, err := range separated().Read(strings.NewReader(file)) {
			if err == nil && (e.Line < 2 || checkLabelled(e.Labelled) != nil) {
				t.Fatalf("%+v", e)
			}
			if err == nil {
				lines = append(lines, e.Line)
			}
		}
		if !slices.IsSorted(lines) {
			t.Fatalf("lines %v", lines)
		}
	})
}
