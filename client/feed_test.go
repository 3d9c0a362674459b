package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/winnowd/winnow/client"
	"github.com/winnowd/winnow/models"
)

// TestFollowSkipsNothing lets daemons come and go, and the one who follows, too, who
// may leave in the middle of a page and then has stored the cursor before it.
func TestFollowSkipsNothing(t *testing.T) {
	const rounds, perRound = 4, 60
	dir, f := t.TempDir(), newFront(t)
	w, err := start(dir, models.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	f.to(t, w.url)
	creds := w.creds
	// The daemon may be down for longer than some pauses add up to.
	many := func(o *client.Options) { o.Attempts = 12 }
	c := connect(t, f.URL, creds.Key, many)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()

	seen, cursor, pages := map[string]bool{}, "", 0
	// follow ends when all are seen, or in the middle of a page without having stored
	// its cursor, as a blog does that dies there.
	follow := func(until int) {
		for page, err := range c.Follow(ctx, cursor) {
			if err != nil {
				t.Errorf("after %d decisions: %v", len(seen), err)
				return
			}
			pages++
			for i, d := range page.Decisions {
				if i == 1 && pages%3 == 0 {
					f.CloseClientConnections()
					return
				}
				seen[d.CommentID] = true
			}
			if cursor = page.Cursor; len(seen) == until {
				return
			}
		}
	}
	for round := range rounds {
		submitted := make(chan error, 1)
		go func() {
			for i := range perRound {
				id := fmt.Sprintf("c-%d-%d", round, i)
				if _, err := c.Submit(ctx, comment(id, "A remark called "+id)); err != nil {
					submitted <- err
					return
				}
			}
			submitted <- nil
		}()
		if round > 0 { // the daemon of the round before goes while comments come
			if err := w.stop(); err != nil {
				t.Fatal(err)
			}
			if w, err = start(dir, creds); err != nil {
				t.Fatal(err)
			}
			f.to(t, w.url)
		}
		until := (round + 1) * perRound
		for len(seen) < until && ctx.Err() == nil && !t.Failed() {
			follow(until)
		}
		if err := <-submitted; err != nil {
			t.Fatal(err)
		}
	}
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	if len(seen) != rounds*perRound || t.Failed() {
		t.Errorf("%d comments were decided, want %d", len(seen), rounds*perRound)
	}
}

func TestFollowFromNowGivesACursorFirst(t *testing.T) {
	w := running(t)
	c := connect(t, w.url, w.creds.Key)
	ctx := t.Context()
	if _, err := c.SubmitAndWait(ctx, comment("c-1", "Before"), client.MaxWait); err != nil {
		t.Fatal(err)
	}
	first := true
	for page, err := range c.Follow(ctx, client.FromNow) {
		if err != nil {
			t.Fatal(err)
		}
		if first {
			if len(page.Decisions) != 0 || page.Cursor == "" {
				t.Fatalf("the first page is %+v", page)
			}
			first = false
			if _, err := c.Submit(ctx, comment("c-2", "After")); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if len(page.Decisions) != 1 || page.Decisions[0].CommentID != "c-2" {
			t.Errorf("got %+v", page)
		}
		break
	}
}

func TestFollowEndsWithItsContextOrARefusal(t *testing.T) {
	w := running(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := connect(t, w.url, w.creds.Key)
	n := 0
	for page, err := range c.Follow(ctx, client.FromNow) {
		if n++; n == 1 {
			if err != nil || page == nil {
				t.Fatal(err)
			}
			cancel() // while it waits for the next one
			continue
		}
		if !errors.Is(err, context.Canceled) || page != nil {
			t.Errorf("got %+v, %v", page, err)
		}
	}
	if n != 2 {
		t.Errorf("%d turns, want 2", n)
	}
	for what, follow := range map[string]func(func(*client.Page, error) bool){
		"wrong key":    connect(t, w.url, "wk_wrong").Follow(t.Context(), ""),
		"wrong cursor": c.Follow(t.Context(), "x"),
	} {
		turns := 0
		for page, err := range follow {
			turns++
			var p *client.Problem
			if page != nil || !errors.As(err, &p) || p.Status < 400 || p.Status > 499 {
				t.Errorf("%s: %+v, %v", what, page, err)
			}
		}
		if turns != 1 {
			t.Errorf("%s: %d turns", what, turns)
		}
	}
}

func TestFollowGoesOnAfterARestore(t *testing.T) {
	const moved = `{"type":"urn:winnow:problem:cursor-epoch","status":409,"cursor":"b.5"}`
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch after := r.URL.Query().Get("after"); after {
		case "a.9":
			answers(http.StatusConflict, "application/problem+json", moved)(w, r)
		case "b.5":
			answers(http.StatusOK, "application/json", `{"decisions":[{"id":"wn_1","comment_id":"c-1"}],"cursor":"b.6","more":false}`)(w, r)
		default:
			hangs(w, r)
		}
	}))
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var pages []*client.Page
	for page, err := range connect(t, s.URL, "wk_x").Follow(ctx, "a.9") {
		if err != nil {
			t.Fatal(err)
		}
		if pages = append(pages, page); len(pages) == 2 {
			break
		}
	}
	if p := pages[0]; !p.Restored || p.Cursor != "b.5" || len(p.Decisions) != 0 {
		t.Errorf("first %+v", p)
	}
	if p := pages[1]; p.Restored || p.Cursor != "b.6" || len(p.Decisions) != 1 {
		t.Errorf("then %+v", p)
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}

// TestFollowDoesNotHurryAServerThatDoesNotWait answers at once with nothing, as a daemon
// does that is stopping.
func TestFollowDoesNotHurryAServerThatDoesNotWait(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answers(http.StatusOK, "application/json", `{"decisions":[],"cursor":"a.1","more":false}`)(w, r)
	}))
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
	defer cancel()
	for page, err := range connect(t, s.URL, "wk_x").Follow(ctx, "a.1") {
		if page != nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %+v, %v", page, err)
		}
	}
	if n := asked.Load(); n > 2 {
		t.Errorf("asked %d times in one and a half seconds, want at most two", n)
	}
}
