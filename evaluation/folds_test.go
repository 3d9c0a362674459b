package evaluation

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/winnowd/winnow/models"
)

// examples makes n examples, every third of them spam.
func examples(n int) []Example {
	all := make([]Example, n)
	for i := range all {
		text, label := fmt.Sprintf("honest words about topic %d", i%7), models.Ham
		if i%3 == 0 {
			text, label = fmt.Sprintf("cheap pills at https://shop%d.example/buy", i%5), models.Spam
		}
		all[i] = Example{ID: fmt.Sprint("e", i), Label: label, Comment: models.Comment{Content: text, ContentType: models.PlainText}}
	}
	return all
}

func TestReadFolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folds.json")
	read := func(text string) ([][]int, error) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return ReadFolds(path, append(examples(4), Example{ID: "e3"}))
	}
	folds, err := read(`{"folds":[["e2","e0"],["e1"]],"made_by":"hand"}`)
	if err != nil || len(folds) != 2 || !slices.Equal(folds[0], []int{2, 0}) || !slices.Equal(folds[1], []int{1}) {
		t.Errorf("%v, %v", folds, err)
	}
	for text, message := range map[string]string{
		`{"folds":[["e0"]]}`:        `"folds" has 1 folds, needs at least 2`,
		`{"folds":[["e0"],["e9"]]}`: `fold 2: id "e9" is not in the data`,
		`{"folds":[["e0"],["e0"]]}`: `fold 2: id "e0" stands in fold 1 already`,
		`{"folds":[["e0"],["e3"]]}`: `fold 2: id "e3" is in the data more than once`,
		`{"folds":[["e0"],[1]]}`:    "cannot be a JSON number",
		`{"folds":`:                 "not a JSON object",
	} {
		if _, err := read(text); !errors.Is(err, models.ErrInvalid) || !strings.Contains(err.Error(), path+": ") || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: %v, want %q", text, err, message)
		}
	}
}

func TestSplitSharesEachLabelOut(t *testing.T) {
	data := examples(100)
	for _, seed := range []uint64{0, 1, 2} {
		folds, err := Split(data, 10, seed)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[int]bool{}
		for k, fold := range folds {
			spam := 0
			for _, i := range fold {
				seen[i] = true
				if data[i].Label == models.Spam {
					spam++
				}
			}
			if len(fold) != 10 || spam < 3 || spam > 4 {
				t.Errorf("seed %d, fold %d: %d examples, %d spam", seed, k, len(fold), spam)
			}
		}
		if len(seen) != 100 {
			t.Errorf("seed %d: %d examples in folds, want 100", seed, len(seen))
		}
	}
	one, _ := Split(data, 10, 1)
	same, _ := Split(data, 10, 1)
	other, _ := Split(data, 10, 2)
	if fmt.Sprint(one) != fmt.Sprint(same) || fmt.Sprint(one) == fmt.Sprint(other) {
		t.Error("a seed must give the same folds again, another one others")
	}
	for _, n := range []int{-1, 0, 1, 101} {
		if _, err := Split(data, n, 0); !errors.Is(err, models.ErrInvalid) {
			t.Errorf("%d folds: %v", n, err)
		}
	}
}

func FuzzFolds(f *testing.F) {
	for _, seed := range []string{`{"folds":[["a"],["b","c"]]}`, `{"folds":[["a"],["a"]]}`, `{"folds":[["d"],[]]}`, `{"folds":[]}`, `{"folds":[[],[]],"x":1}`, `{"folds":{}}`, `[`} {
		f.Add([]byte(seed))
	}
	data := []Example{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "e"}, {ID: "e"}}
	f.Fuzz(func(t *testing.T, text []byte) {
		folds, err := parseFolds(text, data)
		if err != nil {
			return
		}
		seen := map[int]bool{}
		for _, fold := range folds {
			for _, i := range fold {
				if seen[i] || i < 0 || i >= len(data) || data[i].ID == "e" {
					t.Fatalf("%s: folds %v", text, folds)
				}
				seen[i] = true
			}
		}
		if len(folds) < 2 {
			t.Fatalf("%s: %d folds", text, len(folds))
		}
	})
}
