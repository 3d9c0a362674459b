package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/winnowd/winnow/models"
)

// bar says what was done, and offers to undo it.
type bar struct {
	// Text says what was done; Alert what could not be.
	Text, Alert string
	// Undo names the act to undo; empty for none.
	Undo string
	// Back is the page to go on with, for those without script.
	Back string
	// Plain has the page made anew by what is undone, as those without script see it.
	Plain bool
	// Job is the id of a job whose progress the bar shows.
	Job *models.Job
}

// ruling is what a verdict does.
type ruling struct {
	action    models.Action
	label     models.Label
	objection models.Objection
}

// rulingOf tells what a button or key stands for; its word is part of keys of the catalogue.
func rulingOf(word string) (ruling, error) {
	switch word {
	case "approve":
		return ruling{action: models.Approve, label: models.Ham}, nil
	case "spam":
		return ruling{action: models.Reject, label: models.Spam}, nil
	case "off-topic":
		return ruling{action: models.Reject, objection: models.OffTopic}, nil
	case "abuse":
		return ruling{action: models.Reject, objection: models.Abuse}, nil
	case "reject":
		return ruling{action: models.Reject}, nil
	case "keep":
		return ruling{action: models.Hold}, nil
	}
	return ruling{}, &badParam{"verdict", "must be approve, spam, off-topic, abuse, reject or keep"}
}

// barOf is the bar after a redirect: did is what was done, done the act.
func (h *Handler) barOf(r *request, to string) *bar {
	did, done := r.URL.Query().Get("did"), r.URL.Query().Get("done")
	if did == "undo" || did == "resend" {
		return &bar{Text: h.templates.words.text("did." + did)}
	}
	if _, err := rulingOf(did); err != nil || done == "" {
		return nil
	}
	return &bar{Text: h.templates.words.text("did." + did), Undo: done, Back: to}
}

// number reads a number of a form; 0 if there is none.
func number(r *request, name string) int {
	n, err := strconv.Atoi(r.PostFormValue(name))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// back is the page to go on with after a form, with what is to be said there: pairs of
// names and values, of which empty ones say nothing.
func back(r *request, pairs ...string) string { return backOr(r, heldPath, pairs...) }

// backOr is back, or to another page if the form names none.
func backOr(r *request, otherwise string, pairs ...string) string {
	u, err := url.Parse(local(r.PostFormValue("back"), otherwise))
	if err != nil {
		return otherwise
	}
	q := u.Query()
	for _, said := range []string{"did", "done", "n"} {
		q.Del(said)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return withQuery(u.EscapedPath(), q) // escaped as it was: "/%2fexample.org" leads nowhere else
}

// decided answers the script: the card as it stands, if it stays, and the bar.
type decided struct {
	Card *card
	Bar  *bar
}

// decide carries out a verdict.
func (h *Handler) decide(w http.ResponseWriter, r *request) error {
	word := r.PostFormValue("verdict")
	v, err := rulingOf(word)
	if err != nil {
		return err
	}
	done, err := h.o.Desk.Decide(r.Context(), r.user, models.ModeratorVerdict{
		Site: h.o.Sites.ByName(r.site), CommentID: r.id, Action: v.action, Label: v.label, Objection: v.objection,
		Note: strings.TrimSpace(r.PostFormValue("note")), Revision: number(r, "revision"), IfSequence: number(r, "sequence"),
	})
	if errors.Is(err, models.ErrConflict) {
		return h.overtaken(w, r, err)
	}
	if err != nil {
		return err
	}
	if !r.part {
		h.seeOther(w, r, back(r, "did", word, "done", done.ActionID))
		return nil
	}
	answer := decided{Bar: &bar{Text: h.templates.words.text("did." + word), Undo: done.ActionID, Back: back(r)}}
	if word == "keep" {
		if answer.Card, err = h.cardNow(r, r.site, r.id); err != nil {
			return err
		}
	}
	return h.showPart(w, r, http.StatusOK, "decided", answer)
}

// overtaken answers a verdict on a comment that stands otherwise by now.
func (h *Handler) overtaken(w http.ResponseWriter, r *request, conflict error) error {
	c, err := h.cardNow(r, r.site, r.id)
	if err != nil {
		return err
	}
	c.Alert = h.templates.words.text("card.overtaken", h.told(conflict))
	if r.part {
		return h.showPart(w, r, http.StatusConflict, "decided", decided{Card: c})
	}
	return h.show(w, r, http.StatusConflict, "overtaken", &overtakenPage{h.page(r, "held", "overtaken.title"), c})
}

// overtakenPage shows a comment that somebody else has decided.
type overtakenPage struct {
	layout
	Card *card
}

// cardNow is the card of a comment as it stands.
func (h *Handler) cardNow(r *request, site, id string) (*card, error) {
	p, err := h.o.Desk.Comment(r.Context(), r.user, site, id)
	if err != nil {
		return nil, err
	}
	return h.card(p.Revisions[len(p.Revisions)-1], p.Current, p.History, back(r), r.user), nil
}

// undo takes an act back, the user's newest if none is named.
func (h *Handler) undo(w http.ResponseWriter, r *request) error {
	done, err := h.o.Desk.Undo(r.Context(), r.user, r.PostFormValue("action"))
	if err != nil {
		return err
	}
	if done.More {
		return h.toJob(w, r, done.ID)
	}
	if !r.part {
		h.seeOther(w, r, back(r, "did", "undo"))
		return nil
	}
	answer := decided{Bar: &bar{Text: h.templates.words.text("did.undo")}}
	if len(done.Restored) == 1 {
		d := done.Restored[0]
		if answer.Card, err = h.cardNow(r, d.Site, d.CommentID); err != nil {
			return err
		}
	}
	return h.showPart(w, r, http.StatusOK, "decided", answer)
}
