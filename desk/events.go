package desk

import (
	"net/http"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// Board tells what happens, as it happens, and who is looking at what.
type Board interface {
	Join(sees func(siteID int64) bool) (notices <-chan models.Notice, leave func())
	Look(siteID int64, site, commentID, who string, away bool) (others []string)
	Lookers(siteID int64, commentID string) []string
}

// look notes that the user is looking at a comment, or {"away":true} no longer.
func (h *Handler) look(w http.ResponseWriter, r *request) *problem.Problem {
	var body struct {
		Away bool `json:"away"`
	}
	if p := read(w, r, &body); p != nil {
		return p
	}
	page, err := h.o.Service.Comment(r.Context(), r.user, r.site, r.id)
	if err != nil {
		return h.failed(r.Request, "look at comment", err)
	}
	others := h.o.Board.Look(page.SiteID, page.Site, page.CommentID, r.user.Email, body.Away)
	return h.answer(w, r, http.StatusOK, struct {
		Lookers []string `json:"lookers"`
	}{others})
}

const (
	// heartbeat keeps proxies from taking a silent stream for a dead one.
	heartbeat = 15 * time.Second
	// streamLife is how long a stream lasts: then the browser comes again, and who it is is
	// looked at anew.
	streamLife = 5 * time.Minute
	// writeLimit is how long one notice may take to be sent.
	writeLimit = 10 * time.Second
	// gather is how long a notice waits for others that go with it, and maxSent how much is
	// sent without waiting for more, in bytes: many comments may come in a second, and many
	// moderators look on.
	gather  = 50 * time.Millisecond
	maxSent = 32 << 10
)

// events is the stream of what happens, as server-sent events (HTML Living Standard,
// section 9.2): the event is a notice's kind, the data its JSON.
func (h *Handler) events(w http.ResponseWriter, r *request) *problem.Problem {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	notices, leave := h.o.Board.Join(r.user.Sees)
	defer leave()
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{})
	send := func(text []byte) bool {
		if err := control.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
			return false
		}
		if _, err := w.Write(text); err != nil {
			return false
		}
		return control.Flush() == nil
	}
	if !send([]byte("retry: 2000\n\n")) {
		return nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	end := time.NewTimer(streamLife)
	defer end.Stop()
	var text []byte
	add := func(n models.Notice) {
		b, err := n.Wire()
		if err != nil {
			h.o.Logger.Error("a notice could not be sent", "error", err)
			return
		}
		text = append(append(append(text, "event: "+n.Kind+"\ndata: "...), b...), "\n\n"...)
	}
	for {
		select {
		case n := <-notices:
			text = text[:0]
			add(n)
			for soon := time.After(gather); len(text) < maxSent && soon != nil; {
				select {
				case n := <-notices:
					add(n)
				case <-soon:
					soon = nil
				}
			}
		case <-beat.C:
			text = append(text[:0], ": still here\n\n"...)
		case <-end.C:
			return nil
		case <-r.Context().Done():
			return nil
		case <-h.o.Stopping:
			return nil
		}
		if !send(text) {
			return nil
		}
	}
}
