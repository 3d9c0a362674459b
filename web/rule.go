package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/winnowd/winnow/models"
)

// rulePage offers rules that can be made of a comment.
type rulePage struct {
	layout
	Site, ID string
	Author   []span
	Choices  []ruleChoice
	// Chosen is the choice that is marked, Scope the site, empty for all.
	Chosen string
	Phrase string
	Scope  string
	// Everywhere tells that the user may try rules at all sites.
	Everywhere bool
	Problem    string
}

// Path is where the page and its form are.
func (p *rulePage) Path() string { return rulePath(p.Site, p.ID) }

// Back is the comment.
func (p *rulePage) Back() string { return commentPath(p.Site, p.ID) }

func rulePath(site, id string) string { return commentPath(site, id) + "/rule" }

// ruleChoice is a rule that can be made of a comment.
type ruleChoice struct {
	Kind models.AdditionKind
	// Value is what it is about; empty for a phrase, which people type.
	Value string
}

// String is the value of a choice's button: KIND:VALUE.
func (c ruleChoice) String() string { return string(c.Kind) + ":" + c.Value }

// Shown sets the value so that nothing in it is hidden.
func (c ruleChoice) Shown() []span { return short(c.Value) }

// maxHosts is how many hosts of links a comment's page offers.
const maxHosts = 20

// ruleChoices are the rules that a comment suggests: of where its links lead, the site
// itself apart, and of its author.
func ruleChoices(c *models.Comment, links []models.Link, own string) (list []ruleChoice) {
	add := func(kind models.AdditionKind, value string) {
		if choice := (ruleChoice{kind, value}); value != "" && !slices.Contains(list, choice) {
			list = append(list, choice)
		}
	}
	for _, l := range links {
		if l.Host != own && len(list) < maxHosts {
			add(models.BlockHost, l.Host)
		}
	}
	if website := hostOf(c.Author.URL); website != own {
		add(models.BlockDomain, website)
	}
	list = append(list, ruleChoice{Kind: models.BlockPhrase})
	if c.Author.LoggedIn {
		add(models.ApproveAccount, c.Author.ID)
	}
	add(models.ApproveEmail, strings.TrimSpace(c.Author.Email))
	return list
}

// hostOf is the host of an address, as models.Link has it; empty if there is none.
func hostOf(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// rules makes the page of a comment's rules.
func (h *Handler) rules(r *request) (*rulePage, error) {
	found, err := h.o.Desk.Comment(r.Context(), r.user, r.site, r.id)
	if err != nil {
		return nil, err
	}
	newest := found.Revisions[len(found.Revisions)-1]
	p := &rulePage{
		layout: h.page(r, "comments", "rule.title"), Site: r.site, ID: r.id, Author: short(newest.Comment.Author.Name),
		Scope: r.site, Everywhere: !r.user.Limited,
	}
	read := h.o.Read(newest.Comment.Content, newest.Comment.ContentType)
	own := ""
	if s := h.o.Sites.ByName(r.site); s != nil {
		own = hostOf(s.URL) // whose links are no reason to hold a comment
	}
	p.Choices = ruleChoices(&newest.Comment, read.Links, own)
	p.Chosen = p.Choices[0].String()
	p.Phrase = telling(found.Decisions)
	return p, nil
}

// telling is the word that spoke most for spam; empty if none did.
func telling(decisions []*models.Decision) (word string) {
	most := 0.0
	for _, d := range decisions {
		for _, r := range d.Reasons {
			for _, e := range r.Evidence {
				if c := clueOf(e); c.Kind == "" && c.Weight > most {
					word, most = c.Text, c.Weight
				}
			}
		}
	}
	return word
}

// rule offers rules that can be made of a comment.
func (h *Handler) rule(w http.ResponseWriter, r *request) error {
	p, err := h.rules(r)
	if err != nil {
		return err
	}
	return h.show(w, r, http.StatusOK, "rule", p)
}

// tryRule begins to try a rule, and goes on with what comes of it.
func (h *Handler) tryRule(w http.ResponseWriter, r *request) error {
	p, err := h.rules(r)
	if err != nil {
		return err
	}
	p.Chosen, p.Phrase = r.PostFormValue("rule"), r.PostFormValue("phrase")
	if p.Scope = r.PostFormValue("site"); p.Scope != "" {
		p.Scope = r.site
	}
	kind, value, _ := strings.Cut(p.Chosen, ":")
	if value == "" {
		value = p.Phrase
	}
	t, err := h.o.Trials.Begin(r.user, models.Addition{Kind: models.AdditionKind(kind), Value: value, Site: p.Scope})
	status := http.StatusBadRequest
	switch {
	case err == nil:
		h.seeOther(w, r, trialPath(t.ID, p.Back()))
		return nil
	case errors.Is(err, models.ErrInvalid):
		p.Problem = h.told(err)
	case errors.Is(err, models.ErrConflict) && p.Admin():
		p.Problem, status = h.told(err), http.StatusConflict
	case errors.Is(err, models.ErrConflict): // the policy is not theirs to read
		p.Problem, status = h.templates.words.text("rule.conflict"), http.StatusConflict
	default:
		return err
	}
	return h.show(w, r, status, "rule", p)
}
