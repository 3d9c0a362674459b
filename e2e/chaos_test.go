package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/signature"
	"github.com/winnowd/winnow/store"
)

const (
	chaosKills   = 20 // how often winnow is killed
	chaosClients = 3  // of each site
)

// troubled is a site, its clients, and its receiver.
type troubled struct {
	killing
	name, key string
	receiver  *receiver
}

// chaos is the state of the test.
type chaos struct {
	t     *testing.T
	dir   string
	seed  uint64
	sites []*troubled
}

// TestEveryDecisionArrivesInOrder kills winnow and a receiver again and again, while
// that receiver fails in every way that there is, another one hangs for ever and a
// third one is well, and the blogs post comments, edit and label them.
func TestEveryDecisionArrivesInOrder(t *testing.T) {
	c := &chaos{t: t, dir: t.TempDir(), seed: rand.Uint64()}
	t.Logf("seed %d", c.seed)
	rnd := rand.New(rand.NewPCG(c.seed, 0))
	began := time.Now()
	note := func(what string) { t.Logf("%5.1f s: %s", time.Since(began).Seconds(), what) }
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	p := launchHasty(t, c.dir)
	p.wait(t)
	sick, dead, sound := c.add(ctx, "ill", ill), c.add(ctx, "hanging", hanging), c.add(ctx, "well", well)

	var clients, others sync.WaitGroup
	for i, s := range c.sites {
		for n := range chaosClients {
			clients.Go(func() { s.post(ctx, n, rand.New(rand.NewPCG(c.seed, uint64(10*i+n+1)))) })
		}
	}
	stop := make(chan struct{})
	others.Go(func() { c.operate(ctx, stop) })
	others.Go(func() { sick.dieNowAndThen(stop, rand.New(rand.NewPCG(c.seed, 98))) })

	for range chaosKills {
		c.open(ctx, p)
		time.Sleep(50*time.Millisecond + time.Duration(rnd.IntN(400))*time.Millisecond)
		p.kill()
		<-p.done
		p.check(t)
		p = launchHasty(t, c.dir)
		p.wait(t)
	}
	c.open(ctx, p)
	for _, s := range c.sites {
		close(s.stop)
	}
	clients.Wait()
	note("killed for the last time")

	// What was accepted is decided, and what was decided arrives.
	feeds := map[*troubled][]decision{}
	longest := 0
	for _, s := range c.sites {
		s.settled(ctx)
		feeds[s] = s.feed(ctx)
		for _, d := range feeds[s] {
			longest = max(longest, d.Sequence)
		}
	}
	if longest < 3 {
		t.Errorf("no comment has more than %d decisions: order was not tested", longest)
	}
	note("everything is decided")
	sound.receiver.complete(feeds[sound], "the site that is well")
	sick.receiver.complete(feeds[sick], "the site that is ill")
	note("the site that is ill has everything")
	if n, _ := dead.receiver.missing(feeds[dead]); n == 0 || n != len(feeds[dead]) || dead.receiver.calls.Load() == 0 {
		t.Errorf("the site that hangs was called %d times and took %d of %d", dead.receiver.calls.Load(), len(feeds[dead])-n, len(feeds[dead]))
	}
	dead.receiver.mood.Store(int32(well))
	dead.receiver.complete(feeds[dead], "the site that hung")
	note("the site that hung has everything")
	close(stop)
	others.Wait()
	p.end(t)
	p.check(t)
	for _, s := range c.sites {
		t.Logf("site %s: %d comments, %d decisions, %d calls", s.name, len(s.comments), len(feeds[s]), s.receiver.calls.Load())
	}
}

