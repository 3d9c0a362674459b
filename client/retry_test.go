package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/winnowd/winnow/client"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

const accepted = `{"id":"c-1","site":"blog","revision":1,"status":"queued"}`

// troubled is a server that fails in given ways, one for each request, and then accepts.
type troubled struct {
	*httptest.Server
	mu     sync.Mutex
	ways   []http.HandlerFunc
	bodies []string
	header []http.Header
}

func newTroubled(t *testing.T, ways ...http.HandlerFunc) *troubled {
	t.Helper()
	s := &troubled{ways: ways}
	s.Server = httptest.NewServer(s)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(s.Close)
	return s
}

func (s *troubled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	way := answers(http.StatusAccepted, "application/json", accepted)
	if n := len(s.bodies); n < len(s.ways) {
		way = s.ways[n]
	}
	s.bodies, s.header = append(s.bodies, string(body)), append(s.header, r.Header)
	s.mu.Unlock()
	way(w, r)
}

func answers(status int, media, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// closes resets the connection.
func closes(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// breaksOff promises more than it sends.
func breaksOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, accepted[:20])
}

// hangs answers nothing until the client has gone.
func hangs(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// trickles sends the answer's head and then nothing more.
func trickles(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusAccepted)
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func TestWhatMayPassIsTriedAgain(t *testing.T) {
	const busy = `{"type":"urn:winnow:problem:unavailable","title":"Nobody can be served at the moment","status":503,"reason":"queue-age"}`
	for name, way := range map[string]http.HandlerFunc{
		"reset connection":      closes,
		"answer that broke off": breaksOff,
		"no answer":             hangs,
		"endless answer":        trickles,
		"503 with a problem":    answers(503, "application/problem+json", busy),
		"429":                   answers(429, "application/problem+json", `{"type":"urn:winnow:problem:over-limit","status":429}`),
		"502 of a proxy":        answers(502, "text/html", "<h1>Bad gateway</h1>"),
		"500 that is no JSON":   answers(500, "application/problem+json", "oops"),
		"200 that is no JSON":   answers(200, "text/html", "<h1>Sign in to this network</h1>"),
		"202 of someone else":   answers(202, "application/json", `{"ok":true}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTroubled(t, way, way)
			var log bytes.Buffer
			c := connect(t, s.URL, "wk_x", func(o *client.Options) {
				o.Timeout, o.Logger = 100*time.Millisecond, slog.New(slog.NewTextHandler(&log, nil))
			})
			r, err := c.Submit(t.Context(), &models.Comment{Content: "No id of its own"})
			if err != nil || r.ID != "c-1" || r.Status != "queued" {
				t.Fatalf("got %+v, %v", r, err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.bodies) != 3 || s.bodies[0] != s.bodies[1] || s.bodies[1] != s.bodies[2] {
				t.Errorf("the attempts differ or are not three: %q", s.bodies)
			}
			var sent models.Comment
			if err := json.Unmarshal([]byte(s.bodies[0]), &sent); err != nil || sent.ID == "" {
				t.Errorf("sent %q: %v", s.bodies[0], err)
			}
			if n := strings.Count(log.String(), "trying again"); n != 2 {
				t.Errorf("%d lines in the log, want 2:\n%s", n, log.String())
			}
		})
	}
}

func TestWhatWillNotPassIsNotTriedAgain(t *testing.T) {
	for name, way := range map[string]http.HandlerFunc{
		"400": answers(400, "application/problem+json", `{"type":"urn:winnow:problem:unreadable","title":"The body cannot be read","status":400}`),
		"401": answers(401, "application/problem+json", `{"type":"urn:winnow:problem:unauthorized","status":401}`),
		"404": answers(404, "text/plain", "404 page not found"),
		"409": answers(409, "application/problem+json", `{"type":"urn:winnow:problem:erased","status":409}`),
		"422": answers(422, "application/problem+json", `{"type":"urn:winnow:problem:invalid","status":422}`),
		"501": answers(501, "text/plain", ""),
		"307": answers(307, "text/plain", "", "Location", "http://elsewhere.example/"),
		"503": answers(503, "text/plain", "", "Retry-After", "3600"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTroubled(t, way)
			_, err := connect(t, s.URL, "wk_x").Submit(t.Context(), comment("c-1", "Hello"))
			var p *client.Problem
			if !errors.As(err, &p) || http.StatusText(p.Status) == "" || !strings.Contains(err.Error(), name) || p.Title == "" || p.Type == "" {
				t.Fatalf("got %v", err)
			}
			if name == "503" && p.RetryAfter != time.Hour {
				t.Errorf("Retry-After is %v", p.RetryAfter)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(s.bodies) != 1 {
				t.Errorf("tried %d times", len(s.bodies))
			}
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	at := make(chan time.Time, 2)
	note := func(way http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			at <- time.Now()
			way(w, r)
		}
	}
	s := newTroubled(t,
		note(answers(503, "text/plain", "", "Retry-After", "1")),
		note(answers(http.StatusAccepted, "application/json", accepted)))
	if _, err := connect(t, s.URL, "wk_x").Submit(t.Context(), comment("c-1", "Hello")); err != nil {
		t.Fatal(err)
	}
	if first, second := <-at, <-at; second.Sub(first) < time.Second {
		t.Errorf("tried again after %v, one second was asked for", second.Sub(first))
	}
}

func TestAttemptsAndContextEndACall(t *testing.T) {
	down := answers(502, "text/html", "")
	s := newTroubled(t, down, down, down, down)
	c := connect(t, s.URL, "wk_x", func(o *client.Options) { o.Attempts = 2 })
	var p *client.Problem
	if _, err := c.Submit(t.Context(), comment("c-1", "Hello")); !errors.As(err, &p) || p.Status != 502 {
		t.Errorf("after the last attempt: %v", err)
	}

	// A deadline that the pause would pass ends the call before the pause.
	patient := connect(t, newTroubled(t, answers(503, "text/plain", "", "Retry-After", "60")).URL, "wk_x")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := patient.Submit(ctx, comment("c-1", "Hello")); !errors.As(err, &p) || p.Status != 503 {
		t.Errorf("with too early a deadline: %v", err)
	}
	if ctx.Err() != nil {
		t.Error("the call used its deadline up")
	}

	gone, leave := context.WithCancel(t.Context())
	waiting := newTroubled(t, func(w http.ResponseWriter, r *http.Request) {
		leave()
		hangs(w, r)
	})
	if _, err := connect(t, waiting.URL, "wk_x").Submit(gone, comment("c-1", "Hello")); !errors.Is(err, context.Canceled) {
		t.Errorf("after the caller left: %v", err)
	}
}

func TestEverySignedAttemptIsTheSameMessage(t *testing.T) {
	const text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	secret, err := signature.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	s := newTroubled(t, closes, answers(503, "text/plain", ""))
	c := connect(t, s.URL, "", func(o *client.Options) { o.Site, o.Secret = "blog", text })
	for range 2 {
		if _, err := c.Submit(t.Context(), comment("c-1", "Hello")); err != nil {
			t.Fatal(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for i, h := range s.header {
		id, err := signature.Verify([]signature.Secret{secret}, h, []byte(s.bodies[i]), time.Now())
		if err != nil || h.Get("Winnow-Site") != "blog" || h.Get("Authorization") != "" {
			t.Errorf("attempt %d: %v, %v", i, err, h)
		}
		ids = append(ids, id)
	}
	if len(ids) != 4 || ids[0] != ids[1] || ids[1] != ids[2] || ids[2] == ids[3] {
		t.Errorf("the attempts' ids are %q, want three alike and another one", ids)
	}
}

func TestABatchWhoseAnswerDoesNotFitIsTriedAgain(t *testing.T) {
	line := `{"line":1,"status":202,"id":"c-1","revision":1}` + "\n"
	s := newTroubled(t,
		answers(200, "application/x-ndjson", line),
		answers(200, "application/x-ndjson", line+line),
		answers(200, "application/x-ndjson", line+`{"line":2,"status":422,"id":"c-2"}`),
		answers(200, "application/x-ndjson", line+`{"line":2,"status":413,"problem":{"type":"urn:winnow:problem:too-large","status":413}}`))
	results, err := connect(t, s.URL, "wk_x").Batch(t.Context(), []*models.Comment{comment("c-1", "One"), comment("c-2", "Two")})
	if err != nil || results[0].Problem != nil || results[1].Problem == nil || results[1].Problem.Status != 413 {
		t.Errorf("got %+v, %v", results, err)
	}
}
