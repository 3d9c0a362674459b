package problem

import (
	"net/http"
	"strconv"
	"time"
)

// Problem is one problem details object with the headers that go with it.
type Problem struct {
	// Kind is what Type, Title and Status were taken from.
	Kind Kind `json:"-"`
	// Type is a URI that tells programs what happened; it never changes.
	Type string `json:"type"`
	// Title says the same to people, for every problem of the type alike.
	Title string `json:"title"`
	// Status repeats the HTTP status.
	Status int `json:"status"`
	// Detail is a sentence about this occurrence and what to do about it.
	Detail string `json:"detail,omitempty"`
	// Instance is a URI of this occurrence; empty for none.
	Instance string `json:"instance,omitempty"`
	// Errors are the faults of a body's fields.
	Errors []FieldError `json:"errors,omitempty"`
	// Extensions are further members that a type defines, such as "cursor"; a name
	// of one of the members above must not be among them.
	Extensions map[string]any `json:",inline"`
	// Header holds headers to be sent with it, such as Allow; nil for none.
	Header http.Header `json:"-"`
}

// FieldError is one fault of a body.
type FieldError struct {
	// Pointer is where the fault is, as a JSON Pointer (RFC 6901); "" is the whole body.
	Pointer string `json:"pointer"`
	// Detail says what is wrong.
	Detail string `json:"detail"`
}

// New makes a problem of a kind. Detail may be empty.
func New(kind Kind, detail string) *Problem {
	return &Problem{
		Kind: kind, Type: kind.Type(), Title: kind.Title(), Status: kind.Status(), Detail: detail,
	}
}

// Error is the title and, where there is one, the detail.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Title + ": " + p.Detail
}

// With adds an extension member and gives the same problem.
func (p *Problem) With(name string, value any) *Problem {
	if p.Extensions == nil {
		p.Extensions = make(map[string]any, 1)
	}
	p.Extensions[name] = value
	return p
}

// WithHeader sets a header and gives the same problem.
func (p *Problem) WithHeader(name, value string) *Problem {
	if p.Header == nil {
		p.Header = make(http.Header, 1)
	}
	p.Header.Set(name, value)
	return p
}

// RetryAfter sets the Retry-After header in whole seconds, rounded up, at least 1,
// and gives the same problem.
func (p *Problem) RetryAfter(d time.Duration) *Problem {
	seconds := max(1, int64((d+time.Second-1)/time.Second))
	return p.WithHeader("Retry-After", strconv.FormatInt(seconds, 10))
}
