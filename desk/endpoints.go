package desk

import (
	"context"
	"net/http"
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
