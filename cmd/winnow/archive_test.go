package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/winnowd/winnow/history"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/store"
)

type exportResult struct {
	Site string `json:"site"`
	File string `json:"file"`
	history.Exported
}

type importResult struct {
	Site string `json:"site"`
	models.Imported
	Files []importedFile `json:"files"`
}

const labelledComments = `{"id":"h-1","author":"Ann","author_email":"ann@example.com","ip":"203.0.113.9","content":"An honest word","label":"ham","created_at":"2020-01-02T03:04:05Z"}
{"id":"h-2","author":"Eve","author_email":"eve@example.com","content":"Cheap pills","label":"spam"}
not json
{"content":"No id, but a word of its own","label":"ham"}
{"content":"No label"}
`

func TestHistoryIsImportedExportedErasedAndBackedUp(t *testing.T) {
	for name, daemon := range map[string]bool{"beside a daemon": true, "without a daemon": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := serve(t, dir)
			if status := d.post(t, d.first.Key, "c-1"); status != http.StatusOK {
				t.Fatalf("post: %d", status)
			}
			if !daemon {
				d.stop()
			}
			files := t.TempDir()
			labelled := write(t, filepath.Join(files, "labelled.jsonl"), labelledComments)
			r := good[importResult](t, dir, "import", labelled)
			if r.Comments != 3 || r.Ham != 2 || r.Spam != 1 || len(r.Files) != 1 || r.Files[0].Rows != 5 || r.Files[0].Format != "jsonl" ||
				len(r.Files[0].Bad) != 2 || r.Files[0].Bad[0].Line != 3 || r.Files[0].Bad[1].Line != 5 {
				t.Errorf("import: %+v", r)
			}
			if r := good[importResult](t, dir, "import", "--site", "default", "--format", "jsonl", labelled); r.Comments != 0 || r.Labels != 0 || r.Known != 3 {
				t.Errorf("import again: %+v", r)
			}
			o := winnow(t, dir, "import", labelled)
			if !strings.Contains(o.out, "2 bad.\n") || !strings.Contains(o.out, "labelled.jsonl:3: must be one JSON object") || strings.Contains(o.err, "#") {
				t.Errorf("table: %q, %q", o.out, o.err)
			}

			path := filepath.Join(files, "all.jsonl")
			if n := good[exportResult](t, dir, "export", "--output", path); n.Revisions != 4 || n.Labels != 3 || n.Decisions != 4 || n.Policies != 1 {
				t.Errorf("export: %+v", n)
			}
			if text, err := os.ReadFile(path); err != nil || strings.Count(string(text), "\n") != 1+4+3+1 || winnow(t, dir, "export").out[500:] == "" {
				t.Errorf("the export is %q, %v", text, err)
			}
			other := t.TempDir()
			good[models.Credentials](t, other, "site", "add", "copy")
			if r := good[importResult](t, other, "import", path); r.Comments != 4 || r.Labels != 3 || r.Files[0].Format != "winnow" {
				t.Errorf("import of the export: %+v", r)
			}

			if e := good[erased](t, dir, "erase", "--email", "ANN@example.com", "--dry-run"); e.Found < 1 || e.Erased != 0 {
				t.Errorf("dry run: %+v", e)
			}
			found := good[erased](t, dir, "erase", "--ip", "203.0.113.9")
			if found.Erased != found.Found || found.Erased < 1 {
				t.Errorf("by address: %+v", found)
			}
			if e := good[erased](t, dir, "erase", "--author", "eve", "--site", "default"); e.Erased != 1 || e.By[0].CommentID != "h-2" {
				t.Errorf("by author: %+v", e)
			}
			if e := good[erased](t, dir, "erase", "--email", "eve@example.com", "--yes"); e.Found != 0 {
				t.Errorf("again: %+v", e)
			}
			if r := good[importResult](t, dir, "import", labelled); r.Erased != 2 || r.Labels != 0 {
				t.Errorf("what was erased came back: %+v", r)
			}

			backup := filepath.Join(files, "backup")
			if b := good[models.Backup](t, dir, "backup", backup); b.Bytes == 0 || b.Path != backup {
				t.Errorf("backup: %+v", b)
			}
			bad(t, dir, 1, "conflict", "is there already, --force writes over it", "backup", backup)
			bad(t, dir, 1, "invalid", "is a directory, name a file in it", "backup", "--force", files)
			link := filepath.Join(files, "link")
			if err := os.Symlink(dir, link); err != nil {
				t.Fatal(err)
			}
			for _, own := range []string{"winnow.db", "winnow.db-wal", "winnow.key", "winnow.model", "winnow.sock", "policy.yaml"} {
				bad(t, dir, 1, "invalid", own+" is what winnow works with, choose another name", "backup", "--force", filepath.Join(link, own))
			}
			if daemon {
				bad(t, dir, 1, "conflict", "stop the daemon, restore, and start it again", "restore", backup)
				d.stop()
			}
			bad(t, dir, 1, "internal", "no SQLite database", "restore", labelled)
			if r := good[store.Restored](t, dir, "restore", backup); r.Aside == "" || len(r.Files) != 1 || r.Files[0] != "winnow.key" {
				t.Errorf("restore: %+v", r)
			}
			serve(t, dir)
			if e := good[erased](t, dir, "erase", "--comment", "c-1"); e.Erased != 1 {
				t.Errorf("by id after a restore: %+v", e)
			}
		})
	}
}

func TestWhatCannotBeImportedOrErased(t *testing.T) {
	dir := t.TempDir()
	good[models.Credentials](t, dir, "site", "add", "one")
	file := write(t, filepath.Join(t.TempDir(), "binary"), "PK\x03\x04")
	bad(t, dir, 2, "usage", "FILE is missing", "import")
	bad(t, dir, 2, "usage", `format "tar" is unknown`, "import", "--format", "tar", file)
	bad(t, dir, 1, "internal", "of no format that is known", "import", file)
	bad(t, dir, 1, "not-found", "no such file", "import", file+"x")
	bad(t, dir, 1, "not-found", `site "two"`, "import", "--site", "two", file)
	bad(t, dir, 2, "usage", "say whose comments", "erase")
	bad(t, dir, 2, "usage", "say whose comments", "erase", "--email", "a@b.example", "--ip", "203.0.113.9")
	bad(t, dir, 2, "usage", "is no e-mail address", "erase", "--email", "ann")
	bad(t, dir, 2, "usage", "is no public IP address", "erase", "--ip", "10.1.2.3")
	if o := winnow(t, dir, "export", "--json"); o.code != 2 || !strings.Contains(o.err, "--output FILE") {
		t.Errorf("a summary among the lines of an export: %+v", o)
	}
	good[models.Credentials](t, dir, "site", "add", "two")
	bad(t, dir, 2, "usage", "which site? Give --site NAME: one, two", "export", "--output", file+"y")
	bad(t, dir, 2, "usage", "which site?", "erase", "--comment", "c-1")
	if o := winnow(t, dir, "erase", "--comment", "c-1", "--site", "two"); o.code != 0 || o.out != "Comment \"c-1\" of site \"two\".\nThere is no such comment, or it was erased before.\n" {
		t.Errorf("a comment that is not there: %+v", o)
	}
	if e := good[erased](t, dir, "erase", "--comment", "c-1", "--site", "two"); e.Erased != 0 {
		t.Errorf("a comment that never was: %+v", e)
	}
}
