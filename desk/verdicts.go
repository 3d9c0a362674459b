package desk

import (
	"net/http"
	"slices"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// verdict is the body of a decision.
type verdict struct {
	Action     *string `json:"action"`
	Label      *string `json:"label"`
	Reason     *string `json:"reason"`
	Note       string  `json:"note"`
	Revision   *int    `json:"revision"`
	IfSequence *int    `json:"if_sequence"`
}

// parse reads action, label and reason.
func (v *verdict) parse() (models.Action, models.Label, models.Objection, *problem.Problem) {
	action, label, p := v.ruling()
	if p != nil {
		return "", "", "", p
	}
	objection, p := v.objection(action, label)
	return action, label, objection, p
}

// ruling reads action and label; a label that is not given is what the action says: ham
// of an approval, spam of a rejection.
func (v *verdict) ruling() (models.Action, models.Label, *problem.Problem) {
	if v.Action == nil {
		return "", "", wrongField("/action", `must be "approve", "hold" or "reject", and is missing`)
	}
	action := models.Action(*v.Action)
	implied := map[models.Action]string{models.Approve: "ham", models.Hold: "none", models.Reject: "spam"}
	label, ok := implied[action]
	if !ok {
		return "", "", wrongField("/action", `must be "approve", "hold" or "reject"`)
	}
	if v.Label != nil {
		label = *v.Label
	}
	switch label {
	case "none":
		return action, "", nil
	case "ham", "spam":
		return action, models.Label(label), nil
	}
	return "", "", wrongField("/label", `must be "ham", "spam" or "none"`)
}

// objection is why a comment is rejected that is no spam; empty for no reason.
func (v *verdict) objection(action models.Action, label models.Label) (models.Objection, *problem.Problem) {
	if v.Reason == nil {
		return "", nil
	}
	o := models.Objection(*v.Reason)
	if !slices.Contains(models.Objections[:], o) {
		return "", wrongField("/reason", `must be "off-topic" or "abuse"`)
	}
	if action != models.Reject || label != "" {
		return "", wrongField("/reason", `is given only for the action "reject" with the label "none"`)
	}
	return o, nil
}

// decide carries out a verdict.
func (h *Handler) decide(w http.ResponseWriter, r *request) *problem.Problem {
	var body verdict
	if p := read(w, r, &body); p != nil {
		return p
	}
	action, label, objection, p := body.parse()
	if p != nil {
		return p
	}
	v := models.ModeratorVerdict{Site: h.o.Sites.ByName(r.site), CommentID: r.id, Action: action, Label: label, Objection: objection, Note: body.Note}
	for _, n := range []struct {
		pointer string
		given   *int
		to      *int
	}{{"/revision", body.Revision, &v.Revision}, {"/if_sequence", body.IfSequence, &v.IfSequence}} {
		if n.given == nil {
			continue
		}
		if *n.given < 1 {
			return wrongField(n.pointer, "must be at least 1")
		}
		*n.to = *n.given
	}
	d, err := h.o.Service.Decide(r.Context(), r.user, v)
	if err != nil {
		return h.failed(r.Request, "decide comment", err)
	}
	return h.answer(w, r, http.StatusOK, d)
}

// undo takes back what was done.
func (h *Handler) undo(w http.ResponseWriter, r *request) *problem.Problem {
	var body struct {
		ActionID string `json:"action_id"`
	}
	if p := read(w, r, &body); p != nil {
		return p
	}
	done, err := h.o.Service.Undo(r.Context(), r.user, body.ActionID)
	if err != nil {
		return h.failed(r.Request, "undo", err)
	}
	if done.More {
		return h.answer(w, r, http.StatusAccepted, map[string]any{"action_id": done.ID, "job": done.ID})
	}
	return h.answer(w, r, http.StatusOK, &models.Verdicted{Decision: done.Restored[0], ActionID: done.ID})
}

// bulk starts to decide many comments.
func (h *Handler) bulk(w http.ResponseWriter, r *request) *problem.Problem {
	var body struct {
		verdict
		// Query is that of a list, such as "site=blog&q=pills"; Comments are those chosen.
		Query    *string `json:"query"`
		Comments []struct {
			Site       string `json:"site"`
			ID         string `json:"id"`
			IfSequence int    `json:"if_sequence"`
		} `json:"comments"`
	}
	if p := read(w, r, &body); p != nil {
		return p
	}
	action, label, objection, p := body.parse()
	if p != nil {
		return p
	}
	b := models.Bulk{Action: action, Label: label, Objection: objection, Note: body.Note}
	switch {
	case (body.Query == nil) == (len(body.Comments) == 0):
		return wrongField("", `must have either "query" or "comments"`)
	case body.Query != nil:
		q, p := listQuery(*body.Query, models.Hold)
		if p != nil {
			return wrongField("/query", p.Detail)
		}
		var err error
		if b.Filter, err = h.o.Service.Filter(r.user, &q); err != nil {
			return h.failed(r.Request, "decide comments", err)
		}
	}
	for _, c := range body.Comments {
		site := h.o.Sites.ByName(c.Site)
		if site == nil {
			return problem.New(problem.NotFound, "there is no such thing, or none that you may see")
		}
		b.Chosen = append(b.Chosen, models.Chosen{SiteID: site.ID, CommentID: c.ID, Sequence: c.IfSequence})
	}
	j, err := h.o.Service.Bulk(r.Context(), r.user, b)
	if err != nil {
		return h.failed(r.Request, "decide comments", err)
	}
	return h.answer(w, r, http.StatusAccepted, describeJob(&j))
}

// jobAnswer is a job as clients see it.
type jobAnswer struct {
	ActionID string `json:"action_id"`
	*models.Job
}

func describeJob(j *models.Job) jobAnswer { return jobAnswer{j.ID, j} }

// job tells how far a job has come.
func (h *Handler) job(w http.ResponseWriter, r *request) *problem.Problem {
	j, err := h.o.Service.Job(r.Context(), r.user, r.id)
	if err != nil {
		return h.failed(r.Request, "read job", err)
	}
	return h.answer(w, r, http.StatusOK, describeJob(&j))
}
