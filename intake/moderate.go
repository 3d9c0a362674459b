package intake

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

const (
	eraseParam = "erase"
	wantLabel  = `must be "ham" or "spam"`
)

// label answers POST /v1/comments/{id}/label.
func (h *Handler) label(w http.ResponseWriter, r *http.Request, id string) *problem.Problem {
	site, p := h.authenticate(r)
	if p != nil {
		return p
	}
	if p := checkMedia(r, mediaJSON); p != nil {
		return p
	}
	if r.ContentLength > h.opts.Limits.MaxBody {
		return tooLarge("the body", h.opts.Limits.MaxBody)
	}
	var body bytes.Buffer
	if p := readBody(w, r, &body, h.opts.Limits.MaxBody); p != nil {
		return p
	}
	label, p := readLabel(body.Bytes())
	if p != nil {
		return p
	}
	if checkID([]byte(id)) != "" {
		return noComment()
	}
	// A client that leaves does not stop it: the label is learnt, or was never there.
	d, err := h.opts.Moderation.Label(context.WithoutCancel(r.Context()), models.Labelling{
		Site: site, CommentID: id, Label: label, Origin: models.OriginSite, Actor: models.SiteAdmin,
	})
	if err != nil {
		return h.unmoderated(r, "label comment", err)
	}
	return h.answer(w, r, d)
}

// readLabel reads the body {"label":"ham"|"spam"}; other members are ignored.
func readLabel(body []byte) (models.Label, *problem.Problem) {
	var members map[string]jsontext.Value
	err := json.Unmarshal(body, &members)
	var mistyped *json.SemanticError
	switch {
	case errors.As(err, &mistyped), err == nil && members == nil:
		return "", unreadable(errNotObject)
	case err != nil:
		return "", unreadable(err)
	}
	if p := withoutNUL(body); p != nil {
		return "", p
	}
	value := members["label"]
	if value == nil || value.Kind() == 'n' {
		return "", wrongLabel(wantLabel + ", and is missing")
	}
	if value.Kind() != '"' {
		return "", wrongLabel(wantLabel + ", not " + kindWords(value.Kind()))
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return "", unreadable(err)
	}
	for _, l := range models.Labels {
		if string(text) == string(l) {
			return l, nil
		}
	}
	return "", wrongLabel(wantLabel)
}

// withoutNUL refuses a body with U+0000 in it, as a comment's is.
func withoutNUL(body []byte) *problem.Problem {
	if !bytes.Contains(body, []byte(`\u0000`)) {
		return nil
	}
	var d decoder
	if err := d.findNUL(body); err != nil {
		return unreadable(err)
	}
	if len(d.wrong) == 0 {
		return nil
	}
	return withFaults(problem.Invalid, d.wrong)
}

func wrongLabel(detail string) *problem.Problem {
	return withFaults(problem.Invalid, []problem.FieldError{{Pointer: "/label", Detail: detail}})
}

// remove answers DELETE /v1/comments/{id}.
func (h *Handler) remove(w http.ResponseWriter, r *http.Request, id string) *problem.Problem {
	site, p := h.authenticate(r)
	if p != nil {
		return p
	}
	erase, p := wantsErase(r.URL.RawQuery)
	if p != nil {
		return p
	}
	if checkID([]byte(id)) != "" {
		return noComment()
	}
	ctx := context.WithoutCancel(r.Context())
	var err error
	if erase {
		err = h.opts.Moderation.Erase(ctx, site.ID, id, models.SiteAdmin)
	} else {
		err = h.opts.Moderation.Remove(ctx, site.ID, id)
	}
	if err != nil {
		return h.unmoderated(r, "remove comment", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func wantsErase(raw string) (erase bool, p *problem.Problem) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return false, problem.New(problem.BadRequest, "the query cannot be read: "+err.Error())
	}
	given := values[eraseParam]
	switch {
	case len(given) == 0:
		return false, nil
	case len(given) > 1:
		return false, badParam(eraseParam, "must not be given twice")
	case given[0] == "true":
		return true, nil
	case given[0] == "false":
		return false, nil
	}
	return false, badParam(eraseParam, "must be true or false")
}

// unmoderated makes the problem of a label or a removal that could not be carried out.
func (h *Handler) unmoderated(r *http.Request, doing string, err error) *problem.Problem {
	switch {
	case errors.Is(err, models.ErrNotFound):
		return noComment()
	case errors.Is(err, models.ErrConflict):
		return problem.New(problem.Conflict, "the comment changed again and again meanwhile: look how it stands, then try again")
	}
	return h.failed(r, doing, err)
}
