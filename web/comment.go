package web

import (
	"net/http"
	"slices"

	"github.com/winnowd/winnow/models"
)

// commentPage is everything that is known of one comment.
type commentPage struct {
	layout
	Card *card
	// Label is what the classifier has learnt it as; empty for nothing.
	Label       models.Label
	LabelOrigin models.Origin
	LabelActor  models.Actor
	Decisions   []decisionRow
	Revisions   []revisionRow
	Parent      string
}

// decisionRow is one decision, the newest first.
type decisionRow struct {
	*models.Decision
	Current  bool
	Why      []finding
	For      []clue
	Against  []clue
	Delivery models.DeliveryStatus
}

// Resendable tells that it makes sense to send the decision again.
func (d *decisionRow) Resendable() bool {
	return slices.Contains([]string{"delivered", "dead", "waiting"}, d.Delivery.State)
}

// revisionRow is one revision, the newest first.
type revisionRow struct {
	*models.Revision
	Text []span
	// Source is the content as it came, if Text is not that.
	Source []span
}

// comment shows everything of a comment.
func (h *Handler) comment(w http.ResponseWriter, r *request) error {
	found, err := h.o.Desk.Comment(r.Context(), r.user, r.site, r.id)
	if err != nil {
		return err
	}
	p := &commentPage{layout: h.page(r, "comments", "comment.title"), Label: found.Label, LabelOrigin: found.LabelOrigin, LabelActor: found.LabelActor}
	p.Live = true
	if p.Bar = h.barOf(r, commentPath(r.site, r.id)); p.Bar != nil {
		p.Bar.Plain = true
	}
	newest := found.Revisions[len(found.Revisions)-1]
	p.Card = h.card(newest, found.Current, found.History, commentPath(r.site, r.id), r.user)
	p.Card.Whole = true
	for _, d := range slices.Backward(found.Decisions) {
		why := &card{}
		why.reasons(d)
		p.Decisions = append(p.Decisions, decisionRow{d, found.Current != nil && d.Seq == found.Current.Seq, why.Why, why.For, why.Against, found.Deliveries[d.Seq]})
	}
	p.evidence()
	for _, v := range slices.Backward(found.Revisions) {
		p.Revisions = append(p.Revisions, h.revision(v, append(slices.Clone(p.Card.For), p.Card.Against...)))
	}
	p.Card.Text, p.Card.Left = p.Revisions[0].Text, 0
	if newest.Comment.ParentID != "" {
		p.Parent = commentPath(r.site, newest.Comment.ParentID)
	}
	return h.show(w, r, http.StatusOK, "comment", p)
}

// evidence has the card show what the filter found, where the decision in force is a
// moderator's, who gives no evidence.
func (p *commentPage) evidence() {
	for i := range p.Decisions {
		if d := &p.Decisions[i]; len(p.Card.For)+len(p.Card.Against) == 0 && d.Revision == p.Card.Revision {
			p.Card.For, p.Card.Against = d.For, d.Against
		}
	}
}

// revision sets a revision's text.
func (h *Handler) revision(v *models.Revision, clues []clue) revisionRow {
	row := revisionRow{Revision: v}
	content := v.Comment.Content
	if v.Comment.ContentType == models.HTML {
		if plain := h.o.Read(content, v.Comment.ContentType).Plain; plain != content {
			row.Source, content = spans(content, nil), plain
		}
	}
	row.Text = spans(content, clues)
	return row
}

// text shows a comment's whole text, for the script; others are shown its page.
func (h *Handler) text(w http.ResponseWriter, r *request) error {
	if !r.part {
		h.seeOther(w, r, commentPath(r.site, r.id))
		return nil
	}
	found, err := h.o.Desk.Comment(r.Context(), r.user, r.site, r.id)
	if err != nil {
		return err
	}
	var clues []clue
	for _, d := range found.Decisions {
		c := &card{}
		c.reasons(d)
		clues = append(append(clues, c.For...), c.Against...)
	}
	return h.showPart(w, r, http.StatusOK, "spans", h.revision(found.Revisions[len(found.Revisions)-1], clues).Text)
}

// resend has a decision delivered again.
func (h *Handler) resend(w http.ResponseWriter, r *request) error {
	found, err := h.o.Desk.Comment(r.Context(), r.user, r.site, r.id)
	if err != nil {
		return err
	}
	id := r.PostFormValue("decision")
	if !slices.ContainsFunc(found.Decisions, func(d *models.Decision) bool { return d.ID == id }) {
		return models.ErrNotFound
	}
	if err := h.o.Deliveries.ResendDecision(r.Context(), r.user, r.site, id); err != nil {
		return err
	}
	h.seeOther(w, r, withQuery(commentPath(r.site, r.id), map[string][]string{"did": {"resend"}}))
	return nil
}
