package publish_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/publish"
)

func TestFailingCommentKeepsBackItselfAlone(t *testing.T) {
	p := open(t, t.TempDir())
	var refuse atomic.Bool
	refuse.Store(true)
	b := newBlog(t, func(h hit, w http.ResponseWriter, _ *http.Request) {
		if h.comment == "bad" && refuse.Load() {
			w.WriteHeader(500)
		}
	})
	site := p.site("blog", b.URL)
	p.start(func(o *publish.Options) { o.Schedule = []time.Duration{time.Hour, time.Hour, time.Hour, time.Hour} })
	p.decide(site, "bad")
	b.next(t)
	p.decide(site, "good-1", "good-2")
	if h := b.next(t).comment + b.next(t).comment; !strings.Contains(h, "good-1") || !strings.Contains(h, "good-2") {
		t.Errorf("got %s", h)
	}
	// The newer decision makes the older one due at once, an hour before its time.
	p.decide(site, "bad")
	if h := b.next(t); h.comment != "bad" || h.revision != 1 {
		t.Errorf("got %+v", h)
	}
	p.until("the newer one is kept behind the older", func() bool { return len(p.rows(models.DeliveryWaiting)) == 2 })
	refuse.Store(false)
	p.decide(site, "bad")
	for want := 1; want <= 3; want++ {
		if h := b.next(t); h.comment != "bad" || h.revision != want {
			t.Errorf("got revision %d of %s, want %d", h.revision, h.comment, want)
		}
	}
	p.until("no row", func() bool { return len(p.rows("")) == 0 })
}

// TestApprovalWaitsForNoBackOffOfAHold: also if it comes while the hold is being called
// and fails once more.
func TestApprovalWaitsForNoBackOffOfAHold(t *testing.T) {
	p := open(t, t.TempDir())
	begun, fail := make(chan struct{}), make(chan struct{})
	var calls atomic.Int64
	b := newBlog(t, func(_ hit, w http.ResponseWriter, _ *http.Request) {
		switch calls.Add(1) {
		case 2:
			close(begun)
			<-fail
			fallthrough
		case 1:
			w.WriteHeader(500)
		}
	})
	site := p.site("blog", b.URL)
	p.start(func(o *publish.Options) { o.Schedule = []time.Duration{time.Millisecond, time.Hour, time.Hour} })
	hold := p.decide(site, "c-1")[0]
	b.next(t)
	<-begun // its second call, after whose failure it would wait for an hour
	approval := p.decide(site, "c-1")[0]
	p.decide(site, "c-2") // which comes after it in the feed
	if h := b.next(t); h.comment != "c-2" {
		t.Fatalf("got %+v", h)
	}
	close(fail)
	b.next(t)
	if got := []string{b.next(t).id, b.next(t).id}; !slices.Equal(got, []string{hold.ID, approval.ID}) {
		t.Errorf("got %v", got)
	}
}

// TestNewerDecisionWaitsUntilTheOlderIsNoted: were the daemon killed in between, the
// older one would come again after the newer one.
func TestNewerDecisionWaitsUntilTheOlderIsNoted(t *testing.T) {
	p := open(t, t.TempDir())
	held := make(chan struct{})
	b := newBlog(t, func(h hit, _ http.ResponseWriter, _ *http.Request) {
		if h.comment == "slow" {
			<-held // holds the cursor back
		}
	})
	site := p.site("blog", b.URL)
	p.start()
	slow := p.decide(site, "slow")[0]
	first := p.decide(site, "c-1")[0]
	if h := b.next(t); h.id != first.ID {
		t.Fatalf("got %s", h.comment)
	}
	p.decide(site, "c-1")
	if h := b.next(t); h.comment != "c-1" || h.revision != 2 { // and not when the slow call was given up
		t.Fatalf("got %+v", h)
	}
	if l := p.lane(site); l.Cursor < first.Seq {
		t.Errorf("the cursor is at %d: the first decision, %d, would come again", l.Cursor, first.Seq)
	}
	rows := p.rows(models.DeliveryWaiting)
	if len(rows) != 1 || rows[0].ID != slow.ID {
		t.Errorf("what holds it back is not kept: %+v", rows)
	}
	close(held)
	b.next(t)
	p.until("no row", func() bool { return len(p.rows("")) == 0 })
}

func TestTroubledReceiversGetEverythingInOrder(t *testing.T) {
	p := open(t, t.TempDir())
	var calls atomic.Int64
	var mu sync.Mutex
	taken := map[string][]int{}
	b := newBlog(t, func(h hit, w http.ResponseWriter, r *http.Request) {
		switch n := calls.Add(1); {
		case n%5 == 0:
			w.WriteHeader(503)
			return
		case n%7 == 0:
			http.Redirect(w, r, "/x", http.StatusTemporaryRedirect)
			return
		case n%11 == 0:
			panic(http.ErrAbortHandler) // resets the connection
		case n%13 == 0:
			select { // hangs for longer than a call may take
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
			}
			return
		case n%3 == 0:
			_, _ = w.Write(bytes.Repeat([]byte("x"), 100<<10)) // more than is read
		}
		mu.Lock()
		defer mu.Unlock()
		if list := taken[h.comment]; len(list) == 0 || list[len(list)-1] != h.revision {
			taken[h.comment] = append(list, h.revision)
		}
	})
	site := p.site("blog", b.URL)
	p.start(func(o *publish.Options) { o.Timeout = 200 * time.Millisecond })
	const comments, revisions = 20, 5
	for range revisions {
		for c := range comments {
			p.decide(site, fmt.Sprint("c-", c))
		}
	}
	complete := func() bool {
		mu.Lock()
		defer mu.Unlock()
		for c := range comments {
			if list := taken[fmt.Sprint("c-", c)]; len(list) == 0 || list[len(list)-1] != revisions {
				return false
			}
		}
		return true
	}
	p.until("everything is delivered", complete)
	mu.Lock()
	defer mu.Unlock()
	for comment, list := range taken {
		if fmt.Sprint(list) != "[1 2 3 4 5]" {
			t.Errorf("%s: %v", comment, list)
		}
	}
}
