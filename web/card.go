package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/winnowd/winnow/models"
)

// A list shows so many characters of a text, and lines.
const (
	excerpt      = 1200
	excerptLines = 20
)

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
	// Name, Email and Title are set like the text: names hide things, too.
	Name, Email, Title []span
	Language           string
	ParentID           string
	Text               []span
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
		Language: languageOf(r.Comment.Language), ParentID: r.Comment.ParentID, Decision: d, History: hist, Back: back,
		Lookers: h.lookers(r, u),
	}
	read := h.o.Read(r.Comment.Content, r.Comment.ContentType)
	text := r.Comment.Content
	if r.Comment.ContentType == models.HTML {
		text, c.Source = read.Plain, read.Plain != text
	}
	c.Hidden = read.Hidden
	text, c.Left = clipLines(strings.TrimSpace(text), excerpt, excerptLines)
	if d != nil {
		c.Sequence = d.Sequence
		c.reasons(d)
	}
	c.Text = spans(text, append(slices.Clone(c.For), c.Against...))
	c.links(read.Links)
	c.AuthorURL = linkSpans(c.Author.URL)
	c.Name, c.Email, c.Title = short(c.Author.Name), short(c.Author.Email), short(cmp.Or(c.Post.Title, c.PostKey()))
	return c
}

// languageOf is a language as browsers know it; empty for what is none.
func languageOf(tag string) string {
	parsed, err := language.Parse(tag)
	if err != nil || parsed == language.Und {
		return ""
	}
	return parsed.String()
}

// maxName is how many characters of a name or a title are shown.
const maxName = 120

// short sets a name or a title.
func short(text string) []span {
	text, left := clip(text, maxName)
	if left > 0 {
		text += "…"
	}
	return visible(nil, text, "")
}

// links lists where links lead that the text does not show by itself.
func (c *card) links(found []models.Link) {
	seen := map[string]bool{}
	for _, l := range found {
		if l.Kind == models.LinkBare && !c.Source || seen[l.URL] || len(c.Links) == maxLinks {
			continue
		}
		seen[l.URL] = true
		c.Links = append(c.Links, link{linkSpans(l.URL), l.Kind == models.LinkDisguised})
	}
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

// clueOf puts a token in words. What stands before a colon is its kind: a word of a text
// has none in it.
func clueOf(e models.Evidence) clue {
	k := clue{Text: e.Token, Weight: e.Weight}
	if prefix, rest, ok := strings.Cut(e.Token, ":"); ok && rest != "" {
		k.Kind, k.Text = clueKind(prefix), rest
	}
	return k
}

// clueKind gives the key of the words for a kind of token.
func clueKind(prefix string) string {
	switch prefix {
	case "author", "author-name", "agent", "host", "domain", "tld", "path", "form", "shape", "number", "email-domain":
		return "clue." + prefix
	case "author-host", "author-domain", "author-tld":
		return "clue.author-site"
	}
	return "clue.other"
}

// Width is how long a bar of the clue is, of 100.
func (k clue) Width() int {
	w := k.Weight
	if w < 0 {
		w = -w
	}
	return max(2, min(100, int(w*25)))
}
