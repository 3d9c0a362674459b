package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/winnowd/winnow/models"
)

// MaxBatch is how many comments a batch may have.
const MaxBatch = 1000

// BatchResult is what became of one comment of a batch.
type BatchResult struct {
	// ID is the comment's, also if it had none before.
	ID       string
	Revision int
	// Problem is why it was refused; nil if it was accepted.
	Problem *Problem
}

// Batch hands over up to MaxBatch comments in one request and returns a result for each,
// in their order. One that is refused fails alone. The error is for the batch as a
// whole.
func (c *Client) Batch(ctx context.Context, comments []*models.Comment) ([]BatchResult, error) {
	if len(comments) == 0 || len(comments) > MaxBatch {
		return nil, fmt.Errorf("submit batch: it has %d comments, must have 1 to %d: %w", len(comments), MaxBatch, models.ErrInvalid)
	}
	var body bytes.Buffer
	results := make([]BatchResult, len(comments))
	for i, comment := range comments {
		sent := *comment
		if sent.ID == "" {
			sent.ID = newID()
		}
		results[i].ID = sent.ID
		if err := json.NewEncoder(&body).Encode(&sent); err != nil {
			return nil, fmt.Errorf("submit batch: comment %d: %w: %w", i+1, err, models.ErrInvalid)
		}
	}
	rq := &request{
		doing: "submit batch", method: http.MethodPost, path: "/v1/comments/batch",
		media: mediaLines, body: body.Bytes(), message: c.message(),
	}
	if err := c.call(ctx, rq, func(a *answer) error { return readResults(a.body, results) }); err != nil {
		return nil, err
	}
	return results, nil
}

// readResults reads the answer to a batch, a line for each comment.
func readResults(body []byte, results []BatchResult) error {
	lines := json.NewDecoder(bytes.NewReader(body))
	for i := range results {
		var line struct {
			Line     int      `json:"line"`
			Status   int      `json:"status"`
			Revision int      `json:"revision"`
			Problem  *Problem `json:"problem"`
		}
		if err := lines.Decode(&line); err != nil {
			return fmt.Errorf("result of comment %d: %w", i+1, err)
		}
		switch {
		case line.Line != i+1:
			return fmt.Errorf("the result of comment %d is missing", i+1)
		case line.Problem == nil && line.Status != http.StatusAccepted:
			return fmt.Errorf("comment %d has status %d and no problem", i+1, line.Status)
		}
		results[i].Revision, results[i].Problem = line.Revision, line.Problem
	}
	return nil
}
