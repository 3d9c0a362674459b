package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

const (
	auditPath = "/audit"
	// logPage is how many entries one page of a log has.
	logPage = 50
)

// actKinds are the kinds of entry that the filter offers; others are shown, too.
var actKinds = [...]string{
	"verdict", "bulk", "undo", "sign-in", "sign-out", "user.add", "user.set", "user.passwd", "user.remove", "user.token", "user.revoke-tokens",
	"site.add", "site.set", "site.rotate", "site.remove", "deliveries.resend", "queue.retry", "model.reset", "policy.add",
}

// filterValues takes the parameters that narrow a page from its address.
func filterValues(q url.Values, names ...string) url.Values {
	set := url.Values{}
	for _, name := range names {
		if v := strings.TrimSpace(q.Get(name)); v != "" {
			set.Set(name, v)
		}
	}
	return set
}

// more is the address of a page with the same filter, after a cursor.
func more(path string, set url.Values, cursor string) string {
	if cursor == "" {
		return ""
	}
	q := url.Values{"after": {cursor}}
	for name, v := range set {
		q[name] = v
	}
	return withQuery(path, q)
}

// auditPage is what was done, the newest first.
type auditPage struct {
	layout
	Set     url.Values
	Sites   []string
	Kinds   []string
	Entries []entry
	// More is where what comes next is; empty at the end.
	More    string
	Problem string
}

// Back is the address of the page with its filter, from the beginning.
func (p *auditPage) Back() string { return withQuery(auditPath, p.Set) }

// entry is one line of the audit log.
type entry struct {
	At        time.Time
	Who, What string
	Site      string
	CommentID string
	Path      string
	Detail    []param
	Undone    bool
	// Gone tells that the site was removed, CommentGone that the comment was.
	Gone, CommentGone bool
	// Undo names the act to those who may take it back; empty if it cannot be, or was.
	Undo string
}

// audit lists what was done.
func (h *Handler) audit(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	p := &auditPage{
		layout: h.page(r, "audit", "audit.title"), Set: filterValues(q, "site", "kind", "actor", "comment", "since", "until"),
		Sites: h.sitesOf(r.user), Kinds: actKinds[:],
	}
	if kind := p.Set.Get("kind"); kind != "" && !slices.Contains(p.Kinds, kind) {
		p.Kinds = append(slices.Clone(p.Kinds), kind)
	}
	f := models.ActFilter{Kind: p.Set.Get("kind"), Actor: models.NormalEmail(p.Set.Get("actor")), CommentID: p.Set.Get("comment")}
	var acts []*models.Act
	var cursor string
	var err error
	if f.Since, f.Until, err = days(p.Set); err == nil {
		acts, cursor, err = h.o.Desk.Acts(r.Context(), r.user, p.Set.Get("site"), f, q.Get("after"), logPage)
	}
	status := http.StatusOK
	if errors.Is(err, models.ErrInvalid) {
		p.Problem, status = h.told(err), http.StatusBadRequest
	} else if err != nil {
		return err
	}
	for _, a := range acts {
		e := h.entry(a)
		if a.Undoable && !a.Undone && (a.SiteID != 0 || a.Actor == r.user.Actor() || p.Admin()) {
			e.Undo = a.ID
		}
		p.Entries = append(p.Entries, e)
	}
	p.Bar = h.barOf(r, p.Back())
	p.More = more(auditPath, p.Set, cursor)
	return h.show(w, r, status, "audit", p)
}

// entry says an act in words.
func (h *Handler) entry(a *models.Act) entry {
	e := entry{At: a.At, Who: a.Actor.Name, What: h.templates.words.kind(a.Kind), Site: a.Site, CommentID: a.CommentID, Undone: a.Undone, Gone: a.SiteRemoved, CommentGone: a.CommentRemoved && !a.SiteRemoved}
	if e.Who == "" {
		e.Who = h.templates.words.text("actor." + a.Actor.Kind)
	}
	if a.Site != "" && a.CommentID != "" && !a.SiteRemoved && !a.CommentRemoved {
		e.Path = commentPath(a.Site, a.CommentID)
	}
	for name, value := range a.Detail {
		if text := detailText(value); text != "" {
			e.Detail = append(e.Detail, h.templates.words.detail(name, text))
		}
	}
	slices.SortFunc(e.Detail, func(a, b param) int { return strings.Compare(a.Name, b.Name) })
	return e
}

// detail says a detail of an act in words, where there are any.
func (w words) detail(name, value string) param {
	prefix := ""
	switch name { // whose values have words
	case "reason":
		prefix = "objection."
	case "action", "label":
		prefix = name + "."
	}
	if text, ok := w[prefix+value]; ok && prefix != "" {
		value = text
	}
	if text, ok := w["detail."+name]; ok {
		name = text
	}
	return param{strings.ReplaceAll(name, "_", " "), value}
}

// detailText is a value of an act's detail as people read it; empty for what says nothing.
func detailText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		parts := make([]string, 0, len(v))
		for _, part := range v {
			parts = append(parts, detailText(part))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		b, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		return string(b)
	}
	return fmt.Sprint(v)
}
