package intake

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// native is the protocol of this door, as revisions and metrics name it.
const native = "native"

// submit answers POST /v1/comments.
func (h *Handler) submit(w http.ResponseWriter, r *http.Request) *problem.Problem {
	from, p := h.sender(r)
	if p != nil {
		return p
	}
	if p := checkMedia(r, mediaJSON); p != nil {
		return p
	}
	rev, p := h.one(w, r, &from)
	if p != nil {
		return p
	}
	site := from.site
	id := rev.Comment.ID // the revision itself is the store's from here on
	wait, waits := preferredWait(r.Header["Prefer"])
	if !waits {
		receipt, p := h.accept(r, rev)
		if p != nil {
			return p
		}
		answerAccepted(w, site.Name, id, receipt)
		return nil
	}
	decided, stop := h.opts.Events.Watch(site.ID, id)
	defer stop()
	receipt, p := h.accept(r, rev)
	if p != nil {
		return p
	}
	w.Header().Set("Preference-Applied", "wait="+strconv.Itoa(int(wait/time.Second)))
	d := h.outcome(w, r, site, id, receipt, decided, wait)
	if d == nil || !h.answerDecision(w, r, d) {
		answerAccepted(w, site.Name, id, receipt)
	}
	return nil
}

// one reads the request's body, which is one comment.
func (h *Handler) one(w http.ResponseWriter, r *http.Request, from *sender) (*models.Revision, *problem.Problem) {
	d := newDecoder(&h.opts.Limits)
	defer d.release()
	if p := h.read(w, r, from, &d.body, h.opts.Limits.MaxBody, 1); p != nil {
		return nil, p
	}
	return h.revision(r, d, from.site, from.message)
}

// revision makes a revision of the JSON in a decoder; m is nil if it was not signed.
func (h *Handler) revision(r *http.Request, d *decoder, site *models.Site, m *message) (*models.Revision, *problem.Problem) {
	rev := &models.Revision{SiteID: site.ID, Site: site.Name, Protocol: native}
	c := &rev.Comment
	c.Type, c.ContentType = "comment", models.PlainText
	if p := d.comment(c); p != nil {
		return nil, p
	}
	if m != nil {
		rev.Message = m.key()
	}
	switch {
	case c.ID != "":
	case m != nil:
		c.ID = m.commentID()
	default:
		id, err := uuid.NewV7()
		if err != nil {
			return nil, h.failed(r, "make comment id", err)
		}
		c.ID = id.String()
	}
	rev.ReceivedAt = h.opts.Now().UTC().Truncate(time.Millisecond)
	rev.Keys = h.opts.Keyer.Keys(site.Name, c)
	return rev, nil
}

// accept stores the revision. A client that leaves meanwhile does not stop it: what
// it sent is either stored and counted or not there at all.
func (h *Handler) accept(r *http.Request, rev *models.Revision) (models.Receipt, *problem.Problem) {
	site := rev.Site
	receipt, err := h.opts.Store.Accept(context.Background(), rev)
	if err != nil {
		return models.Receipt{}, h.failed(r, "accept comment", err)
	}
	if !receipt.Repeated {
		h.metrics.accepted(h.opts.SiteLabel(site)).Inc()
	}
	return receipt, nil
}

// outcome is the decision about an accepted revision, nil if there is none before
// the wait is over.
func (h *Handler) outcome(w http.ResponseWriter, r *http.Request, site *models.Site, id string,
	receipt models.Receipt, decided <-chan *models.Decision, wait time.Duration) *models.Decision {
	if !receipt.Decided {
		if wait > 0 {
			extend(w, wait)
		}
		return h.await(r.Context(), decided, receipt.Revision, wait)
	}
	status, err := h.opts.Store.Comment(r.Context(), site.ID, id)
	if err != nil {
		h.logUnknown(r, "read decision of accepted comment", err)
		return nil
	}
	return status.Current
}

// await waits for a decision about the revision or a newer one. It gives up when
// the time is over, the client has gone or the daemon stops.
func (h *Handler) await(ctx context.Context, decided <-chan *models.Decision, revision int, wait time.Duration) *models.Decision {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		var d *models.Decision
		select {
		case d = <-decided:
		default: // what is there goes before giving up
			select {
			case d = <-decided:
			case <-timer.C:
				return nil
			case <-ctx.Done():
				return nil
			case <-h.opts.Stopping:
				return nil
			}
		}
		if d.Revision >= revision {
			return d
		}
	}
}
