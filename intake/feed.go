package intake

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

const (
	defaultPage  = 100
	maxPage      = 1000
	maxPollWait  = 60
	fromNow      = "now"
	afterParam   = "after"
	limitParam   = "limit"
	waitParam    = "wait"
	seeOneCursor = `must be a cursor that winnow gave, or "now"`
)

// page is an answer of GET /v1/decisions.
type page struct {
	Decisions []*models.Decision `json:"decisions"`
	Cursor    string             `json:"cursor"`
	More      bool               `json:"more"`
}

// feedQuery is what a client of the feed asks for.
type feedQuery struct {
	after models.Cursor
	limit int
	wait  time.Duration
}

// decisions answers GET /v1/decisions.
func (h *Handler) decisions(w http.ResponseWriter, r *http.Request) *problem.Problem {
	site, p := h.authenticate(r)
	if p != nil {
		return p
	}
	q, p := h.feedQuery(r.URL.RawQuery)
	if p != nil {
		return p
	}
	found, more, err := h.poll(w, r, site, q)
	if err != nil {
		return h.failed(r, "read decisions", err)
	}
	if len(found) > 0 {
		q.after.Seq = found[len(found)-1].FeedSeq
	}
	return h.answer(w, r, &page{Decisions: found, Cursor: q.after.String(), More: more})
}

// poll reads the feed, and waits for decisions if there are none and the client
// wants to wait.
func (h *Handler) poll(w http.ResponseWriter, r *http.Request, site *models.Site, q feedQuery) ([]*models.Decision, bool, error) {
	ctx := r.Context()
	if q.wait == 0 {
		return h.opts.Feed.Feed(ctx, site.ID, q.after.Seq, q.limit)
	}
	extend(w, q.wait)
	timer := time.NewTimer(q.wait)
	defer timer.Stop()
	grown, stop := h.opts.Events.Follow(site.ID) // before reading: what comes between is not missed
	defer stop()
	for {
		found, more, err := h.opts.Feed.Feed(ctx, site.ID, q.after.Seq, q.limit)
		if err != nil || len(found) > 0 {
			return found, more, err
		}
		select {
		case <-grown:
		case <-timer.C:
			return nil, false, nil
		case <-ctx.Done():
			return nil, false, nil
		case <-h.opts.Stopping:
			return nil, false, nil
		}
	}
}

func (h *Handler) feedQuery(raw string) (q feedQuery, p *problem.Problem) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, problem.New(problem.BadRequest, "the query cannot be read: "+err.Error())
	}
	for _, name := range [...]string{afterParam, limitParam, waitParam} {
		if len(values[name]) > 1 {
			return q, badParam(name, "must not be given twice")
		}
	}
	seconds := 0
	if q.limit, p = number(values, limitParam, defaultPage, 1, maxPage); p != nil {
		return q, p
	}
	if seconds, p = number(values, waitParam, 0, 0, maxPollWait); p != nil {
		return q, p
	}
	q.wait = time.Duration(seconds) * time.Second
	q.after, p = h.cursor(values.Get(afterParam))
	return q, p
}

// cursor finds where a client goes on; one without a cursor starts at the oldest.
func (h *Handler) cursor(after string) (models.Cursor, *problem.Problem) {
	now := h.opts.Feed.Position()
	switch after {
	case "":
		return models.Cursor{Epoch: now.Epoch}, nil
	case fromNow:
		return now, nil
	}
	c, err := models.ParseCursor(after)
	if err != nil {
		return c, badParam(afterParam, seeOneCursor)
	}
	if c.Epoch == now.Epoch {
		return c, nil
	}
	to, ok := h.opts.Feed.Translate(c)
	if !ok {
		to = models.Cursor{Epoch: now.Epoch}
	}
	return c, problem.New(problem.CursorEpoch, "the database was restored since; go on from the cursor given here").
		With("cursor", to.String())
}

// number reads a whole number from the query; absent or empty, it is the default.
func number(values url.Values, name string, absent, least, most int) (int, *problem.Problem) {
	s := values.Get(name)
	if s == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, badParam(name, "must be a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
	}
	return n, nil
}

func badParam(name, fault string) *problem.Problem {
	return problem.New(problem.BadRequest, "the query parameter "+name+" "+fault)
}
