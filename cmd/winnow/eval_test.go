package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/models"
)

// labelled writes n labelled comments from number first on, every third of them spam.
func labelled(t *testing.T, name string, first, n int) string {
	t.Helper()
	var b strings.Builder
	for i := first; i < first+n; i++ {
		if i%3 == 0 {
			fmt.Fprintf(&b, `{"id":"c%d","author":"Best Pills","content":"cheap pills at https://shop%d.example/buy","label":"spam"}`+"\n", i, i%5)
		} else {
			fmt.Fprintf(&b, `{"id":"c%d","author":"Ann","content":"I have tried what you say about topic %d and it works","label":"ham"}`+"\n", i, i%7)
		}
	}
	return write(t, filepath.Join(t.TempDir(), name), b.String())
}

// evaluated is the result of `winnow eval --json` with the names that scripts rely on.
type evaluated struct {
	N        int     `json:"n"`
	Spam     int     `json:"spam"`
	Ham      int     `json:"ham"`
	Accuracy float64 `json:"accuracy"`
	MCC      float64 `json:"mcc"`
	AUC      float64 `json:"auc"`
	Missing  float64 `json:"one_minus_auc_percent"`
	Recall   float64 `json:"spam_recall"`
	Flagged  float64 `json:"ham_false_positive_rate"`
	At       struct {
		HalfPercent float64 `json:"0.005"`
		Percent     float64 `json:"0.01"`
	} `json:"recall_at_fpr"`
	Brier    float64 `json:"brier"`
	ECE      float64 `json:"ece"`
	Held     float64 `json:"held_rate"`
	Approved float64 `json:"approved_spam_rate"`
	Seconds  float64 `json:"seconds"`
	Micros   float64 `json:"microseconds_per_comment"`
	CutOffs  *struct {
		HoldAbove float64 `json:"hold_above"`
		SpamAbove float64 `json:"spam_above"`
		HamHeld   float64 `json:"ham_held"`
		SpamHeld  float64 `json:"spam_held"`
		AtMost    float64 `json:"ham_held_at_most"`
		Count     int     `json:"ham_held_count"`
		Ham       int     `json:"ham"`
	} `json:"cut_offs"`
}

func TestEvalMeasuresInEachWay(t *testing.T) {
	old, recent := labelled(t, "old.jsonl", 0, 60), labelled(t, "recent.jsonl", 60, 60)
	empty := write(t, filepath.Join(t.TempDir(), "empty.jsonl"), "")
	for name, way := range map[string][]string{
		"test":   {"--train", old, "--train", empty, "--test", recent},
		"online": {"--online", recent, "--train", old},
		"folds":  {"--folds", "5", "--data", recent},
	} {
		t.Run(name, func(t *testing.T) {
			got := good[evaluated](t, t.TempDir(), append([]string{"eval", "--max-ham-held", "1%"}, way...)...)
			if got.N != 60 || got.Spam != 20 || got.Ham != 40 || got.Accuracy < 0.9 || got.AUC < 0.95 || got.CutOffs == nil || got.CutOffs.HamHeld > 0.01 {
				t.Errorf("got %+v", got)
			}
		})
	}
	t.Run("nothing learnt", func(t *testing.T) {
		got := good[evaluated](t, t.TempDir(), "eval", "--test", recent, "--train", "", "--starter", "none")
		if got.AUC != 0.5 || got.Held != 0 || got.Approved != 1 || got.CutOffs != nil {
			t.Errorf("got %+v", got)
		}
	})
}

