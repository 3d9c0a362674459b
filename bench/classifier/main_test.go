package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const readme = `# Comments

### Ten folds (folds/*.json), text only
Accuracy % / MCC / area under ROC / spam recall % at 0.5% of ham flagged.

| filter | youtube/all | sms |
|---|---|---|
| other | 50.0 / 0.000 / 0.5000 / 1 |  |
| recipe (CLASSIFIER.md C) | 100.0 / 1.000 / 1.0000 / 100 | 100.0 / 1.000 / 1.0000 / 100 |
| **best of all above, the line to beat** | MCC 1.000, area 1.0000, recall 100 | MCC 1.000, area 1.0000, recall 100 |

### First half trains, second half tests
Accuracy % / MCC / area under ROC / spam recall % at 0.5% of ham flagged.

| filter | youtube/all |
|---|---|
| other (below) | 50.0 / 0.000 / 0.5000 / 1 |
| **best of all above, the line to beat** | MCC 0.000, area 0.5000, recall 1 |

### Online: predict each comment
(1 - area) % / accuracy %

| filter | sms |
|---|---|
| other | 50.00 / 50.0 |
| **recipe (CLASSIFIER.md C), the line to beat** | 0.64 / 97.0 |

Afterwards.
`

func folder(t *testing.T, readme string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var data strings.Builder
	folds := [2][]string{}
	for i := range 60 {
		text, label := fmt.Sprintf("honest words on topic %d", i%7), "ham"
		if i%2 == 0 {
			text, label = fmt.Sprintf("cheap pills at https://shop%d.example", i%5), "spam"
		}
		fmt.Fprintf(&data, `{"id":"%d","content":%q,"label":%q}`+"\n", i, text, label)
		folds[i/2%2] = append(folds[i/2%2], fmt.Sprintf("%q", fmt.Sprint(i)))
	}
	write("README.md", readme)
	for _, set := range []string{"youtube/all", "sms", "youtube/lmfao", "djangocast", "tgspam", "wikitalk"} {
		write(set+".jsonl", data.String())
	}
	for _, name := range []string{"youtube-all", "sms"} {
		write("folds/"+name+".json", fmt.Sprintf(`{"folds":[[%s],[%s]]}`, strings.Join(folds[0], ","), strings.Join(folds[1], ",")))
	}
	return dir
}

func TestThePageHasARowForWinnowInEachTable(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	if err := run(t.Context(), options{dir: folder(t, readme)}, page); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	perfect := "100.0 / 1.000 / 1.0000 / 100"
	for _, part := range []string{
		"| filter | youtube/all | sms |\n|---|---|---|\n| other | 50.0 / 0.000 / 0.5000 / 1 |  |\n| recipe | ",
		"| **winnow** | " + perfect + " | " + perfect + " |\n",
		"| other | 50.0 / 0.000 / 0.5000 / 1 |\n| **winnow** | " + perfect + " |\n",
		"| recipe | 0.64 / 97.0 |\n| **winnow** | ",
		"within noise of it (area no more than 0.002, correlation no more than 0.012 below): 6 of 6\n",
		"ahead of every filter but the recipe: 6 of 6\n",
		"\n## What it is to hold to\n\n| what | below | measured |\n|---|---|---|\n| youtube/lmfao, ",
	} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the page lacks %q:\n%s", part, text)
		}
	}
}

func TestAPartCanBeMeasured(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	if err := run(t.Context(), options{folder(t, readme), []string{"sms"}, "folds", true}, page); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), "## ") != 2 || !strings.Contains(string(text), "| **winnow** |  | 100.0 /") || strings.Contains(string(text), "| other |") {
		t.Errorf("got\n%s", text)
	}
}

func TestALineThatIsMissedIsMarked(t *testing.T) {
	var b strings.Builder
	printLines(&b, []line{{"one", 0.1, 0.05}, {"two", 0.1, 0.1}})
	for _, part := range []string{"| one | 0.1 | 0.0500 |\n", "| two | 0.1 | 0.1000 (missed) |\n", "\n1 of 2 hold.\n"} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("%q is not in\n%s", part, b.String())
		}
	}
}

func TestASiteIsMeasuredOnWhatItDidNotLearn(t *testing.T) {
	b := newBench(t.Context(), folder(t, readme))
	data, err := b.read("sms")
	if err != nil {
		t.Fatal(err)
	}
	own, rest := drawn(data, 1)
	if again, _ := drawn(data, 1); len(own) != ownLabels || len(own)+len(rest) != len(data) || shareOfSpam(own) != 0.5 || again[0].ID != own[0].ID {
		t.Errorf("%d labels, %v of them spam, and %d others", len(own), shareOfSpam(own), len(rest))
	}
	seen := map[string]bool{}
	for _, e := range append(own, rest...) {
		if seen[e.ID] {
			t.Errorf("%s is there twice", e.ID)
		}
		seen[e.ID] = true
	}
}

func TestWhatIsWrongWithAFolder(t *testing.T) {
	for message, dir := range map[string]string{
		"no such file":     filepath.Join(t.TempDir(), "none"),
		"has 2 of the 3":   folder(t, strings.Replace(readme, "### Online", "### Other", 1)),
		"has 3 cells":      folder(t, strings.Replace(readme, "| other | 50.00 / 50.0 |", "| other | 1 | 2 |", 1)),
		"0 rows, want":     folder(t, "### Ten folds\n| filter | sms |\n|---|---|\n"),
		"folds/other.json": folder(t, strings.Replace(readme, "| filter | youtube/all | sms |", "| filter | other | sms |", 1)),
	} {
		if message == "folds/other.json" {
			if err := os.Rename(filepath.Join(dir, "sms.jsonl"), filepath.Join(dir, "other.jsonl")); err != nil {
				t.Fatal(err)
			}
		}
		if err := run(t.Context(), options{dir: dir}, ""); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v, want %q", err, message)
		}
	}
}
