package intake

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// The media types of bodies.
const (
	mediaJSON  = "application/json"
	mediaLines = "application/x-ndjson"
)

// checkMedia refuses a body that is not announced as plain text of a media type in
// UTF-8.
func checkMedia(r *http.Request, want string) *problem.Problem {
	if !isMedia(r.Header.Get("Content-Type"), want) {
		return problem.New(problem.UnsupportedMedia, "the Content-Type must be "+want+", in UTF-8").
			WithHeader("Accept", want)
	}
	for _, coding := range r.Header["Content-Encoding"] {
		if coding = strings.Trim(coding, " \t"); coding != "" && !strings.EqualFold(coding, "identity") {
			return problem.New(problem.UnsupportedMedia, "the body must not be compressed").
				WithHeader("Accept-Encoding", "identity")
		}
	}
	return nil
}

func isMedia(contentType, want string) bool {
	if contentType == want {
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != want {
		return false
	}
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}

func tooLarge(what string, limit int64) *problem.Problem {
	return problem.New(problem.TooLarge, what+" is over the limit of "+strconv.FormatInt(limit, 10)+" bytes")
}

// roomAhead is how much room is made for a body before it comes, in bytes: who has only
// announced a long one, and may be anybody, takes no more.
const roomAhead = 64 << 10

// readBody reads the request's body. Its length, if it is known, was compared with the
// limit in bytes.
func readBody(w http.ResponseWriter, r *http.Request, body *bytes.Buffer, limit int64) *problem.Problem {
	var err error
	switch n := int(r.ContentLength); {
	case n > roomAhead:
		body.Grow(roomAhead)
		_, err = io.CopyN(body, r.Body, int64(n))
	case n >= 0:
		body.Grow(n)
		n, err = io.ReadFull(r.Body, body.AvailableBuffer()[:n])
		body.Write(body.AvailableBuffer()[:n])
	default:
		_, err = body.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	}
	if err == nil {
		_ = r.Body.Close() // it is at its end; the server need not look for that
		return nil
	}
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return tooLarge("the body", limit)
	}
	if errors.Is(err, errCrowded) {
		return refused(&models.Refusal{Kind: models.ErrUnavailable, Reason: crowdedReason, Detail: err.Error(), RetryAfter: retrySoon})
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		extend(w, 0) // the time for the answer has run out with that for the body
		return problem.New(problem.TooSlow, "the body did not arrive in time").WithHeader("Connection", "close")
	}
	return problem.New(problem.Unreadable, "the body could not be read to its end")
}
