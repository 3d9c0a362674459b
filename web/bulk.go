package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/winnowd/winnow/models"
)

// choice is a comment that was chosen in a list, as its checkbox says it.
type choice struct {
	site, id string
	sequence int
}

// String is the value of a checkbox: SITE/SEQUENCE/ID.
func (c choice) String() string { return c.site + "/" + strconv.Itoa(c.sequence) + "/" + c.id }

func parseChoice(s string) (choice, error) {
	site, rest, ok := strings.Cut(s, "/")
	seq, id, ok2 := strings.Cut(rest, "/")
	n, err := strconv.Atoi(seq)
	if !ok || !ok2 || err != nil || n < 1 || id == "" {
		return choice{}, &badParam{"chosen", "names no comment"}
	}
	return choice{site, id, n}, nil
}

// bulkPage asks for a decision on all comments that match, and says how many they are.
type bulkPage struct {
	layout
	Listing listing
	Total   int
}

// askBulk states how many comments a decision would be about.
func (h *Handler) askBulk(w http.ResponseWriter, r *request) error {
	p := &bulkPage{layout: h.page(r, "held", "bulk.title"), Listing: readListing(heldPath, r.URL.Query())}
	q, err := p.Listing.query()
	if err != nil {
		return err
	}
	q.Limit = 1
	found, err := h.o.Desk.List(r.Context(), r.user, q)
	if err != nil {
		return err
	}
	p.Total = found.Total
	return h.show(w, r, http.StatusOK, "bulk", p)
}

// bulk decides the comments that were chosen, or all that match.
func (h *Handler) bulk(w http.ResponseWriter, r *request) error {
	v, err := rulingOf(r.PostFormValue("verdict"))
	if err != nil {
		return err
	}
	b := models.Bulk{Action: v.action, Label: v.label, Objection: v.objection, Note: strings.TrimSpace(r.PostFormValue("note"))}
	if r.PostFormValue("all") != "" {
		values, err := url.ParseQuery(r.PostFormValue("query"))
		if err != nil {
			return &badParam{"query", "cannot be read"}
		}
		q, err := readListing(heldPath, values).query()
		if err != nil {
			return err
		}
		if b.Filter, err = h.o.Desk.Filter(r.user, &q); err != nil {
			return err
		}
	} else if err := h.chosen(r, &b); err != nil {
		return err
	}
	j, err := h.o.Desk.Bulk(r.Context(), r.user, b)
	if err != nil {
		return err
	}
	return h.toJob(w, r, j.ID)
}

// chosen takes the comments that were chosen one by one.
func (h *Handler) chosen(r *request, b *models.Bulk) error {
	for _, s := range r.PostForm["chosen"] {
		c, err := parseChoice(s)
		if err != nil {
			return err
		}
		site := h.o.Sites.ByName(c.site)
		if site == nil {
			return models.ErrNotFound
		}
		b.Chosen = append(b.Chosen, models.Chosen{SiteID: site.ID, CommentID: c.id, Sequence: c.sequence})
	}
	if len(b.Chosen) == 0 {
		return &badParam{"chosen", "error.none-chosen"}
	}
	return nil
}

// toJob goes on with the progress of a job: in the bar, or on its page.
func (h *Handler) toJob(w http.ResponseWriter, r *request, id string) error {
	if !r.part {
		h.seeOther(w, r, withQuery("/jobs/"+url.PathEscape(id), url.Values{"back": {back(r)}}))
		return nil
	}
	j, err := h.o.Desk.Job(r.Context(), r.user, id)
	if err != nil {
		return err
	}
	return h.showPart(w, r, http.StatusOK, "decided", decided{Bar: h.jobBar(&j, back(r))})
}

// jobPage shows how far a job has come.
type jobPage struct {
	layout
	Job  models.Job
	Back string
}

// job shows how far a job has come; to the script, in the bar.
func (h *Handler) job(w http.ResponseWriter, r *request) error {
	j, err := h.o.Desk.Job(r.Context(), r.user, r.id)
	if err != nil {
		return err
	}
	to := local(r.URL.Query().Get("back"), heldPath)
	if r.part {
		return h.showPart(w, r, http.StatusOK, "bar", h.jobBar(&j, to))
	}
	p := &jobPage{layout: h.page(r, "held", "job.title"), Job: j, Back: to}
	p.Bar = h.jobBar(&j, r.URL.RequestURI())
	return h.show(w, r, http.StatusOK, "job", p)
}

func (h *Handler) jobBar(j *models.Job, to string) *bar {
	return &bar{Job: j, Undo: j.ID, Back: to, Text: h.templates.words.text("job."+j.State, grouped(j.Done), grouped(j.Total), grouped(j.Skipped))}
}
