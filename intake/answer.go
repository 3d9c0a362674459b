package intake

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

var jsonMedia = []string{"application/json"}

// retrySoon is when trying again makes sense after an error that does not say.
const retrySoon = 5 * time.Second

// answerAccepted tells that a comment is durable, and how it stands.
func answerAccepted(w http.ResponseWriter, site, id string, receipt models.Receipt) {
	b := make([]byte, 0, 64+len(site)+2*len(id))
	b = append(b, `{"id":`...)
	b, _ = jsontext.AppendQuote(b, id) // checked to be UTF-8 when it came
	b = append(b, `,"site":`...)
	b, _ = jsontext.AppendQuote(b, site)
	b = append(b, `,"revision":`...)
	b = strconv.AppendInt(b, int64(receipt.Revision), 10)
	b = append(b, `,"status":"`...)
	b = append(b, statusWord(receipt.Decided)...)
	b = append(b, `"}`...)
	header := w.Header()
	header["Location"], header["Content-Type"] = []string{location(id)}, jsonMedia
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write(b) // net/http tells the length of what is so short
}

// answerDecision answers with a decision; false if it cannot be written as JSON,
// which is logged and leaves the answer open.
func (h *Handler) answerDecision(w http.ResponseWriter, r *http.Request, d *models.Decision) bool {
	b, err := json.Marshal(d, models.WireJSON())
	if err != nil {
		h.logUnknown(r, "encode decision", err)
		return false
	}
	send(w, http.StatusOK, b)
	return true
}

// answer answers 200 with a value.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, v any) *problem.Problem {
	b, err := json.Marshal(v, models.WireJSON())
	if err != nil {
		return h.failed(r, "encode answer", err)
	}
	send(w, http.StatusOK, b)
	return nil
}

func send(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	header["Content-Type"] = jsonMedia
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone: nobody is left to tell
}

// failed makes the problem of an error from behind the door. What clients need not
// know is logged here and nowhere else.
func (h *Handler) failed(r *http.Request, doing string, err error) *problem.Problem {
	var refusal *models.Refusal
	switch {
	case errors.As(err, &refusal):
		return refused(refusal)
	case errors.Is(err, models.ErrOverShare):
		return problem.New(problem.OverLimit, "").RetryAfter(retrySoon)
	case errors.Is(err, models.ErrUnavailable):
		return problem.New(problem.Unavailable, "").RetryAfter(retrySoon)
	case errors.Is(err, models.ErrNotFound):
		return unauthorized("the site was removed", challenge)
	case errors.Is(err, models.ErrConflict):
		return problem.New(problem.Erased, "the comment was erased and is not taken again")
	case r.Context().Err() != nil && errors.Is(err, context.Canceled):
		return problem.New(problem.Unavailable, "the request was cancelled").RetryAfter(retrySoon)
	}
	h.logUnknown(r, doing, err)
	return problem.New(problem.Internal, "")
}

func refused(refusal *models.Refusal) *problem.Problem {
	kind := problem.Unavailable
	if errors.Is(refusal.Kind, models.ErrOverShare) {
		kind = problem.OverLimit
	}
	p := problem.New(kind, refusal.Detail).RetryAfter(refusal.RetryAfter)
	if refusal.Reason != "" {
		_ = p.With("reason", refusal.Reason)
	}
	return p
}

func (h *Handler) logUnknown(r *http.Request, doing string, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return
	}
	h.log.Error(doing+" failed", "error", err, "route", r.Pattern)
}
