package intake

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/winnowd/winnow/problem"
)

// Handler answers the native door's requests. It may be used by any number of
// goroutines.
type Handler struct {
	opts    Options
	log     *slog.Logger
	metrics *metrics
	rates   *rates
	// unproven is the room for bodies whose senders are not known yet.
	unproven reserve
}

// New makes a handler. The error names what Options lack, or comes from the
// registerer.
func New(opts Options) (*Handler, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	m, err := newMetrics(opts)
	if err != nil {
		return nil, err
	}
	return &Handler{opts: opts, log: opts.Logger, metrics: m, rates: newRates(opts.MaxRate, opts.Now), unproven: reserve{most: maxUnproven}}, nil
}

// InitSite makes a site's metrics appear, at 0.
func (h *Handler) InitSite(name string) { h.metrics.accepted(h.opts.SiteLabel(name)) }

// Route is one path and method that a Handler answers.
type Route struct {
	// Pattern is what Request.Pattern is set to.
	Pattern string
	Method  string
	// Codes are the statuses that it is answered with.
	Codes []int
}

// Routes lists what a Handler answers. HEAD is answered wherever GET is.
func Routes() []Route {
	return []Route{
		{submitPattern, http.MethodPost, []int{200, 202, 400, 401, 403, 408, 409, 413, 415, 422, 429, 500, 503}},
		{batchPattern, http.MethodPost, []int{200, 400, 401, 403, 408, 413, 415, 429, 500, 503}},
		{commentPattern, http.MethodGet, []int{200, 401, 403, 404, 500, 503}},
		{commentPattern, http.MethodDelete, []int{204, 400, 401, 403, 404, 409, 500, 503}},
		{labelPattern, http.MethodPost, []int{200, 400, 401, 403, 404, 408, 409, 413, 415, 422, 500, 503}},
		{feedPattern, http.MethodGet, []int{200, 400, 401, 403, 409, 500, 503}},
	}
}

// The patterns that Request.Pattern is set to.
const (
	submitPattern  = "/v1/comments"
	batchPattern   = "/v1/comments/batch"
	commentPattern = "/v1/comments/{id}"
	labelPattern   = "/v1/comments/{id}/label"
	feedPattern    = "/v1/decisions"
	otherPattern   = "/v1/"
)

// ServeHTTP answers a request for a path under /v1.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p := h.route(w, r); p != nil {
		problem.Write(w, p)
	}
}

// route finds the endpoint by the path as it was escaped, so that an escaped slash
// or dot in an id is not taken for one of the path's own.
func (h *Handler) route(w http.ResponseWriter, r *http.Request) *problem.Problem {
	path := r.URL.EscapedPath()
	switch path {
	case submitPattern:
		r.Pattern = submitPattern
		if r.Method != http.MethodPost {
			return notAllowed("POST")
		}
		return h.counted(h.submit(w, r))
	case batchPattern:
		if r.Method == http.MethodPost {
			r.Pattern = batchPattern
			return h.counted(h.batch(w, r))
		} // else a comment may be called so
	case feedPattern:
		r.Pattern = feedPattern
		if !reads(r.Method) {
			return notAllowed("GET, HEAD")
		}
		return h.decisions(w, r)
	}
	id, below, ok := commentPath(path)
	switch {
	case ok && below == "":
		r.Pattern = commentPattern
		return h.ofComment(w, r, path, id)
	case ok && below == "label":
		r.Pattern = labelPattern
		if r.Method != http.MethodPost {
			return notAllowed("POST")
		}
		return h.label(w, r, id)
	}
	r.Pattern = otherPattern
	return problem.New(problem.NotFound, "there is nothing at this path")
}

// ofComment answers for the path of a comment itself.
func (h *Handler) ofComment(w http.ResponseWriter, r *http.Request, path, id string) *problem.Problem {
	switch {
	case reads(r.Method):
		return h.comment(w, r, id)
	case r.Method == http.MethodDelete:
		return h.remove(w, r, id)
	case path == batchPattern:
		return notAllowed("DELETE, GET, HEAD, POST")
	}
	return notAllowed("DELETE, GET, HEAD")
}

// commentPath takes the id from the escaped path of a comment, and what follows it.
func commentPath(path string) (id, below string, ok bool) {
	segment, ok := strings.CutPrefix(path, submitPattern+"/")
	segment, below, deeper := strings.Cut(segment, "/")
	if !ok || segment == "" || segment == "." || segment == ".." || deeper && below == "" {
		return "", "", false
	}
	id, err := url.PathUnescape(segment)
	return id, below, err == nil
}

// location is the path of a comment. Dot segments are escaped, which clients would
// take for steps up the path.
func location(id string) string {
	switch id {
	case ".":
		return submitPattern + "/%2E"
	case "..":
		return submitPattern + "/%2E%2E"
	}
	return submitPattern + "/" + url.PathEscape(id)
}

func reads(method string) bool { return method == http.MethodGet || method == http.MethodHead }

func notAllowed(allow string) *problem.Problem {
	return problem.New(problem.MethodNotAllowed, "the methods allowed here: "+allow).WithHeader("Allow", allow)
}

// grace is how long writing the answer may take after a wait.
const grace = 30 * time.Second

// extend moves the connection's write deadline, which would otherwise cut off an
// answer that comes after a wait.
func extend(w http.ResponseWriter, wait time.Duration) {
	// A writer that knows no deadlines needs none moved.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(wait + grace))
}
