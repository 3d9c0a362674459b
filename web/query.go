package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

// filterNames are the parameters of a list that narrow it, in the order of the form.
var filterNames = [...]string{"q", "site", "rule", "min_score", "max_score", "author", "address", "language", "post", "since", "until"}

// listing is what a list shows, as its address says it.
type listing struct {
	path string
	// values are the parameters that are set; other parameters are none of the list's.
	values url.Values
}

// readListing takes of a query what belongs to a list at path.
func readListing(path string, q url.Values) listing {
	l := listing{path, url.Values{}}
	for _, name := range append([]string{"lane", "order", "action"}, filterNames[:]...) {
		if v := strings.TrimSpace(q.Get(name)); v != "" && (name != "action" || path != heldPath) {
			l.values.Set(name, v)
		}
	}
	return l
}

const (
	heldPath     = "/held"
	commentsPath = "/comments"
)

// With is the address of the list with other values: pairs of names and values, of which
// an empty one removes its name.
func (l listing) With(pairs ...string) string {
	q := url.Values{}
	for name, v := range l.values {
		q[name] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if q.Del(pairs[i]); pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return withQuery(l.path, q)
}

// Path is where the list is, without its parameters.
func (l listing) Path() string { return l.path }

// Raw is the list's query as it stands in its address.
func (l listing) Raw() string { return l.values.Encode() }

// param is a parameter that is set.
type param struct{ Name, Value string }

// Set gives the parameters that narrow the list.
func (l listing) Set() []param {
	var set []param
	for _, name := range append([]string{"lane"}, filterNames[:]...) {
		if v := l.Get(name); v != "" {
			if name == "q" {
				name = "search"
			}
			set = append(set, param{name, v})
		}
	}
	return set
}

// chip is a filter that is set, and the address of the list without it.
type chip struct{ Name, Value, Without string }

// Chips gives the filters that are set, the search apart.
func (l listing) Chips() (chips []chip) {
	for _, name := range filterNames[1:] {
		if v := l.Get(name); v != "" {
			chips = append(chips, chip{name, v, l.With(name, "")})
		}
	}
	return chips
}

// Get is a parameter's value.
func (l listing) Get(name string) string { return l.values.Get(name) }

// Filters counts the filters that are set, the search apart.
func (l listing) Filters() int {
	n := 0
	for _, name := range filterNames[1:] {
		if l.Get(name) != "" {
			n++
		}
	}
	return n
}

// Narrowed tells that the list does not show all there is.
func (l listing) Narrowed() bool { return l.Filters() > 0 || l.Get("q") != "" || l.Get("lane") != "" }

// badParam is a parameter that makes no sense. The fault is a key of the catalogue, or what
// only programs meet.
type badParam struct{ name, fault string }

func (e *badParam) Error() string { return fmt.Sprintf("%s: %s", e.name, e.fault) }

func (e *badParam) Unwrap() error { return models.ErrInvalid }

// query is what the list asks for.
func (l listing) query() (q models.CommentQuery, err error) {
	q = models.CommentQuery{
		Action: models.Hold, Site: l.Get("site"), Lane: l.Get("lane"), Rule: l.Get("rule"), Author: l.Get("author"), Address: l.Get("address"),
		Language: l.Get("language"), Post: l.Get("post"), Text: l.Get("q"), Order: models.Order(l.Get("order")),
	}
	if l.path != heldPath {
		if q.Action = models.Action(l.Get("action")); q.Action == "" {
			q.Action = models.Approve
		}
		if !slices.Contains(models.Actions[:], q.Action) {
			return q, &badParam{"action", "must be approve, hold or reject"}
		}
	}
	for _, s := range []struct {
		name string
		to   *float64
	}{{"min_score", &q.MinScore}, {"max_score", &q.MaxScore}} {
		v := l.Get(s.name)
		if v == "" {
			continue
		}
		f, err := strconv.ParseFloat(v, 64)
		switch {
		case err != nil || !(f >= 0 && f <= 1):
			return q, &badParam{s.name, "error.score"}
		case f == 0 && s.to == &q.MaxScore: // which would stand for no limit
			return q, &badParam{s.name, "error.max-score"}
		}
		*s.to = f
	}
	q.Since, q.Until, err = days(l.values)
	return q, err
}

// days reads from when to when something is asked for; zero where that is left open.
func days(q url.Values) (since, until time.Time, err error) {
	for _, t := range []struct {
		name string
		to   *time.Time
	}{{"since", &since}, {"until", &until}} {
		v := q.Get(t.name)
		if v == "" {
			continue
		}
		if *t.to, err = time.Parse(time.DateOnly, v); err == nil {
			continue
		}
		if *t.to, err = time.Parse(time.RFC3339, v); err != nil {
			return since, until, &badParam{t.name, "error.day"}
		}
	}
	return since, until, nil
}
