package desk

import (
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

type values struct{ url.Values }

// parse reads a query and refuses parameters that are unknown, doubled or not UTF-8.
func parse(raw string, known ...string) (values, *problem.Problem) {
	v, err := url.ParseQuery(raw)
	if err != nil {
		return values{}, problem.New(problem.BadRequest, "the query cannot be read: "+err.Error())
	}
	for name, given := range v {
		switch {
		case !slices.Contains(known, name):
			return values{}, problem.New(problem.BadRequest, "the query parameter "+strconv.Quote(name)+" is unknown")
		case len(given) > 1:
			return values{}, badParam(name, "must not be given twice")
		case !utf8.ValidString(given[0]):
			return values{}, badParam(name, "must be UTF-8")
		}
	}
	return values{v}, nil
}

func badParam(name, fault string) *problem.Problem {
	return problem.New(problem.BadRequest, "the query parameter "+name+" "+fault)
}

// number reads a whole number; absent or empty, it is the default.
func (v values) number(name string, absent, least, most int) (int, *problem.Problem) {
	s := v.Get(name)
	if s == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, badParam(name, "must be a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
	}
	return n, nil
}

// score reads a score; absent or empty, it is 0.
func (v values) score(name string) (float64, *problem.Problem) {
	s := v.Get(name)
	if s == "" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		return 0, badParam(name, "must be a number from 0 to 1")
	}
	return f, nil
}

// time reads a day or a time; absent or empty, it is zero.
func (v values) time(name string) (time.Time, *problem.Problem) {
	s := v.Get(name)
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, badParam(name, "must be a date or a time, such as 2026-03-01 or 2026-03-01T10:00:00Z")
}

// listQuery reads the query of a list. action is what is listed, or, if empty, the query
// says.
func listQuery(raw string, action models.Action) (q models.CommentQuery, p *problem.Problem) {
	known := []string{"site", "q", "after", "limit", "lane", "rule", "min_score", "max_score", "author", "address", "language", "post", "since", "until", "order"}
	if action == "" {
		known = append(known, "action")
	}
	v, p := parse(raw, known...)
	if p != nil {
		return q, p
	}
	q = models.CommentQuery{
		Action: action, Site: v.Get("site"), Lane: v.Get("lane"), Rule: v.Get("rule"), Author: v.Get("author"), Address: v.Get("address"),
		Language: v.Get("language"), Post: v.Get("post"), Text: v.Get("q"), Order: models.Order(v.Get("order")), After: v.Get("after"),
	}
	if action == "" {
		q.Action = models.Action(v.Get("action"))
	}
	for _, s := range []struct {
		name string
		to   *float64
	}{{"min_score", &q.MinScore}, {"max_score", &q.MaxScore}} {
		if *s.to, p = v.score(s.name); p != nil {
			return q, p
		}
	}
	if v.Get("max_score") != "" && q.MaxScore == 0 { // which would stand for no limit
		return q, badParam("max_score", "must be over 0: no score is below that")
	}
	for _, t := range []struct {
		name string
		to   *time.Time
	}{{"since", &q.Since}, {"until", &q.Until}} {
		if *t.to, p = v.time(t.name); p != nil {
			return q, p
		}
	}
	q.Limit, p = v.number("limit", 50, 1, 200)
	return q, p
}