// add adds a site with its receiver by way of the daemon.
func (c *chaos) add(ctx context.Context, name string, m mood) *troubled {
	c.t.Helper()
	s := &troubled{name: name, receiver: newReceiver(c.t, c.seed, m), killing: killing{
		t: c.t, door: door{changed: make(chan struct{})}, stop: make(chan struct{}),
		comments: map[string]*sent{}, decisions: map[string]decision{},
	}}
	admin, err := control.Dial(ctx, c.dir)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	creds, err := admin.AddSite(ctx, models.Site{Name: name, Callback: s.receiver.url(), AllowPrivateCallback: true})
	if err != nil {
		c.t.Fatal(err)
	}
	s.key = creds.Key
	if s.receiver.secret, err = signature.ParseSecret(creds.Secret); err != nil {
		c.t.Fatal(err)
	}
	c.sites = append(c.sites, s)
	return s
}

// open lets the clients of all sites in, and waits until one of each was served.
func (c *chaos) open(ctx context.Context, p *process) {
	c.t.Helper()
	for _, s := range c.sites {
		s.live(ctx, p, s.key)
	}
}

// post submits comments until it is told to stop.
func (s *troubled) post(ctx context.Context, n int, rnd *rand.Rand) {
	at := s.door.after(ctx, nil)
	for i := 0; at != nil; i++ {
		select {
		case <-s.stop:
			return
		case <-time.After(time.Duration(rnd.IntN(40)) * time.Millisecond):
			at = s.one(ctx, at, fmt.Sprintf("%s-%d-%d", s.name, n, i), rnd)
		}
	}
}

// one submits a comment, edits it at times, and labels it at times, so that a hold is
// followed by an approval. It returns the incarnation that serves; nil when ctx ends.
func (s *troubled) one(ctx context.Context, at *incarnation, id string, rnd *rand.Rand) *incarnation {
	known := new(sent)
	s.mu.Lock()
	s.comments[id] = known
	s.mu.Unlock()
	revisions := 1 + max(0, rnd.IntN(5)-2)
	for r := 1; r <= revisions; r++ {
		s.mu.Lock()
		known.tried = r
		s.mu.Unlock()
		ok := false
		if ok, at = s.submit(ctx, at, id, r, rnd.IntN(4) > 0, true); !ok {
			return at
		}
		s.mu.Lock()
		known.accepted = r
		s.mu.Unlock()
		for _, label := range []string{"ham", "spam"}[:rnd.IntN(3)] {
			if at = s.label(ctx, at, id, label); at == nil {
				return nil
			}
		}
	}
	return at
}

func (s *troubled) label(ctx context.Context, at *incarnation, id, label string) *incarnation {
	res, err := at.site.do(ctx, http.MethodPost, "/v1/comments/"+id+"/label", map[string]any{"label": label}, nil)
	switch {
	case err != nil:
		return s.bereaved(ctx, at, err)
	case res.StatusCode != http.StatusOK && res.StatusCode != http.StatusServiceUnavailable:
		s.t.Errorf("label of %s was answered %s", id, res.Status)
	}
	return at
}

// dieNowAndThen kills the receiver and starts it again, until it is told to stop.
func (s *troubled) dieNowAndThen(stop <-chan struct{}, rnd *rand.Rand) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(500+rnd.IntN(1500)) * time.Millisecond):
		}
		s.receiver.die()
		time.Sleep(time.Duration(rnd.IntN(200)) * time.Millisecond)
		s.receiver.begin()
	}
}

// operate enables sites whose callback answered 410, as an operator does who looks at
// `winnow deliveries list`.
func (c *chaos) operate(ctx context.Context, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(50 * time.Millisecond):
			_ = c.enable(ctx) // tried again if winnow was killed meanwhile
		}
	}
}

func (c *chaos) enable(ctx context.Context) error {
	reader, err := store.OpenReader(ctx, c.dir)
	if err != nil {
		return err
	}
	stopped, err := reader.StoppedLanes(ctx, "")
	_ = reader.Close()
	if err != nil || len(stopped) == 0 {
		return err
	}
	admin, err := control.Dial(ctx, c.dir)
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close() }()
	for _, lane := range stopped {
		yes := true
		if err := admin.SetSite(ctx, lane.Site, models.SiteChange{Enabled: &yes}); err != nil {
			return err
		}
	}
	return nil
}
