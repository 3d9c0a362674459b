package publish_test

import (
	"encoding/json"
	"io"
	"net/http"
)

// ServeHTTP reads a call and answers it; a call shows on hits once it was answered.
func (b *blog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // cut off
	}
	h := hit{id: r.Header.Get("webhook-id"), header: r.Header.Clone(), body: body}
	var m struct {
		Data struct {
			CommentID string `json:"comment_id"`
			Revision  int    `json:"revision"`
			Sequence  int    `json:"sequence"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &m) == nil {
		h.comment, h.revision, h.sequence = m.Data.CommentID, m.Data.Revision, m.Data.Sequence
	}
	b.mu.Lock()
	answer := b.answer
	b.mu.Unlock()
	defer func() { b.hits <- h }()
	if answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer(h, w, r)
}
