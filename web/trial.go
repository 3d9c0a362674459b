package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/winnowd/winnow/models"
)

// trialPage shows how far a trial has come, and what came of it.
type trialPage struct {
	layout
	Trial models.Trial
	// Rule is what is tried.
	Rule ruleChoice
	// Own are the changes that the rule makes, Others those that the policy as it is
	// would make without it, too.
	Own, Others []models.BacktestChange
	// Sum adds up those of the rule.
	Sum      models.BacktestChange
	Examples []models.BacktestExample
	// Comment is the path of the comment that the rule was made of; empty if none is known.
	Comment string
	Problem string
}

// Over tells that nothing more will come.
func (p *trialPage) Over() bool {
	return p.Trial.State != models.TrialWaiting && p.Trial.State != models.TrialRunning
}

// Writable tells that the user may write the rule.
func (p *trialPage) Writable() bool {
	return p.Admin() && p.Trial.State == models.TrialDone && p.Trial.Written.IsZero() && p.Problem == ""
}

// Path is where the page is.
func (p *trialPage) Path() string { return trialPath(p.Trial.ID, p.Comment) }

// Do is where one of the page's forms leads.
func (p *trialPage) Do(what string) string {
	return "/trials/" + url.PathEscape(p.Trial.ID) + "/" + what
}

// Found is where the comments are that the rule found.
func (p *trialPage) Found() string {
	q := url.Values{"rule": {p.Trial.Draft.Name}}
	if p.Trial.Draft.Site != "" {
		q.Set("site", p.Trial.Draft.Site)
	}
	if p.Rule.Approves() {
		q.Set("action", string(models.Approve))
		return withQuery(commentsPath, q)
	}
	return withQuery(heldPath, q)
}

// ExamplePath is where a comment is.
func (p *trialPage) ExamplePath(e models.BacktestExample) string {
	return commentPath(e.Site, e.CommentID)
}

// Approves tells that the rule approves, others hold.
func (c ruleChoice) Approves() bool {
	return c.Kind == models.ApproveAccount || c.Kind == models.ApproveEmail
}

// trialPath is where a trial is. The comment that the rule was made of goes with it.
func trialPath(id, comment string) string {
	q := url.Values{}
	if comment != "" {
		q.Set("of", comment)
	}
	return withQuery("/trials/"+url.PathEscape(id), q)
}

// trialOf is the comment that a trial's rule was made of, by what a browser says.
func trialOf(r *request) string {
	of := local(r.FormValue("of"), "")
	if !strings.HasPrefix(of, commentsPath+"/") {
		return ""
	}
	return of
}

// trialPageOf makes the page of a trial.
func (h *Handler) trialPageOf(r *request, t models.Trial) (*trialPage, error) {
	p := &trialPage{layout: h.page(r, "comments", "trial.title"), Trial: t, Rule: ruleChoice{t.Draft.Kind, t.Draft.Value}, Comment: trialOf(r)}
	if t.Result == nil {
		return p, nil
	}
	for _, c := range t.Result.By {
		if c.Rule != t.Draft.Name {
			p.Others = append(p.Others, c)
			continue
		}
		p.Own = append(p.Own, c)
		p.Sum.Count, p.Sum.Agrees, p.Sum.Disagrees = p.Sum.Count+c.Count, p.Sum.Agrees+c.Agrees, p.Sum.Disagrees+c.Disagrees
	}
	for _, e := range t.Result.Examples {
		if e.Rule != t.Draft.Name {
			continue
		}
		// It may have been removed since, or belong to others by now.
		if _, err := h.o.Desk.Comment(r.Context(), r.user, e.Site, e.CommentID); err == nil {
			p.Examples = append(p.Examples, e)
		} else if !errors.Is(err, models.ErrNotFound) {
			return nil, err
		}
	}
	return p, nil
}

// trial shows a trial; to the script, the part that changes.
func (h *Handler) trial(w http.ResponseWriter, r *request) error {
	t, err := h.o.Trials.Trial(r.Context(), r.user, r.id)
	if err != nil {
		return err
	}
	p, err := h.trialPageOf(r, t)
	if err != nil {
		return err
	}
	if r.part {
		return h.showPart(w, r, http.StatusOK, "trial", p)
	}
	if r.URL.Query().Get("did") == "rule" && t.InForce {
		p.Bar = &bar{Text: h.templates.words.text("did.rule")}
	}
	return h.show(w, r, http.StatusOK, "trial", p)
}

// stopTrial stops a trial.
func (h *Handler) stopTrial(w http.ResponseWriter, r *request) error {
	if err := h.o.Trials.Stop(r.user, r.id); err != nil {
		return err
	}
	h.seeOther(w, r, trialPath(r.id, trialOf(r)))
	return nil
}

// writeRule writes the rule of a trial into the policy.
func (h *Handler) writeRule(w http.ResponseWriter, r *request) error {
	t, err := h.o.Trials.Write(r.Context(), r.user, r.id, r.PostFormValue("version"))
	if errors.Is(err, models.ErrConflict) || errors.Is(err, models.ErrInvalid) {
		p, failed := h.trialPageOf(r, t)
		if failed != nil {
			return failed
		}
		p.Problem = h.told(err)
		return h.show(w, r, http.StatusConflict, "trial", p)
	}
	if err != nil {
		return err
	}
	q := url.Values{"did": {"rule"}}
	if of := trialOf(r); of != "" {
		q.Set("of", of)
	}
	h.seeOther(w, r, withQuery("/trials/"+url.PathEscape(r.id), q))
	return nil
}
