package intake

import (
	"errors"
	"net/http"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// standing is a comment as GET /v1/comments/{id} shows it.
type standing struct {
	ID         string             `json:"id"`
	Site       string             `json:"site"`
	Revision   int                `json:"revision"`
	Status     string             `json:"status"`
	ReceivedAt time.Time          `json:"received_at"`
	Decision   *models.Decision   `json:"decision"`
	History    []*models.Decision `json:"history"`
}

// comment answers GET /v1/comments/{id}.
func (h *Handler) comment(w http.ResponseWriter, r *http.Request, id string) *problem.Problem {
	site, p := h.authenticate(r)
	if p != nil {
		return p
	}
	if checkID([]byte(id)) != "" {
		return noComment()
	}
	s, err := h.opts.Store.Comment(r.Context(), site.ID, id)
	if errors.Is(err, models.ErrNotFound) {
		return noComment()
	}
	if err != nil {
		return h.failed(r, "read comment", err)
	}
	return h.answer(w, r, &standing{
		ID: id, Site: site.Name, Revision: s.Revision, Status: statusWord(s.State == models.Decided),
		ReceivedAt: s.ReceivedAt, Decision: s.Current, History: s.History,
	})
}

func noComment() *problem.Problem {
	return problem.New(problem.NotFound, "this site has no comment of that id")
}

// statusWord is how clients are told of a revision's state.
func statusWord(decided bool) string {
	if decided {
		return string(models.Decided)
	}
	return string(models.Queued)
}
