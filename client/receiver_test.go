package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/winnowd/winnow/client"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
)

const (
	oldSecret   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	newSecret   = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	otherSecret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	decided     = `{"type":"comment.decided","timestamp":"2026-03-01T10:00:00.120Z","data":{"id":"wn_1","comment_id":"c-1","site":"blog","revision":1,"sequence":1,"action":"hold"}}`
)

func deliver(t *testing.T, h http.Handler, method, secret, id string, at time.Time, body string) *httptest.ResponseRecorder {
	t.Helper()
	s, err := signature.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), method, "/winnow", strings.NewReader(body))
	signature.SetHeader(req.Header, []signature.Secret{s}, id, at, []byte(body))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestAReceiverTakesWhatIsSignedAndFresh(t *testing.T) {
	now := time.Unix(1_770_000_000, 0)
	var got []*models.Decision
	var failure error
	var log bytes.Buffer
	r, err := client.NewReceiver(client.ReceiverOptions{
		Secrets: []string{oldSecret, newSecret}, MaxBody: 1000, Now: func() time.Time { return now },
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Handle: func(_ context.Context, d *models.Decision) error {
			got = append(got, d)
			return failure
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	const post = http.MethodPost
	for _, test := range []struct {
		name                 string
		method, secret, body string
		age                  time.Duration
		failure              error
		status, handled      int
	}{
		{"the old secret", post, oldSecret, decided, 0, nil, 204, 1},
		{"the new secret", post, newSecret, decided, 0, nil, 204, 1},
		{"another secret", post, otherSecret, decided, 0, nil, 401, 0},
		{"5 minutes old", post, newSecret, decided, 300 * time.Second, nil, 204, 1},
		{"a replay", post, newSecret, decided, 301 * time.Second, nil, 401, 0},
		{"from the future", post, newSecret, decided, -301 * time.Second, nil, 401, 0},
		{"a failing blog", post, newSecret, decided, 0, errors.New("the database is away"), 500, 1},
		{"a test message", post, newSecret, `{"type":"ping","timestamp":"2026-03-01T10:00:00.120Z","data":{"site":"blog"}}`, 0, nil, 204, 0},
		{"a type to come", post, newSecret, `{"type":"site.changed","data":17}`, 0, nil, 204, 0},
		{"no JSON", post, newSecret, `decided`, 0, nil, 400, 0},
		{"no data", post, newSecret, `{"type":"comment.decided"}`, 0, nil, 400, 0},
		{"null data", post, newSecret, `{"type":"comment.decided","data":null}`, 0, nil, 400, 0},
		{"mistyped data", post, newSecret, `{"type":"comment.decided","data":{"comment_id":5}}`, 0, nil, 400, 0},
		{"no body", post, newSecret, "", 0, nil, 400, 0},
		{"a large body", post, newSecret, decided + strings.Repeat(" ", 1000), 0, nil, 413, 0},
		{"another method", http.MethodGet, newSecret, decided, 0, nil, 405, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, failure = nil, test.failure
			log.Reset()
			w := deliver(t, r, test.method, test.secret, "wn_1", now.Add(-test.age), test.body)
			if w.Code != test.status || len(got) != test.handled {
				t.Fatalf("answered %d with %d calls, want %d with %d", w.Code, len(got), test.status, test.handled)
			}
			if test.handled == 1 && (got[0].CommentID != "c-1" || got[0].Action != models.Hold || got[0].Sequence != 1) {
				t.Errorf("decision %+v", got[0])
			}
			if logged := log.Len() > 0; logged != (test.status != 204) {
				t.Errorf("log: %q", log.String())
			}
			if strings.Contains(w.Body.String(), "database") {
				t.Errorf("the answer tells of the blog's inside: %q", w.Body)
			}
			if w.Code == 405 && w.Header().Get("Allow") != "POST" {
				t.Errorf("Allow: %q", w.Header())
			}
		})
	}
	if w := httptest.NewRecorder(); true {
		r.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), post, "/", strings.NewReader(decided)))
		if w.Code != 401 {
			t.Errorf("unsigned: answered %d", w.Code)
		}
	}
}

func TestARepetitionIsHandledOnceIfItIsRemembered(t *testing.T) {
	for remember, want := range map[int]int{0: 7, 1: 5, 2: 3, 100: 3} {
		calls := 0
		var failure error
		r, err := client.NewReceiver(client.ReceiverOptions{
			Secrets: []string{newSecret}, Remember: remember,
			Handle: func(context.Context, *models.Decision) error {
				calls++
				return failure
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		failure = errors.New("not yet")
		deliver(t, r, http.MethodPost, newSecret, "wn_1", now, decided) // failed: to be repeated
		failure = nil
		for _, id := range []string{"wn_1", "wn_1", "wn_2", "wn_2", "wn_1", "wn_2"} {
			if w := deliver(t, r, http.MethodPost, newSecret, id, now, decided); w.Code != http.StatusNoContent {
				t.Errorf("answered %d", w.Code)
			}
		}
		if calls != want {
			t.Errorf("remembering %d: %d calls, want %d", remember, calls, want)
		}
	}
}

func TestReceiverOptionsWithoutSenseAreRefused(t *testing.T) {
	handle := func(context.Context, *models.Decision) error { return nil }
	for name, o := range map[string]client.ReceiverOptions{
		"no secret":  {Handle: handle},
		"bad secret": {Handle: handle, Secrets: []string{newSecret, "hush"}},
		"no handle":  {Secrets: []string{newSecret}},
	} {
		if _, err := client.NewReceiver(o); !errors.Is(err, models.ErrInvalid) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestABodyThatBreaksOffIsNotTaken sends half a message and leaves.
func TestABodyThatBreaksOffIsNotTaken(t *testing.T) {
	served := make(chan int, 1)
	r, err := client.NewReceiver(client.ReceiverOptions{
		Secrets: []string{newSecret},
		Handle:  func(context.Context, *models.Decision) error { return errors.New("must not be called") },
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		record := httptest.NewRecorder()
		r.ServeHTTP(record, req)
		served <- record.Code
	}))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: blog\r\nContent-Length: 100\r\n\r\n{\"type\":"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-served; code != http.StatusBadRequest {
		t.Errorf("answered %d", code)
	}
}

func TestDeliveriesOfARealDaemonArriveInOrder(t *testing.T) {
	w := running(t)
	decisions := make(chan *models.Decision, 100)
	failed := false
	r, err := client.NewReceiver(client.ReceiverOptions{
		Secrets: []string{w.creds.Secret}, Remember: 100,
		Handle: func(_ context.Context, d *models.Decision) error {
			if !failed {
				failed = true
				return errors.New("not ready: deliver it again")
			}
			decisions <- d
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(r)
	defer s.Close()
	setCallback(t, w, s.URL)
	c := connect(t, w.url, w.creds.Key)
	if _, err := c.Submit(t.Context(), comment("c-1", "Hello")); err != nil {
		t.Fatal(err)
	}
	first := <-decisions
	if first.CommentID != "c-1" || first.Sequence != 1 || first.Action != models.Approve || len(first.Reasons) == 0 {
		t.Errorf("first %+v", first)
	}
	if _, err := c.Label(t.Context(), "c-1", models.Spam); err != nil {
		t.Fatal(err)
	}
	if second := <-decisions; second.Sequence != 2 || second.Action != models.Reject {
		t.Errorf("second %+v", second)
	}
}
