package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// packed is a file with what gzip makes of another.
func packed(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(t.TempDir(), filepath.Base(path)+".gz"), b.String())
}

func TestHistoriesOfOtherSystemsAreImportedOnce(t *testing.T) {
	const testdata = "../../history/testdata/"
	dir := t.TempDir()
	good[models.Credentials](t, dir, "site", "add", "garden")
	table := write(t, filepath.Join(t.TempDir(), "spam.csv"), "comment_ID;comment_content;comment_approved\n103;\"buy; seeds\";spam\n201;cheap seeds;spam\n202;x;maybe\n")
	files := []string{testdata + "wordpress.xml", packed(t, testdata+"disqus.xml"), table}
	r := good[importResult](t, dir, append([]string{"import"}, files...)...)
	if r.Ham != 5 || r.Spam != 4 || r.Unlabelled != 3 || len(r.Files) != 3 {
		t.Fatalf("import: %+v", r)
	}
	for i, want := range []struct {
		format                    string
		rows, labels, known, line int
	}{{"wordpress", 8, 5, 0, 80}, {"disqus", 5, 3, 0, 73}, {"csv", 3, 1, 0, 4}} {
		f := r.Files[i]
		if f.Format != want.format || f.Rows != want.rows || f.Labels < want.labels || len(f.Bad) != 1 || f.Bad[0].Line != want.line {
			t.Errorf("%s: %+v, want %+v", f.File, f, want)
		}
	}
	serve(t, dir)
	again := good[importResult](t, dir, "import", files[0], files[1])
	if again.Comments != 0 || again.Labels != 0 || again.Known != 8 {
		t.Errorf("again: %+v", again)
	}
	info := good[models.ModelInfo](t, dir, "model", "info", "--site", "garden")
	if info.Ham != 5 || info.Spam != 4 {
		t.Errorf("the model has learnt %d ham and %d spam", info.Ham, info.Spam)
	}
}

func TestAnExportThatIsCutOffGivesWhatItHas(t *testing.T) {
	dir := t.TempDir()
	good[models.Credentials](t, dir, "site", "add", "garden")
	text, err := os.ReadFile("../../history/testdata/wordpress.xml")
	if err != nil {
		t.Fatal(err)
	}
	begin, _, found := bytes.Cut(text, []byte("buy seeds"))
	if !found {
		t.Fatal("the export has another text")
	}
	cut := write(t, filepath.Join(t.TempDir(), "cut.xml"), string(begin))
	bad(t, dir, 1, "internal", "the file ends too early, it seems to be cut off", "import", cut)
	if info := good[models.ModelInfo](t, dir, "model", "info"); info.Ham != 2 || info.Spam != 0 {
		t.Errorf("the model has learnt %d ham and %d spam, want the two before the cut", info.Ham, info.Spam)
	}
	bad(t, dir, 1, "internal", "is of no format that is known", "import", write(t, filepath.Join(t.TempDir(), "notes"), "just some text\n"))
	o := winnow(t, dir, "import", "--help")
	if !strings.Contains(o.out, "wordpress") {
		t.Errorf("help: %q", o.out)
	}
}
