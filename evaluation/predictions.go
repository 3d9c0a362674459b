package evaluation

import (
	"bufio"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/winnowd/winnow/models"
)

// predictionLine is a line of a predictions file.
type predictionLine struct {
	ID     string        `json:"id"`
	Label  models.Label  `json:"label"`
	Score  float64       `json:"score"`
	Action models.Action `json:"action"`
}

// WritePredictions writes one JSON object a line, in order. A score is written with as
// many digits as it takes to read the same number back.
func WritePredictions(w io.Writer, predictions []Prediction) error {
	out := bufio.NewWriter(w)
	for _, p := range predictions {
		line, err := json.Marshal(predictionLine{p.Example.ID, p.Example.Label, p.Score, p.Action})
		if err != nil {
			return fmt.Errorf("write the prediction of %q: %w", p.Example.ID, err)
		}
		_, _ = out.Write(append(line, '\n')) // Flush returns the error
	}
	return out.Flush()
}
