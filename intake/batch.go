package intake

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// maxLines is how many comments a batch may have.
const maxLines = 1000

var linesMedia = []string{mediaLines}

// batch answers POST /v1/comments/batch.
func (h *Handler) batch(w http.ResponseWriter, r *http.Request) *problem.Problem {
	from, p := h.sender(r)
	if p != nil {
		return p
	}
	if p := checkMedia(r, mediaLines); p != nil {
		return p
	}
	var body bytes.Buffer
	if p := h.read(w, r, &from, &body, h.opts.Limits.MaxBatchBody, 0); p != nil {
		return p
	}
	lines, ok := splitLines(body.Bytes(), maxLines)
	if !ok {
		return problem.New(problem.TooLarge, "the batch has more than "+strconv.Itoa(maxLines)+" comments")
	}
	if err := h.rates.take(from.site.ID, len(lines)); err != nil {
		return h.failed(r, "admit comments", err)
	}
	results, p := h.acceptLines(r, &from, lines)
	if p != nil {
		return p
	}
	header := w.Header()
	header["Content-Type"] = linesMedia
	header["Content-Length"] = []string{strconv.Itoa(len(results))}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(results) // the client has gone: nobody is left to tell
	return nil
}

// acceptLines stores what can be read and gives the answer's lines.
func (h *Handler) acceptLines(r *http.Request, from *sender, lines []line) ([]byte, *problem.Problem) {
	revs := make([]*models.Revision, 0, len(lines))
	ids := make([]string, len(lines)) // the revisions are the store's once accepted
	faults := make([]*problem.Problem, len(lines))
	for i, l := range lines {
		rev, p := h.lineRevision(r, from, l)
		if p != nil {
			faults[i] = p
			continue
		}
		revs, ids[i] = append(revs, rev), rev.Comment.ID
	}
	outcomes, p := h.acceptAll(r, from.site, revs)
	if p != nil {
		return nil, p
	}
	b := make([]byte, 0, 80*len(lines))
	for i, l := range lines {
		if faults[i] == nil {
			if outcomes[0].Err != nil {
				faults[i] = h.failed(r, "accept comment", outcomes[0].Err)
			} else {
				b = appendAccepted(b, l.number, ids[i], outcomes[0].Revision)
			}
			outcomes = outcomes[1:]
		}
		if faults[i] != nil {
			b = appendRefused(b, l.number, h.counted(faults[i]))
		}
	}
	return b, nil
}

// lineRevision reads the comment of one line.
func (h *Handler) lineRevision(r *http.Request, from *sender, l line) (*models.Revision, *problem.Problem) {
	if int64(len(l.text)) > h.opts.Limits.MaxBody {
		return nil, tooLarge("the line", h.opts.Limits.MaxBody)
	}
	d := newDecoder(&h.opts.Limits)
	defer d.release()
	d.body.Write(l.text)
	return h.revision(r, d, from.site, from.message.atLine(l.number))
}

// acceptAll stores revisions in their order, as accept does one.
func (h *Handler) acceptAll(r *http.Request, site *models.Site, revs []*models.Revision) ([]models.Outcome, *problem.Problem) {
	if len(revs) == 0 {
		return nil, nil
	}
	outcomes, err := h.opts.Store.AcceptAll(context.WithoutCancel(r.Context()), revs)
	if err == nil && len(outcomes) != len(revs) {
		err = errors.New("the store lost count")
	}
	if err != nil {
		return nil, h.failed(r, "accept comments", err)
	}
	stored := 0
	for _, o := range outcomes {
		if o.Err == nil && !o.Repeated {
			stored++
		}
	}
	h.metrics.accepted(h.opts.SiteLabel(site.Name)).Add(float64(stored))
	return outcomes, nil
}

func appendAccepted(b []byte, number int, id string, revision int) []byte {
	b = append(b, `{"line":`...)
	b = strconv.AppendInt(b, int64(number), 10)
	b = append(b, `,"status":202,"id":`...)
	b, _ = jsontext.AppendQuote(b, id) // checked to be UTF-8 when it came
	b = append(b, `,"revision":`...)
	b = strconv.AppendInt(b, int64(revision), 10)
	return append(b, "}\n"...)
}

func appendRefused(b []byte, number int, p *problem.Problem) []byte {
	b = append(b, `{"line":`...)
	b = strconv.AppendInt(b, int64(number), 10)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(p.Status), 10)
	b = append(b, `,"problem":`...)
	b = append(b, p.JSON()...)
	return append(b, "}\n"...)
}
