package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/winnowd/winnow/signature"
)

// mood is how a receiver treats those who call.
type mood int32

const (
	well    mood = iota // takes everything
	ill                 // does whatever goes wrong in the world, at random
	hanging             // never answers
)

// receiver is a blog's callback that can be killed and started again at the same
// address. It notes what it took, which is what it answered with 2xx or meant to.
type receiver struct {
	t       *testing.T
	address string
	mood    atomic.Int32
	calls   atomic.Int64

	mu      sync.Mutex
	rnd     *rand.Rand
	secret  signature.Secret
	taken   map[string]bool // ids of decisions
	highest map[string]int  // sequence by comment
	news    chan struct{}   // closed when something was taken
	server  *http.Server
	serving chan struct{} // closed once it has ended
}

func newReceiver(t *testing.T, seed uint64, m mood) *receiver {
	r := &receiver{
		t: t, address: "127.0.0.1:0", rnd: rand.New(rand.NewPCG(seed, 99)),
		taken: map[string]bool{}, highest: map[string]int{}, news: make(chan struct{}),
	}
	r.mood.Store(int32(m))
	r.begin()
	t.Cleanup(r.die)
	return r
}

// begin begins to listen, where it did before.
func (r *receiver) begin() {
	r.t.Helper()
	var listener net.Listener
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		var err error
		if listener, err = net.Listen("tcp", r.address); err == nil {
			break
		}
		if time.Now().After(deadline) {
			r.t.Errorf("receiver: %v", err)
			return
		}
	}
	r.address = listener.Addr().String()
	server, done := &http.Server{Handler: r, ReadHeaderTimeout: patience}, make(chan struct{})
	r.server, r.serving = server, done
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			r.t.Errorf("receiver: %v", err)
		}
	}()
}

// die breaks every connection off.
func (r *receiver) die() {
	_ = r.server.Close() // nobody is left to tell
	<-r.serving
}

func (r *receiver) url() string { return "http://" + r.address + "/hook" }

// chance draws a number below 1000.
func (r *receiver) chance() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rnd.IntN(1000)
}

// ServeHTTP takes a decision, or fails to in one of many ways.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.calls.Add(1)
	if req.URL.Path != "/hook" {
		r.t.Errorf("a redirect was followed to %s", req.URL)
	}
	chance := 1000
	switch mood(r.mood.Load()) {
	case hanging:
		chance = 0
	case ill:
		chance = r.chance()
	}
	if chance >= 30 && chance < 60 {
		reset(w) // before it was read
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // winnow was killed
	}
	switch {
	case chance < 30:
		<-req.Context().Done()
	case chance < 90:
		reset(w)
	case chance < 170:
		w.WriteHeader(http.StatusInternalServerError)
	case chance < 200:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
	case chance < 240:
		http.Redirect(w, req, "/elsewhere", http.StatusTemporaryRedirect)
	case chance < 246:
		w.WriteHeader(http.StatusGone)
	case chance < 270:
		r.take(req, body) // and winnow does not hear of it
		reset(w)
	default:
		if chance < 320 { // slow, and well
			time.Sleep(time.Duration(chance) * time.Millisecond)
		}
		r.take(req, body)
		w.WriteHeader(http.StatusNoContent)
	}
}

// reset breaks a connection off without a word.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // it is gone already
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// take verifies a delivery and notes it, in the order in which deliveries come.
func (r *receiver) take(req *http.Request, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id, err := signature.Verify([]signature.Secret{r.secret}, req.Header, body, time.Now())
	var m struct {
		Type string
		Data decision
	}
	if err != nil || json.Unmarshal(body, &m) != nil || m.Type != "comment.decided" || m.Data.ID != id {
		r.t.Errorf("not a signed decision: %v: %s", err, body)
		return
	}
	if req.Context().Err() != nil {
		return // winnow has given it up, and may have called again since
	}
	if before := r.highest[m.Data.CommentID]; m.Data.Sequence < before {
		r.t.Errorf("comment %s: sequence %d after %d", m.Data.CommentID, m.Data.Sequence, before)
	}
	r.highest[m.Data.CommentID] = m.Data.Sequence
	r.taken[id] = true
	close(r.news)
	r.news = make(chan struct{})
}

// forget forgets what was taken, as after a restore, when it may come again.
func (r *receiver) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.taken)
	clear(r.highest)
}

// missing counts what of a feed was not taken; changed is closed when that changes.
func (r *receiver) missing(feed []decision) (n int, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range feed {
		if !r.taken[d.ID] {
			n++
		}
	}
	return n, r.news
}

// complete waits until everything of a feed was taken.
func (r *receiver) complete(feed []decision, what string) {
	r.t.Helper()
	deadline := time.After(patience)
	for {
		n, changed := r.missing(feed)
		if n == 0 {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			r.t.Fatalf("%s: %d of %d decisions were not delivered", what, n, len(feed))
		}
	}
}
