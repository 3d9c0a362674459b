package e2e

import (
	"errors"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/winnowd/winnow/models"
)

// sets finds the labelled comments: the YouTube Spam Collection where it lies beside
// the project, else the bundled comments of our own.
func sets(t *testing.T) [][]labelled {
	t.Helper()
	var all [][]labelled
	for _, name := range []string{"psy", "katyperry", "lmfao", "eminem", "shakira"} {
		path := filepath.Join("..", "..", "shared", "data", "youtube", name+".jsonl")
		if _, err := filepath.EvalSymlinks(path); errors.Is(err, fs.ErrNotExist) {
			t.Log("the YouTube Spam Collection is not beside this clone: using the bundled comments")
			return [][]labelled{readLabelled(t, filepath.Join("..", "classifier", "testdata", "comments.jsonl"))}
		}
		all = append(all, readLabelled(t, path))
	}
	return all
}

// post is a comment that policy has nothing to hold for but what it says.
func post(l labelled) map[string]any {
	return map[string]any{
		"id": l.ID, "content": l.Content, "post": map[string]any{"id": strings.TrimRight(l.ID, "0123456789")},
		"author": map[string]any{"name": "Ann", "email": l.ID + "@example.com"},
	}
}

// TestEveryRealCommentIsDecidedOnce posts the first half of each set and labels it,
// then posts the second half, and follows the feed.
func TestEveryRealCommentIsDecidedOnce(t *testing.T) {
	s := start(t, t.TempDir(), "", nil)
	var first, second []labelled
	for _, set := range sets(t) {
		first = append(first, set[:len(set)/2]...)
		second = append(second, set[len(set)/2:]...)
	}
	submit := func(list []labelled) {
		var clients sync.WaitGroup
		next := make(chan labelled)
		for range 16 {
			clients.Go(func() {
				for l := range next {
					res, err := s.do(t.Context(), http.MethodPost, "/v1/comments", post(l), nil)
					if err != nil || res.StatusCode != http.StatusAccepted {
						t.Errorf("comment %s: %v, %v", l.ID, res, err)
					}
				}
			})
		}
		for _, l := range list {
			next <- l
		}
		close(next)
		clients.Wait()
	}
	submit(first)
	seen, cursor := s.feed(t, "", func(ds []decision) bool { return len(ds) >= len(first) })
	for _, l := range first {
		if _, err := s.d.Label(t.Context(), "default", l.ID, l.Label, models.OriginModerator); err != nil {
			t.Fatalf("label %s: %v", l.ID, err)
		}
	}
	labels, cursor := s.feed(t, cursor, func(ds []decision) bool { return len(ds) >= len(first) })
	submit(second)
	judged, _ := s.feed(t, cursor, func(ds []decision) bool { return len(ds) >= len(second) })

	ofFirst, ofSecond := map[string]int{}, map[string]decision{}
	for _, d := range append(seen, labels...) {
		ofFirst[d.CommentID]++
	}
	for _, d := range judged {
		if before, twice := ofSecond[d.CommentID]; twice {
			t.Errorf("comment %s decided twice: %s and %s", d.CommentID, before.ID, d.ID)
		}
		ofSecond[d.CommentID] = d
	}
	for _, l := range first {
		if ofFirst[l.ID] != 2 {
			t.Errorf("comment %s: %d decisions, want the judgement and the label's", l.ID, ofFirst[l.ID])
		}
	}
	var ham, spam, heldHam, approvedSpam int
	for _, l := range second {
		d, ok := ofSecond[l.ID]
		switch {
		case !ok:
			t.Errorf("comment %s was lost", l.ID)
		case l.Label == models.Ham:
			ham++
			if d.Action != "approve" {
				heldHam++
			}
		default:
			spam++
			if d.Action == "approve" {
				approvedSpam++
			}
		}
		s.oneCurrent(t, l.ID)
	}
	t.Logf("%d comments labelled, %d judged: %d of %d honest held (%.1f%%), %d of %d spam approved (%.1f%%)",
		len(first), len(second), heldHam, ham, percent(heldHam, ham), approvedSpam, spam, percent(approvedSpam, spam))
	if heldHam == ham || approvedSpam == spam {
		t.Error("the model learnt nothing: all honest comments held or all spam approved")
	}
}

// oneCurrent asserts that a comment stands decided, by exactly one decision of its
// newest revision.
func (s *site) oneCurrent(t *testing.T, id string) {
	t.Helper()
	var c struct {
		Status   string     `json:"status"`
		Revision int        `json:"revision"`
		Decision *decision  `json:"decision"`
		History  []decision `json:"history"`
	}
	s.call(t, http.MethodGet, "/v1/comments/"+id, nil, &c)
	if c.Status != "decided" || c.Decision == nil || len(c.History) != 1 || c.History[0].ID != c.Decision.ID || c.Decision.Revision != c.Revision {
		t.Errorf("comment %s: %+v", id, c)
	}
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}