func TestEvalWritesEveryPredictionAndNoData(t *testing.T) {
	data, dir := labelled(t, "comments.jsonl", 0, 30), t.TempDir()
	folds := write(t, filepath.Join(t.TempDir(), "folds.json"), `{"folds":[["c0","c1","c2"],["c3","c4","c5"]]}`)
	out := filepath.Join(t.TempDir(), "predictions.jsonl")
	if got := good[evaluated](t, dir, "eval", "--data", data, "--folds", folds, "--predictions", out); got.N != 6 {
		t.Errorf("got %+v", got)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for i := 0; lines.Scan(); i++ {
		var p struct {
			ID     string        `json:"id"`
			Label  models.Label  `json:"label"`
			Score  float64       `json:"score"`
			Action models.Action `json:"action"`
		}
		if err := json.Unmarshal(lines.Bytes(), &p, json.RejectUnknownMembers(true)); err != nil {
			t.Fatal(err)
		}
		if p.ID != fmt.Sprint("c", i) || (p.Label == models.Spam) != (i%3 == 0) || p.Action == "" {
			t.Errorf("line %d: %+v", i+1, p)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("the data directory has %v, %v", entries, err)
	}
}

func TestEvalUsesTheCutOffsOfTheConfiguration(t *testing.T) {
	data := labelled(t, "comments.jsonl", 0, 30)
	config := write(t, filepath.Join(t.TempDir(), "winnow.yaml"), "classifier: {hold_above: 0.1}\n")
	if got := good[evaluated](t, t.TempDir(), "eval", "--test", data, "--starter", "none", "--config", config); got.Held != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestEvalPrintsATable(t *testing.T) {
	o := winnow(t, t.TempDir(), "eval", "--online", labelled(t, "comments.jsonl", 0, 60), "--max-ham-held", "0.5%")
	for _, part := range []string{"60 (20 spam, 40 ham)", "Matthews correlation", "classifier:\n  hold_above: 0.", "95% confidence"} {
		if o.code != 0 || o.err != "" || !strings.Contains(o.out, part) {
			t.Fatalf("got %+v, want %q", o, part)
		}
	}
}

func TestEvalSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	data := labelled(t, "comments.jsonl", 0, 30)
	broken := write(t, filepath.Join(t.TempDir(), "broken.jsonl"), "{\"content\":\"a\",\"label\":\"ham\"}\n{\"content\":\"a\"}\n")
	empty := write(t, filepath.Join(t.TempDir(), "empty.jsonl"), "\n")
	link := filepath.Join(t.TempDir(), "link.jsonl")
	if err := os.Link(data, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		message string
		args    []string
	}{
		{"measure on what?", nil},
		{"--test and --online exclude each other", []string{"--test", data, "--online", data}},
		{"--folds needs --data", []string{"--folds", "3"}},
		{"--data belongs to --folds", []string{"--data", data, "--test", data}},
		{"--folds and --train exclude each other", []string{"--folds", "3", "--data", data, "--train", data}},
		{`--starter "mine": must be default or none`, []string{"--test", data, "--starter", "mine"}},
		{`--seed "-1": must be a whole number`, []string{"--test", data, "--seed", "-1"}},
		{"--folds 1: must be at least 2", []string{"--folds", "1", "--data", data}},
		{"--predictions would be written over the file of --test", []string{"--test", data, "--predictions", data}},
		{"--predictions would be written over the file of --online", []string{"--online", data, "--predictions", link}},
		{"--report would be written over the file of --train", []string{"--test", empty, "--train", empty, "--train", data, "--report", data}},
		{"--report would be written over the file of --folds", []string{"--data", empty, "--folds", data, "--report", data}},
		{"--report would be written over the file of --predictions", []string{"--test", data, "--predictions", filepath.Join(dir, "new"), "--report", filepath.Join(dir, ".", "new")}},
		{`--max-ham-held "101%": must be a share`, []string{"--test", data, "--max-ham-held", "101%"}},
		{`--max-ham-held "little": must be a share`, []string{"--test", data, "--max-ham-held", "little"}},
	} {
		bad(t, dir, 2, "usage", c.message, append([]string{"eval"}, c.args...)...)
	}
	if text, err := os.ReadFile(data); err != nil || strings.Count(string(text), "\n") != 30 {
		t.Errorf("the data is another afterwards: %v", err)
	}
	bad(t, dir, 1, "invalid", broken+`:2: "label" is missing`, "eval", "--train", broken, "--test", data)
	bad(t, dir, 1, "internal", "has no comments", "eval", "--test", empty)
	bad(t, dir, 1, "not-found", "no such file", "eval", "--test", filepath.Join(dir, "none"))
	bad(t, dir, 1, "invalid", "31 folds of 30 comments", "eval", "--folds", "31", "--data", data)
}

func TestEvalWritesAReportInEachWay(t *testing.T) {
	old, recent := labelled(t, "old.jsonl", 0, 60), labelled(t, "recent.jsonl", 60, 60)
	for name, way := range map[string][]string{
		"test":   {"--train", old, "--test", recent, "--max-ham-held", "1%"},
		"online": {"--online", recent, "--seed", "7"},
		"folds":  {"--folds", "5", "--data", recent},
	} {
		t.Run(name, func(t *testing.T) {
			report := filepath.Join(t.TempDir(), "report.html")
			good[evaluated](t, t.TempDir(), append([]string{"eval", "--report", report}, way...)...)
			text, err := os.ReadFile(report)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{"<!DOCTYPE html>", "recent.jsonl", "Reliability", "starter model", "60 (20 spam, 40 ham)", "</html>"} {
				if !bytes.Contains(text, []byte(part)) {
					t.Errorf("the report lacks %q", part)
				}
			}
			if strings.Contains(string(text), "Learning curve") != (name != "online") { // 60 comments are one part
				t.Errorf("the report has a learning curve: %v", name == "online")
			}
		})
	}
	bad(t, t.TempDir(), 1, "not-found", "no such file", "eval", "--online", recent, "--report", filepath.Join(t.TempDir(), "none", "report.html"))
}
