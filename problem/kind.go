package problem

import "net/http"

// Kind is a kind of problem. The zero Kind is Internal, so that a problem of an
// unknown kind promises nothing.
type Kind int

// The kinds of problem.
const (
	Internal Kind = iota
	Unreadable
	BadRequest
	Unauthorized
	Forbidden
	SiteDisabled
	NotFound
	MethodNotAllowed
	TooSlow
	Conflict
	Erased
	CursorEpoch
	TooLarge
	UnsupportedMedia
	Invalid
	OverLimit
	HeaderTooLarge
	UnknownTransferCoding
	Unavailable
)

// base is what every type URI starts with.
const base = "urn:winnow:problem:"

type entry struct {
	name   string
	status int
	title  string
}

var table = [...]entry{
	Internal:              {"internal", http.StatusInternalServerError, "Something went wrong inside winnow"},
	Unreadable:            {"unreadable", http.StatusBadRequest, "The body cannot be read"},
	BadRequest:            {"bad-request", http.StatusBadRequest, "The header or the query is wrong"},
	Unauthorized:          {"unauthorized", http.StatusUnauthorized, "Who is asking could not be verified"},
	Forbidden:             {"forbidden", http.StatusForbidden, "This is not allowed to the one who asks"},
	SiteDisabled:          {"site-disabled", http.StatusForbidden, "The site is disabled"},
	NotFound:              {"not-found", http.StatusNotFound, "There is no such thing"},
	MethodNotAllowed:      {"method-not-allowed", http.StatusMethodNotAllowed, "The method is not allowed here"},
	TooSlow:               {"too-slow", http.StatusRequestTimeout, "The request took too long to arrive"},
	Conflict:              {"conflict", http.StatusConflict, "The thing stands otherwise than assumed"},
	Erased:                {"erased", http.StatusConflict, "The comment was erased"},
	CursorEpoch:           {"cursor-epoch", http.StatusConflict, "The cursor is from before a restore"},
	TooLarge:              {"too-large", http.StatusRequestEntityTooLarge, "The body or a part of it is too large"},
	UnsupportedMedia:      {"unsupported-media-type", http.StatusUnsupportedMediaType, "The body is in a form that is not understood"},
	Invalid:               {"invalid", http.StatusUnprocessableEntity, "The body can be read but is wrong"},
	OverLimit:             {"over-limit", http.StatusTooManyRequests, "The site is over its rate or its share"},
	HeaderTooLarge:        {"header-too-large", http.StatusRequestHeaderFieldsTooLarge, "The header is too large"},
	UnknownTransferCoding: {"unknown-transfer-coding", http.StatusNotImplemented, "The transfer coding is not understood"},
	Unavailable:           {"unavailable", http.StatusServiceUnavailable, "Nobody can be served at the moment"},
}

// Kinds lists every kind there is.
func Kinds() []Kind {
	kinds := make([]Kind, len(table))
	for i := range kinds {
		kinds[i] = Kind(i)
	}
	return kinds
}

// Name is the kind's stable name, such as "not-found".
func (k Kind) Name() string { return k.entry().name }

// Type is the kind's stable type URI, such as "urn:winnow:problem:not-found".
func (k Kind) Type() string { return base + k.entry().name }

// Status is the HTTP status that the kind is answered with.
func (k Kind) Status() int { return k.entry().status }

// Title is a short English summary, the same for every problem of the kind.
func (k Kind) Title() string { return k.entry().title }

// String is the kind's name.
func (k Kind) String() string { return k.Name() }

func (k Kind) entry() *entry {
	if k < 0 || int(k) >= len(table) {
		k = Internal
	}
	return &table[k]
}
