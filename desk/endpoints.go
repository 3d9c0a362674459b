package desk

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// Service is what moderators can do and see. Errors wrap models.ErrNotFound,
// ErrConflict and ErrInvalid; a *models.Stale says how a comment really stands.
type Service interface {
	Decide(ctx context.Context, u *models.User, v models.ModeratorVerdict) (*models.Verdicted, error)
	Undo(ctx context.Context, u *models.User, id string) (*models.Undone, error)
	Bulk(ctx context.Context, u *models.User, b models.Bulk) (models.Job, error)
	Job(ctx context.Context, u *models.User, id string) (models.Job, error)
	Queries
}

// Queries is what moderators can see.
type Queries interface {
	List(ctx context.Context, u *models.User, q models.CommentQuery) (*models.CommentList, error)
	Filter(u *models.User, q *models.CommentQuery) (models.CommentFilter, error)
	Comment(ctx context.Context, u *models.User, site, id string) (*models.CommentPage, error)
	Overview(ctx context.Context, u *models.User, site string, days int) (*models.Overview, error)
	Acts(ctx context.Context, u *models.User, site string, f models.ActFilter, after string, limit int) ([]*models.Act, string, error)
}

// me tells who asks.
func (h *Handler) me(w http.ResponseWriter, r *request) *problem.Problem {
	return h.answer(w, r, http.StatusOK, r.user)
}

// comment is one in a list.
type comment struct {
	ID         string             `json:"id"`
	Site       string             `json:"site"`
	Revision   int                `json:"revision"`
	ReceivedAt time.Time          `json:"received_at"`
	Content    string             `json:"content"`
	Type       models.ContentType `json:"content_type"`
	Language   string             `json:"language,omitempty"`
	ParentID   string             `json:"parent_id,omitempty"`
	Author     models.Author      `json:"author"`
	Post       models.Post        `json:"post"`
	Decision   *models.Decision   `json:"decision,omitempty"`
	Note       string             `json:"note,omitempty"`
	// History is that of the author.
	History *models.History `json:"history,omitempty"`
}

func describe(r *models.Revision, d *models.Decision, h *models.History) comment {
	c := comment{
		ID: r.Comment.ID, Site: r.Site, Revision: r.Number, ReceivedAt: r.ReceivedAt, Content: r.Comment.Content, Type: r.Comment.ContentType,
		Language: r.Comment.Language, ParentID: r.Comment.ParentID, Author: r.Comment.Author, Post: r.Comment.Post, Decision: d, History: h,
	}
	if d != nil {
		c.Note = d.Note
	}
	return c
}

type list struct {
	Comments []comment `json:"comments"`
	Cursor   string    `json:"cursor"`
	More     bool      `json:"more"`
	Total    *int      `json:"total,omitempty"`
}

// held lists what is held.
func (h *Handler) held(w http.ResponseWriter, r *request) *problem.Problem {
	return h.list(w, r, models.Hold)
}

// comments lists comments by action.
func (h *Handler) comments(w http.ResponseWriter, r *request) *problem.Problem {
	return h.list(w, r, "")
}

func (h *Handler) list(w http.ResponseWriter, r *request, action models.Action) *problem.Problem {
	q, p := listQuery(r.URL.RawQuery, action)
	if p != nil {
		return p
	}
	page, err := h.o.Service.List(r.Context(), r.user, q)
	if err != nil {
		return h.failed(r.Request, "list comments", err)
	}
	l := list{Comments: make([]comment, 0, len(page.Comments)), Cursor: page.Cursor, More: page.More}
	if page.Total >= 0 {
		l.Total = &page.Total
	}
	for i := range page.Comments {
		v := &page.Comments[i]
		l.Comments = append(l.Comments, describe(v.Revision, v.Decision, &v.History))
	}
	return h.answer(w, r, http.StatusOK, &l)
}

// comment tells everything of one comment.
func (h *Handler) comment(w http.ResponseWriter, r *request) *problem.Problem {
	page, err := h.o.Service.Comment(r.Context(), r.user, r.site, r.id)
	if err != nil {
		return h.failed(r.Request, "read comment", err)
	}
	type decision struct {
		*models.Decision
		Note     string                `json:"note,omitempty"`
		Delivery models.DeliveryStatus `json:"delivery"`
	}
	answer := struct {
		comment
		Label     string         `json:"label"`
		Origin    models.Origin  `json:"label_origin,omitempty"`
		Revisions []comment      `json:"revisions"`
		Decisions []decision     `json:"decisions"`
		History   models.History `json:"history"`
		Lookers   []string       `json:"lookers"`
	}{
		comment: describe(page.Revisions[len(page.Revisions)-1], page.Current, nil), Label: "none", Origin: page.LabelOrigin,
		History: page.History, Lookers: h.o.Board.Lookers(page.SiteID, page.CommentID),
	}
	if page.Label != "" {
		answer.Label = string(page.Label)
	}
	for _, v := range page.Revisions {
		answer.Revisions = append(answer.Revisions, describe(v, nil, nil))
	}
	for _, d := range page.Decisions {
		answer.Decisions = append(answer.Decisions, decision{d, d.Note, page.Deliveries[d.Seq]})
	}
	return h.answer(w, r, http.StatusOK, &answer)
}

// verdict is the body of a decision.
type verdict struct {
	Action     *string `json:"action"`
	Label      *string `json:"label"`
	Reason     *string `json:"reason"`
	Note       string  `json:"note"`
	Revision   *int    `json:"revision"`
	IfSequence *int    `json:"if_sequence"`
}

// parse reads action and label; a label that is not given is what the action says: ham
// of an approval, spam of a rejection.
func (v *verdict) parse() (models.Action, models.Label, *problem.Problem) {
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
	action, label, p := body.parse()
	if p != nil {
		return p
	}
	objection, p := body.objection(action, label)
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
	action, label, p := body.parse()
	if p != nil {
		return p
	}
	objection, p := body.objection(action, label)
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

// overview tells how moderation stands.
func (h *Handler) overview(w http.ResponseWriter, r *request) *problem.Problem {
	v, p := parse(r.URL.RawQuery, "site", "days")
	if p != nil {
		return p
	}
	days, p := v.number("days", 14, 1, 366)
	if p != nil {
		return p
	}
	o, err := h.o.Service.Overview(r.Context(), r.user, v.Get("site"), days)
	if err != nil {
		return h.failed(r.Request, "read overview", err)
	}
	return h.answer(w, r, http.StatusOK, o)
}

// audit lists what was done.
func (h *Handler) audit(w http.ResponseWriter, r *request) *problem.Problem {
	v, p := parse(r.URL.RawQuery, "site", "comment", "actor", "kind", "since", "until", "after", "limit")
	if p != nil {
		return p
	}
	limit, p := v.number("limit", 50, 1, 200)
	if p != nil {
		return p
	}
	f := models.ActFilter{Kind: v.Get("kind"), Actor: models.NormalEmail(v.Get("actor")), CommentID: v.Get("comment")}
	if f.Since, p = v.time("since"); p != nil {
		return p
	}
	if f.Until, p = v.time("until"); p != nil {
		return p
	}
	acts, cursor, err := h.o.Service.Acts(r.Context(), r.user, v.Get("site"), f, v.Get("after"), limit)
	if err != nil {
		return h.failed(r.Request, "read audit log", err)
	}
	return h.answer(w, r, http.StatusOK, struct {
		Acts   []*models.Act `json:"acts"`
		Cursor string        `json:"cursor"`
		More   bool          `json:"more"`
	}{acts, cursor, cursor != ""})
}
