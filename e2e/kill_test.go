package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/winnowd/winnow/openapi/openapitest"
)

const (
	kills       = 24 // how often winnow is killed
	killClients = 16
)

// incarnation is one life of the daemon.
type incarnation struct {
	*process
	site     *site
	accepted chan struct{} // closed by the first 2xx
	once     sync.Once
}

// door is where clients find the incarnation that serves.
type door struct {
	mu      sync.Mutex
	serving *incarnation
	changed chan struct{}
}

func (d *door) open(i *incarnation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.serving = i
	close(d.changed)
	d.changed = make(chan struct{})
}

// after waits for an incarnation that is not the given one; nil when ctx ends.
func (d *door) after(ctx context.Context, old *incarnation) *incarnation {
	for {
		d.mu.Lock()
		now, changed := d.serving, d.changed
		d.mu.Unlock()
		if now != nil && now != old {
			return now
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// sent is what a client knows of a comment.
type sent struct {
	tried    int // the newest revision that was ever sent
	accepted int // the newest that got a 2xx
}

// killing is the state of the test.
type killing struct {
	t    *testing.T
	door door
	stop chan struct{} // closed when no new comments are to be begun

	mu        sync.Mutex
	comments  map[string]*sent
	decisions map[string]decision // that were answers, by id
}

// text is the content of a comment's revision.
func text(id string, revision int) string {
	return fmt.Sprintf("revision %d of %s: %s", revision, id, strings.Repeat("words that fill a page ", revision*7))
}

// client submits comments until it is told to stop: new ones, the same again, and
// edits. Some it gives up when the connection breaks, so that nobody knows their fate.
func (k *killing) client(ctx context.Context, n int, rnd *rand.Rand) {
	at := k.door.after(ctx, nil)
	for i := 0; at != nil; i++ {
		select {
		case <-k.stop:
			return
		default:
		}
		id := fmt.Sprintf("k%d-%d", n, i)
		s := new(sent)
		k.mu.Lock()
		k.comments[id] = s
		k.mu.Unlock()
		revisions := 1 + max(0, rnd.IntN(6)-3)
		patient := rnd.IntN(3) > 0
		for r := 1; r <= revisions && at != nil; r++ {
			k.mu.Lock()
			s.tried = r
			k.mu.Unlock()
			ok := false
			if ok, at = k.submit(ctx, at, id, r, rnd.IntN(4) == 0, patient); !ok {
				break
			}
			k.mu.Lock()
			s.accepted = r
			k.mu.Unlock()
			if rnd.IntN(4) == 0 && at != nil {
				_, at = k.submit(ctx, at, id, r, false, true)
			}
		}
	}
}

// submit sends a revision until it is accepted, or, impatient, until the connection
// breaks. Whatever came of earlier tries, it must get the number that it has here.
func (k *killing) submit(ctx context.Context, at *incarnation, id string, revision int, wait, patient bool) (bool, *incarnation) {
	body := map[string]any{"id": id, "content": text(id, revision), "author": map[string]any{"name": "Ann", "email": "ann@example.com"}}
	var headers []string
	if wait {
		headers = []string{"Prefer", "wait=5"}
	}
	for {
		var answer decision
		res, err := at.site.do(ctx, http.MethodPost, "/v1/comments", body, &answer, headers...)
		switch {
		case err != nil:
			if at = k.bereaved(ctx, at, err); at == nil || !patient {
				return false, at
			}
		case res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "":
			select {
			case <-time.After(10 * time.Millisecond):
			case <-ctx.Done():
				return false, nil
			}
		case res.StatusCode == http.StatusAccepted || res.StatusCode == http.StatusOK && wait:
			at.once.Do(func() { close(at.accepted) })
			if answer.Revision != revision {
				k.t.Errorf("comment %s: revision %d was taken for revision %d", id, revision, answer.Revision)
			}
			if res.StatusCode == http.StatusOK {
				k.mu.Lock()
				k.decisions[answer.ID] = answer
				k.mu.Unlock()
			}
			return true, at
		default:
			k.t.Errorf("comment %s was answered %s", id, res.Status)
			return false, at
		}
	}
}

// bereaved finds the next incarnation after a broken connection, which only the
// death of the one before explains.
func (k *killing) bereaved(ctx context.Context, at *incarnation, cause error) *incarnation {
	select {
	case <-at.done:
		return k.door.after(ctx, at)
	case <-time.After(patience):
		k.t.Errorf("winnow lives, but: %v", cause)
	case <-ctx.Done():
	}
	return nil
}

// follow reads the feed through all incarnations, by cursor, and sends on what it reads.
func (k *killing) follow(ctx context.Context, read chan<- decision) {
	at, cursor := k.door.after(ctx, nil), ""
	for at != nil {
		var page struct {
			Decisions []decision `json:"decisions"`
			Cursor    string     `json:"cursor"`
		}
		path := "/v1/decisions?limit=200&wait=2"
		if cursor != "" {
			path += "&after=" + cursor
		}
		res, err := at.site.do(ctx, http.MethodGet, path, nil, &page)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			at = k.bereaved(ctx, at, err)
			continue
		case res.StatusCode != http.StatusOK:
			k.t.Errorf("the feed answered %s", res.Status)
			return
		}
		for _, d := range page.Decisions {
			select {
			case read <- d:
			case <-ctx.Done():
				return
			}
		}
		cursor = page.Cursor
	}
}

// TestNothingAcceptedIsLostWhenKilled kills winnow again and again while clients post,
// and then holds what it says and what it stored against what the clients were told.
func TestNothingAcceptedIsLostWhenKilled(t *testing.T) {
	bin, dir, seed := binary(t), t.TempDir(), rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	k := &killing{
		t: t, door: door{changed: make(chan struct{})}, stop: make(chan struct{}),
		comments: map[string]*sent{}, decisions: map[string]decision{},
	}
	var clients, follower sync.WaitGroup
	for n := range killClients {
		clients.Go(func() { k.client(ctx, n, rand.New(rand.NewPCG(seed, uint64(n+1)))) })
	}
	read := make(chan decision, 1<<20)
	reading, stopReading := context.WithCancel(ctx)
	follower.Go(func() { k.follow(reading, read) })
	defer follower.Wait()
	defer stopReading()

	key := ""
	for n := range kills {
		p := launch(t, bin, dir)
		if n > 0 && rnd.IntN(5) == 0 { // some do not live to see a client
			time.Sleep(time.Duration(rnd.IntN(150)) * time.Millisecond)
		} else {
			key = k.live(ctx, p, key)
			time.Sleep(20*time.Millisecond + time.Duration(rnd.IntN(380))*time.Millisecond)
		}
		p.kill()
		<-p.done
		p.check(t)
	}
	last := launch(t, bin, dir)
	k.live(ctx, last, key)
	close(k.stop)
	clients.Wait()
	k.settled(ctx)
	feed := k.feed(ctx)
	k.checkFollower(ctx, feed, read)
	stopReading()
	follower.Wait()
	last.end(t)
	last.check(t)

	k.checkFeed(feed)
	k.checkStored(checkDatabase(t, dir))
}

// live lets clients in and waits until one was served. It returns the API key.
func (k *killing) live(ctx context.Context, p *process, key string) string {
	k.t.Helper()
	base := p.wait(k.t)
	if key == "" {
		key = p.key(k.t)
	}
	i := &incarnation{process: p, accepted: make(chan struct{}), site: &site{base: base, key: key, http: &http.Client{
		Transport: openapitest.Transport(k.t, &http.Transport{MaxIdleConnsPerHost: 2 * killClients}),
	}}}
	k.t.Cleanup(i.site.http.CloseIdleConnections)
	k.door.open(i)
	select {
	case <-i.accepted:
	case <-p.done:
		k.t.Fatalf("winnow ended by itself: %v\n%s", p.err, p.logged())
	case <-ctx.Done():
		k.t.Fatalf("no comment is accepted\n%s", p.logged())
	}
	return key
}

// settled waits until every comment is decided or known not to be there, as it must
// be if none of its revisions was accepted.
func (k *killing) settled(ctx context.Context) {
	s, ids := k.door.after(ctx, nil).site, make(chan string)
	var readers sync.WaitGroup
	for range killClients {
		readers.Go(func() {
			for id := range ids {
				k.settle(ctx, s, id)
			}
		})
	}
	for id := range k.comments {
		ids <- id
	}
	close(ids)
	readers.Wait()
}

func (k *killing) settle(ctx context.Context, s *site, id string) {
	known := k.comments[id]
	for {
		var c struct {
			Revision int        `json:"revision"`
			Decision *decision  `json:"decision"`
			Status   any        `json:"status"` // a number in a problem
			History  []decision `json:"history"`
		}
		res, err := s.do(ctx, http.MethodGet, "/v1/comments/"+id, nil, &c)
		switch {
		case err != nil:
			k.t.Errorf("comment %s: %v", id, err)
			return
		case res.StatusCode == http.StatusNotFound:
			if known.accepted > 0 {
				k.t.Errorf("comment %s was accepted and is lost", id)
			}
			return
		case res.StatusCode != http.StatusOK || c.Revision < known.accepted || c.Revision > known.tried:
			k.t.Errorf("comment %s, revision %d accepted, %d sent: %s, %+v", id, known.accepted, known.tried, res.Status, c)
			return
		case c.Status == "decided":
			if c.Decision == nil || c.Decision.Revision != c.Revision || len(c.History) == 0 || len(c.History) != c.Decision.Sequence {
				k.t.Errorf("comment %s: %+v", id, c)
			}
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			k.t.Errorf("comment %s stays %v", id, c.Status)
			return
		}
	}
}

// feed reads all decisions from the oldest.
func (k *killing) feed(ctx context.Context) []decision {
	k.t.Helper()
	s, cursor := k.door.after(ctx, nil).site, ""
	var all []decision
	for {
		var page struct {
			Decisions []decision `json:"decisions"`
			Cursor    string     `json:"cursor"`
			More      bool       `json:"more"`
		}
		if res := s.call(k.t, http.MethodGet, "/v1/decisions?limit=1000&after="+cursor, nil, &page); res.StatusCode != http.StatusOK {
			k.t.Fatalf("the feed answered %s", res.Status)
		}
		all, cursor = append(all, page.Decisions...), page.Cursor
		if !page.More {
			return all
		}
	}
}

// checkFollower holds what was read through all deaths against the feed as it is.
func (k *killing) checkFollower(ctx context.Context, feed []decision, read <-chan decision) {
	for n, want := range feed {
		select {
		case d := <-read:
			if d.ID != want.ID {
				k.t.Errorf("number %d of the feed is %s, its follower read %s of %s", n, want.ID, d.ID, d.CommentID)
				return
			}
		case <-ctx.Done():
			k.t.Errorf("the feed's follower read %d of %d decisions", n, len(feed))
			return
		}
	}
}

// checkFeed holds the feed against what clients were told.
func (k *killing) checkFeed(feed []decision) {
	ids, decided, revisions := map[string]bool{}, map[string][]decision{}, 0
	for _, d := range feed {
		if ids[d.ID] {
			k.t.Errorf("decision %s is twice in the feed", d.ID)
		}
		ids[d.ID] = true
		decided[d.CommentID] = append(decided[d.CommentID], d)
	}
	for id, d := range k.decisions {
		at := slices.IndexFunc(decided[d.CommentID], func(o decision) bool { return o.ID == id })
		if at < 0 || decided[d.CommentID][at].Action != d.Action {
			k.t.Errorf("decision %s of %s was answered and is not in the feed", id, d.CommentID)
		}
	}
	for id, ds := range decided {
		known, newest := k.comments[id], 0
		for n, d := range ds {
			if d.Sequence != n+1 || d.Revision <= newest {
				k.t.Errorf("comment %s: its decision number %d is %+v", id, n+1, d)
			}
			newest = d.Revision
		}
		if known == nil || newest < known.accepted || newest > known.tried {
			k.t.Errorf("comment %s: revision %d decided, known is %+v", id, newest, known)
		}
	}
	unknown := 0
	for id, known := range k.comments {
		revisions += known.accepted
		if known.accepted < known.tried {
			unknown++
		}
		if known.accepted > 0 && len(decided[id]) == 0 {
			k.t.Errorf("comment %s was accepted and never decided", id)
		}
	}
	k.t.Logf("%d comments, %d revisions accepted, %d of unknown fate, %d decisions, %d of them answered at once",
		len(k.comments), revisions, unknown, len(feed), len(k.decisions))
}

// checkStored holds the database against what was sent.
func (k *killing) checkStored(stored map[string][]row) {
	for id, rows := range stored {
		known := k.comments[id]
		if known == nil || len(rows) > known.tried {
			k.t.Errorf("comment %s: %d revisions stored, known is %+v", id, len(rows), known)
			continue
		}
		for n, r := range rows {
			if r.Content != text(id, n+1) {
				k.t.Errorf("comment %s, revision %d: content %q", id, n+1, r.Content)
			}
		}
	}
	for id, known := range k.comments {
		if len(stored[id]) < known.accepted {
			k.t.Errorf("comment %s: %d revisions stored, %d accepted", id, len(stored[id]), known.accepted)
		}
	}
}

// TestKilledAtItsVeryFirstStart kills winnow while it makes its database, and expects
// the next start to go on from there.
func TestKilledAtItsVeryFirstStart(t *testing.T) {
	bin, seed := binary(t), rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 5 {
		dir := t.TempDir()
		p := launch(t, bin, dir)
		time.Sleep(time.Duration(rnd.IntN(120)) * time.Millisecond)
		p.kill()
		<-p.done
		p.check(t)
		p = launch(t, bin, dir)
		p.wait(t)
		p.end(t)
		p.check(t)
		if stored := checkDatabase(t, dir); len(stored) > 0 {
			t.Errorf("%d comments from nowhere", len(stored))
		}
	}
}
