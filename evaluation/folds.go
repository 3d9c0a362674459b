package evaluation

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/models"
)

// ReadFolds reads {"folds":[["id",...],...]}, which says which examples of data make
// each fold. The error wraps models.ErrInvalid if the file has fewer than two folds, an
// id that is not in data or is there twice, or one that stands in two folds.
func ReadFolds(path string, data []Example) ([][]int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	folds, err := parseFolds(text, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, err, models.ErrInvalid)
	}
	return folds, nil
}

func parseFolds(text []byte, data []Example) ([][]int, error) {
	var file struct {
		Folds [][]string `json:"folds"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, readable(err)
	}
	if len(file.Folds) < 2 {
		return nil, fmt.Errorf(`"folds" has %d folds, needs at least 2`, len(file.Folds))
	}
	at := make(map[string]int, len(data))
	twice := map[string]bool{}
	for i, e := range data {
		if _, known := at[e.ID]; known {
			twice[e.ID] = true
		}
		at[e.ID] = i
	}
	used := make(map[string]int)
	folds := make([][]int, len(file.Folds))
	for k, ids := range file.Folds {
		for _, id := range ids {
			i, known := at[id]
			switch before, again := used[id]; {
			case !known:
				return nil, fmt.Errorf("fold %d: id %q is not in the data", k+1, id)
			case twice[id]:
				return nil, fmt.Errorf("fold %d: id %q is in the data more than once", k+1, id)
			case again:
				return nil, fmt.Errorf("fold %d: id %q stands in fold %d already", k+1, id, before)
			}
			used[id] = k + 1
			folds[k] = append(folds[k], i)
		}
	}
	return folds, nil
}

// Split makes n folds with as equal a share of each label as can be. The examples of
// each label are dealt out in turn: in order of the data if seed is 0, else shuffled by
// it.
func Split(data []Example, n int, seed uint64) ([][]int, error) {
	if n < 2 {
		return nil, fmt.Errorf("%d folds, needs at least 2: %w", n, models.ErrInvalid)
	}
	if n > len(data) {
		return nil, fmt.Errorf("%d folds of %d comments, needs at least one comment in each: %w", n, len(data), models.ErrInvalid)
	}
	order := make([]int, 0, len(data))
	for _, label := range models.Labels {
		first := len(order)
		for i, e := range data {
			if e.Label == label {
				order = append(order, i)
			}
		}
		if same := order[first:]; seed != 0 {
			random := rand.New(rand.NewPCG(seed, uint64(first)))
			random.Shuffle(len(same), func(i, j int) { same[i], same[j] = same[j], same[i] })
		}
	}
	if len(order) == 0 {
		return nil, errors.New("no comments to make folds of")
	}
	folds := make([][]int, n)
	for k, i := range order {
		folds[k%n] = append(folds[k%n], i)
	}
	return folds, nil
}
