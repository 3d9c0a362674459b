package intake

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/winnowd/winnow/problem"
)

// checkMedia refuses a body that is not announced as plain JSON in UTF-8.
func checkMedia(r *http.Request) *problem.Problem {
	if !isJSON(r.Header.Get("Content-Type")) {
		return problem.New(problem.UnsupportedMedia, "the Content-Type must be application/json, in UTF-8").
			WithHeader("Accept", "application/json")
	}
	for _, coding := range r.Header["Content-Encoding"] {
		if coding = strings.Trim(coding, " \t"); coding != "" && !strings.EqualFold(coding, "identity") {
			return problem.New(problem.UnsupportedMedia, "the body must not be compressed").
				WithHeader("Accept-Encoding", "identity")
		}
	}
	return nil
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		return false
	}
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}

func (h *Handler) checkLength(r *http.Request) *problem.Problem {
	if r.ContentLength > h.opts.Limits.MaxBody {
		return h.tooLarge()
	}
	return nil
}

func (h *Handler) tooLarge() *problem.Problem {
	return problem.New(problem.TooLarge, "the body is over the limit of "+strconv.FormatInt(h.opts.Limits.MaxBody, 10)+" bytes")
}

// readBody reads the request's body into the decoder.
func (h *Handler) readBody(w http.ResponseWriter, r *http.Request, d *decoder) *problem.Problem {
	if n := r.ContentLength; n > 0 {
		d.body.Grow(int(n) + bytes.MinRead)
	}
	_, err := d.body.ReadFrom(http.MaxBytesReader(w, r.Body, h.opts.Limits.MaxBody))
	if err == nil {
		return nil
	}
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return h.tooLarge()
	}
	return problem.New(problem.Unreadable, "the body could not be read to its end")
}
