package client

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/winnowd/winnow/models"
)

// Problem is an answer by which the daemon, or something between it and the client,
// refused a request (RFC 9457). Programs should look at Type or Status alone.
type Problem struct {
	// Type tells what happened, such as "urn:winnow:problem:erased"; "about:blank" if
	// the answer was not winnow's and only the status is known.
	Type string `json:"type"`
	// Title says the same to people, Detail is about this one occurrence.
	Title  string `json:"title"`
	Detail string `json:"detail"`
	// Status is the HTTP status.
	Status int `json:"status"`
	// Errors are the faults of the body's fields.
	Errors []FieldError `json:"errors"`
	// Reason is a stable word for why nothing is accepted now, with 429 and 503.
	Reason string `json:"reason"`
	// Cursor is where to go on in the feed, with the type "urn:winnow:problem:cursor-epoch".
	Cursor string `json:"cursor"`
	// RetryAfter is when trying again makes sense; 0 if the answer did not say.
	RetryAfter time.Duration `json:"-"`
}

// FieldError is one fault of a body.
type FieldError struct {
	// Pointer is where the fault is, as a JSON Pointer (RFC 6901); "" is the whole body.
	Pointer string `json:"pointer"`
	// Detail says what is wrong.
	Detail string `json:"detail"`
}

// The types of problem that a program may want to tell apart from their status.
const (
	// ProblemErased: the comment was erased and is not taken again (409).
	ProblemErased = "urn:winnow:problem:erased"
	// ProblemSiteDisabled: the key is good, but the site is disabled (403).
	ProblemSiteDisabled = "urn:winnow:problem:site-disabled"
	// ProblemCursorEpoch: the cursor is from before a restore (409). Follow deals with it.
	ProblemCursorEpoch = "urn:winnow:problem:cursor-epoch"
)

// Error gives status, title, detail, and the faults of fields.
func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s", p.Status, p.Title)
	if p.Detail != "" {
		fmt.Fprintf(&b, ": %s", p.Detail)
	}
	for i, e := range p.Errors {
		fmt.Fprintf(&b, "%s %s %s", map[bool]string{true: ":", false: ","}[i == 0], e.Pointer, e.Detail)
	}
	return b.String()
}

// Unwrap gives the kind of error as models names it, nil if it has no name there.
func (p *Problem) Unwrap() error {
	switch p.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return models.ErrInvalid
	case http.StatusNotFound:
		return models.ErrNotFound
	case http.StatusConflict:
		return models.ErrConflict
	case http.StatusTooManyRequests:
		return models.ErrOverShare
	case http.StatusServiceUnavailable:
		return models.ErrUnavailable
	}
	return nil
}

// temporary tells that the same request may succeed later.
func (p *Problem) temporary() bool {
	switch p.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return p.Status >= 500
}

// readProblem makes a problem of an answer that is not 2xx, whoever it is from.
func readProblem(a *answer, now time.Time) *Problem {
	p := &Problem{}
	media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if media != "application/problem+json" || json.Unmarshal(a.body, p) != nil || p.Type == "" {
		*p = Problem{Type: "about:blank"}
	}
	p.Status = a.status
	if p.Title == "" {
		p.Title = http.StatusText(a.status)
	}
	if to := a.header.Get("Location"); p.Detail == "" && a.status >= 300 && a.status <= 399 {
		p.Detail = fmt.Sprintf("redirects (here to %q) are not followed, give winnow's own address", to)
	}
	p.RetryAfter = retryAfter(a.header.Get("Retry-After"), now)
	return p
}

// retryAfter reads a Retry-After header, seconds or a date (RFC 9110, 10.2.3); what
// makes no sense is 0.
func retryAfter(s string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(s); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
