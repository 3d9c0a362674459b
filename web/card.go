package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

// excerpt is how many characters of a text a list shows.
const excerpt = 1200

// card is a comment with everything that deciding it takes.
type card struct {
	// Seq names the card on its page.
	Seq      int64
	Site, ID string
	Revision int
	// Sequence is that of the decision that the card shows.
	Sequence  int
	Received  time.Time
	Author    models.Author
	AuthorURL []span
	Post      models.Post
	PostURL   []span
	Language  string
	ParentID  string
	Text      []span
	// Left is how many characters of the text are not shown.
	Left int
	// Links are where its links lead, Hidden how many hidden characters it has.
	Links  []link
	Hidden int
	// Source tells that the text is not as it came, but as readers see it.
	Source   bool
	Decision *models.Decision
	Why      []finding
	For      []clue
	Against  []clue
	History  models.History
	Lookers  []string
	// Back is the page to go on with, for those without script.
	Back string
	// Alert says that the comment stands otherwise than somebody thought.
	Alert string
	// Mine tells that the user took the decision.
	Mine bool
	// Whole has the text shown in full, without actions of a list.
	Whole bool
}

// Path is where the comment's own page is.
func (c *card) Path() string { return commentPath(c.Site, c.ID) }

// ParentPath is where the comment is that this one answers.
func (c *card) ParentPath() string { return commentPath(c.Site, c.ParentID) }

func commentPath(site, id string) string {
	return commentsPath + "/" + url.PathEscape(site) + "/" + url.PathEscape(id)
}

// Key names the comment to forms that decide many.
func (c *card) Key() string { return choice{c.Site, c.ID, c.Sequence}.String() }

// Find is the address of a list with one filter.
func (c *card) Find(path, name, value string) string {
	return withQuery(path, url.Values{name: {value}, "site": {c.Site}})
}

// PostKey is what posts are found by.
func (c *card) PostKey() string { return cmp.Or(c.Post.ID, c.Post.URL) }

// finding is a reason in words.
type finding struct {
	Rule, Detail string
	Action       models.Action
	// Decided tells that it made the decision, Shadow that it would have counted.
	Decided, Shadow bool
}

// clue is a token that moved the score, in words.
type clue struct {
	// Kind is what sort of thing it is, a key of the catalogue; empty for words.
	Kind, Text string
	Weight     float64
}

// link is where a link leads.
type link struct {
	Text []span
	// Disguised tells that it was written so that programs do not see a link.
	Disguised bool
}

// maxLinks is how many links a card lists.
const maxLinks = 12

// card makes a card of a comment.
func (h *Handler) card(r *models.Revision, d *models.Decision, hist models.History, back string, u *models.User) *card {
	c := &card{
		Seq: r.Seq, Site: r.Site, ID: r.Comment.ID, Revision: r.Number, Received: r.ReceivedAt, Author: r.Comment.Author, Post: r.Comment.Post,
		Language: r.Comment.Language, ParentID: r.Comment.ParentID, Decision: d, History: hist, Back: back,
		Lookers: h.lookers(r, u),
	}
	read := h.o.Read(r.Comment.Content, r.Comment.ContentType)
	text := r.Comment.Content
	if r.Comment.ContentType == models.HTML {
		text, c.Source = read.Plain, read.Plain != text
	}
	c.Hidden = read.Hidden
	text, c.Left = clip(strings.TrimSpace(text), excerpt)
	if d != nil {
		c.Sequence = d.Sequence
		c.Mine = d.Actor == u.Actor()
		c.reasons(d)
	}
	c.Text = spans(text, append(slices.Clone(c.For), c.Against...))
	for i, l := range read.Links {
		if i == maxLinks {
			break
		}
		c.Links = append(c.Links, link{linkSpans(l.URL), l.Kind == models.LinkDisguised})
	}
	c.AuthorURL, c.PostURL = linkSpans(c.Author.URL), linkSpans(c.Post.URL)
	return c
}

func (h *Handler) lookers(r *models.Revision, u *models.User) []string {
	return slices.DeleteFunc(slices.Clone(h.o.Board.Lookers(r.SiteID, r.Comment.ID)), func(who string) bool { return who == u.Email })
}

// reasons fills in why a decision is as it is.
func (c *card) reasons(d *models.Decision) {
	for i, r := range d.Reasons {
		c.Why = append(c.Why, finding{Rule: r.Rule, Detail: r.Detail, Action: r.Action, Decided: i == 0})
		for _, e := range r.Evidence {
			if k := clueOf(e); e.Weight > 0 {
				c.For = append(c.For, k)
			} else {
				c.Against = append(c.Against, k)
			}
		}
	}
	for _, r := range d.Shadow {
		c.Why = append(c.Why, finding{Rule: r.Rule, Detail: r.Detail, Action: r.Action, Shadow: true})
	}
}

// clueKinds are the kinds of token that are no words, by their prefix.
var clueKinds = [...]string{"author", "agent", "host", "domain", "tld", "path", "form", "shape", "number"}

func clueOf(e models.Evidence) clue {
	k := clue{Text: e.Token, Weight: e.Weight}
	prefix, rest, ok := strings.Cut(e.Token, ":")
	if ok && prefix == "author" { // also author:host:example.org
		if more, last, ok := strings.Cut(rest, ":"); ok && slices.Contains(clueKinds[:], more) {
			rest = last
		}
	}
	if ok && slices.Contains(clueKinds[:], prefix) {
		k.Kind, k.Text = "clue."+prefix, rest
	}
	return k
}

// Width is how long a bar of the clue is, of 100.
func (k clue) Width() int {
	w := k.Weight
	if w < 0 {
		w = -w
	}
	return max(2, min(100, int(w*25)))
}
