package desk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// retrySoon is when trying again makes sense after an error that does not say.
const retrySoon = 5 * time.Second

// answer answers with a value as JSON.
func (h *Handler) answer(w http.ResponseWriter, r *request, status int, v any) *problem.Problem {
	b, err := json.Marshal(v, json.FormatNilSliceAsNull(false), models.WireJSON())
	if err != nil {
		return h.failed(r.Request, "encode answer", err)
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	_, _ = w.Write(b) // the client has gone: nobody is left to tell
	return nil
}

// failed makes the problem of an error. What clients need not know is logged.
func (h *Handler) failed(r *http.Request, doing string, err error) *problem.Problem {
	var refusal *models.Refusal
	var stale *models.Stale
	switch {
	case errors.As(err, &stale):
		p := problem.New(problem.Conflict, stale.Detail)
		if stale.Current != nil {
			_ = p.With("current", plain(stale.Current))
		}
		return p
	case errors.As(err, &refusal):
		return problem.New(problem.Unavailable, refusal.Detail).RetryAfter(refusal.RetryAfter)
	case errors.Is(err, models.ErrUnavailable):
		return problem.New(problem.Unavailable, "").RetryAfter(retrySoon)
	case errors.Is(err, models.ErrNotFound):
		return problem.New(problem.NotFound, "there is no such thing, or none that you may see")
	case errors.Is(err, models.ErrConflict):
		return problem.New(problem.Conflict, told(err))
	case errors.Is(err, models.ErrInvalid):
		kind := problem.Invalid
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			kind = problem.BadRequest
		}
		p := problem.New(kind, told(err))
		if kind == problem.Invalid {
			p.Errors = []problem.FieldError{{Detail: told(err)}}
		}
		return p
	case r.Context().Err() != nil && errors.Is(err, context.Canceled):
		return problem.New(problem.Unavailable, "the request was cancelled").RetryAfter(retrySoon)
	}
	h.o.Logger.Error(doing+" failed", "error", err, "route", r.Pattern)
	return problem.New(problem.Internal, "")
}

// plain is a decision as WireJSON writes it, for a problem's member.
func plain(d *models.Decision) any {
	b, err := json.Marshal(d, models.WireJSON())
	var v any
	if err != nil || json.Unmarshal(b, &v) != nil {
		return nil
	}
	return v
}

// told is what an error says, without the word for its kind at the end.
func told(err error) string {
	text := err.Error()
	for _, kind := range []error{models.ErrConflict, models.ErrInvalid} {
		text = strings.TrimSuffix(text, ": "+kind.Error())
	}
	return text
}

// maxBody bounds a request's body, in bytes.
const maxBody = 256 << 10

// read reads a request's JSON object into v. Unknown members are ignored, but no text of
// the body may have a U+0000 in it.
func read(w http.ResponseWriter, r *request, v any) *problem.Problem {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset, ok := params["charset"]; err != nil || media != "application/json" || ok && !strings.EqualFold(charset, "utf-8") {
		return problem.New(problem.UnsupportedMedia, "the Content-Type must be application/json, in UTF-8").WithHeader("Accept", "application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil && jsontext.Value(body).Kind() == '{' {
		err = json.Unmarshal(body, v)
	} else if err == nil {
		err = errNoObject
	}
	var over *http.MaxBytesError
	var wrong *json.SemanticError
	switch {
	case err == nil:
		return checkText(body)
	case errors.As(err, &over):
		return problem.New(problem.TooLarge, "the body is over the limit of "+strconv.Itoa(maxBody)+" bytes")
	case errors.As(err, &wrong) && wrong.JSONPointer != "":
		p := problem.New(problem.Invalid, "")
		p.Errors = []problem.FieldError{{Pointer: string(wrong.JSONPointer), Detail: "is of the wrong type"}}
		return p
	}
	return problem.New(problem.Unreadable, "the body must be one JSON object in UTF-8, without doubled keys")
}

var errNoObject = errors.New("not an object")

// checkText refuses a readable body with a U+0000, which can only stand in it escaped.
func checkText(body []byte) *problem.Problem {
	if !bytes.Contains(body, []byte(`\u0000`)) {
		return nil
	}
	for dec := jsontext.NewDecoder(bytes.NewReader(body)); ; {
		token, err := dec.ReadToken()
		if err != nil {
			return nil // the end: the body was read before
		}
		if token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
			return wrongField(string(dec.StackPointer()), "must not contain the character U+0000")
		}
	}
}

func wrongField(pointer, detail string) *problem.Problem {
	p := problem.New(problem.Invalid, "")
	p.Errors = []problem.FieldError{{Pointer: pointer, Detail: detail}}
	return p
}
