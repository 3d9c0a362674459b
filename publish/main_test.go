package publish_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/events"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/publish"
	"github.com/winnowd/winnow/sites"
	"github.com/winnowd/winnow/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const policyVersion = "sha256:test"

// press is a publisher on a real database.
type press struct {
	t     testing.TB
	dir   string
	store *store.Store
	sites *sites.Directory
	hub   *events.Hub
	pub   *publish.Publisher
}

// observer passes on what was decided, as the daemon does.
type observer struct{ hub *events.Hub }

func (o observer) Decided(ds []*models.Decision) { o.hub.Publish(ds) }
func (observer) Accepted([]*models.Revision)     {}
func (observer) Settled(int64, int64)            {}
func (observer) Requeued(*models.Revision)       {}
func (observer) Ruled(*models.Decision)          {}
func (observer) Labelled()                       {}
func (observer) Removed(int64, string)           {}
func (observer) SitesChanged()                   {}

// open opens a database in a directory.
func open(t testing.TB, dir string) *press {
	t.Helper()
	p := &press{t: t, dir: dir, hub: new(events.Hub)}
	var err error
	p.store, err = store.Open(t.Context(), store.Options{Dir: dir, Observer: observer{p.hub}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.store.LoadedPolicy(t.Context(), policyVersion, []byte("rules: []")); err != nil {
		t.Fatal(err)
	}
	p.sites = sites.New(p.store, nil, nil)
	t.Cleanup(p.close)
	return p
}

func (p *press) close() {
	if p.store == nil {
		return
	}
	p.stop()
	if err := p.store.Close(); err != nil {
		p.t.Error(err)
	}
	p.store = nil
}

func (p *press) stop() {
	if p.pub == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := p.pub.Stop(ctx); err != nil {
		p.t.Error(err)
	}
	p.pub = nil
}

// quick is a schedule for tests: 13 waits like the real one.
func quick() []time.Duration {
	schedule := make([]time.Duration, 13)
	for i := range schedule {
		schedule[i] = time.Millisecond << min(i, 5)
	}
	return schedule
}

// start starts delivering.
func (p *press) start(changes ...func(*publish.Options)) {
	p.t.Helper()
	o := publish.Options{
		Feed: p.store, Store: p.store, Sites: p.sites, Events: p.hub, Schedule: quick(),
		Logger: slog.New(slog.DiscardHandler),
	}
	for _, change := range changes {
		change(&o)
	}
	var err error
	if p.pub, err = publish.New(o); err != nil {
		p.t.Fatal(err)
	}
	p.reload()
}

func (p *press) reload() {
	p.t.Helper()
	if err := p.sites.Reload(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	if p.pub != nil {
		p.pub.Reload()
	}
}

// site adds a site with a callback on this machine.
func (p *press) site(name, callback string) *models.Site {
	p.t.Helper()
	if _, err := p.store.AddSite(p.t.Context(), models.Site{Name: name, Callback: callback, AllowPrivateCallback: true}); err != nil {
		p.t.Fatal(err)
	}
	p.reload()
	return p.sites.ByName(name)
}

func (p *press) set(name string, change models.SiteChange) {
	p.t.Helper()
	if err := p.store.SetSite(p.t.Context(), name, change); err != nil {
		p.t.Fatal(err)
	}
	p.reload()
}

// decide has comments decided, each named once for every decision it gets.
func (p *press) decide(site *models.Site, comments ...string) []*models.Decision {
	p.t.Helper()
	var ds []*models.Decision
	var js []models.Judgement
	flush := func() {
		if err := p.store.Decide(p.t.Context(), js); err != nil {
			p.t.Fatal(err)
		}
		js = nil
	}
	seen := map[string]bool{}
	for _, id := range comments {
		if seen[id] {
			flush() // a comment's second revision supersedes the first unless that is decided
			clear(seen)
		}
		seen[id] = true
		rev := &models.Revision{
			SiteID: site.ID, Site: site.Name, Protocol: "native", ReceivedAt: time.Now(),
			Comment: models.Comment{ID: id, Content: fmt.Sprintf("%s %d", id, time.Now().UnixNano()), Meta: []byte(`{"mine":1}`)},
		}
		if _, err := p.store.Accept(p.t.Context(), rev); err != nil {
			p.t.Fatal(err)
		}
		d := &models.Decision{
			Action: models.Hold, Source: models.FromPolicy, Actor: models.System, Score: 0.2, Judged: true,
			PolicyVersion: policyVersion, ModelVersion: "m", DecidedAt: time.Now().UTC().Truncate(time.Millisecond),
			Reasons: []models.Reason{{Rule: "r", Action: models.Hold, Code: "r.c", Detail: "because"}},
		}
		js, ds = append(js, models.Judgement{Revision: rev, Decision: d}), append(ds, d)
	}
	flush()
	return ds
}

func (p *press) lane(site *models.Site) models.Lane {
	p.t.Helper()
	l, err := p.store.Lane(p.t.Context(), site.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	return l
}

func (p *press) rows(state models.DeliveryState) []models.DeliveryRow {
	p.t.Helper()
	list, err := p.store.ListDeliveries(p.t.Context(), "", state, 10_000)
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

// until waits for something that shows in the database alone, where nobody tells of it.
func (p *press) until(what string, holds func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("never happened: %s", what)
		}
	}
}

// hit is a call as a receiver saw it.
type hit struct {
	id      string
	header  http.Header
	body    []byte
	comment string
	revision,
	sequence int
}

// blog is a site's callback.
type blog struct {
	*httptest.Server
	hits chan hit

	mu     sync.Mutex
	answer func(h hit, w http.ResponseWriter, r *http.Request)
}

// newBlog serves a callback that answers by a function, 204 if it is nil.
func newBlog(t testing.TB, answer func(h hit, w http.ResponseWriter, r *http.Request)) *blog {
	b := &blog{hits: make(chan hit, 100_000), answer: answer}
	b.Server = httptest.NewServer(b)
	t.Cleanup(b.Close)
	return b
}

func (b *blog) behave(answer func(h hit, w http.ResponseWriter, r *http.Request)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = answer
}

// next waits for the next call that was answered.
func (b *blog) next(t testing.TB) hit {
	t.Helper()
	select {
	case h := <-b.hits:
		return h
	case <-time.After(30 * time.Second):
		t.Fatal("no call came")
		return hit{}
	}
}
