package desk

import (
	"net/http"
	"slices"
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
	// recheck is for how long it is taken for granted that who listens still may.
	recheck = time.Second
	// streamLife is how long a stream lasts: then the browser comes again.
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
// section 9.2): the event is a notice's kind, the data its JSON. It ends when who listens
// may not see what it would send any more; who still may see something comes again.
func (h *Handler) events(w http.ResponseWriter, r *request) *problem.Problem {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no")
	if r.Method == http.MethodHead {
		return nil
	}
	notices, leave := h.o.Board.Join(r.user.Sees)
	defer leave()
	s := &stream{h: h, r: r, w: w, control: http.NewResponseController(w), checked: time.Now()}
	_ = s.control.SetReadDeadline(time.Time{})
	if !s.send([]byte("retry: 2000\n\n")) {
		return nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	end := time.NewTimer(streamLife)
	defer end.Stop()
	for open := true; open; {
		select {
		case n := <-notices:
			text := s.gather(n, notices)
			open = s.allowed() && s.send(text)
		case <-beat.C:
			open = s.allowed() && s.send([]byte(": still here\n\n"))
		case <-end.C:
			return nil
		case <-r.Context().Done():
			return nil
		case <-h.o.Stopping:
			return nil
		}
	}
	return nil
}

// stream is what goes to one who listens.
type stream struct {
	h       *Handler
	r       *request
	w       http.ResponseWriter
	control *http.ResponseController
	// checked is when who listens was last seen to be allowed to.
	checked time.Time
	text    []byte
}

// allowed tells whether the session or the token is still good, and sees what it saw.
func (s *stream) allowed() bool {
	if time.Since(s.checked) < recheck {
		return true
	}
	now, p := s.h.authenticate(s.r.Request)
	if p != nil {
		return false
	}
	s.checked = time.Now()
	was := s.r.user
	return now.ID == was.ID && now.Limited == was.Limited && slices.Equal(now.SiteIDs, was.SiteIDs)
}

// gather makes the text of a notice and of those that soon follow it.
func (s *stream) gather(first models.Notice, notices <-chan models.Notice) []byte {
	s.text = s.text[:0]
	s.add(first)
	for soon := time.After(gather); len(s.text) < maxSent; {
		select {
		case n := <-notices:
			s.add(n)
		case <-soon:
			return s.text
		}
	}
	return s.text
}

func (s *stream) add(n models.Notice) {
	b, err := n.Wire()
	if err != nil {
		s.h.o.Logger.Error("a notice could not be sent", "error", err)
		return
	}
	s.text = append(append(append(s.text, "event: "+n.Kind+"\ndata: "...), b...), "\n\n"...)
}

// send sends a text; false if nobody listens any more.
func (s *stream) send(text []byte) bool {
	if err := s.control.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return false
	}
	if _, err := s.w.Write(text); err != nil {
		return false
	}
	return s.control.Flush() == nil
}
