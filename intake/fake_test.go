package intake_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/winnowd/winnow/events"
	"github.com/winnowd/winnow/intake"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/openapi/openapitest"
	"github.com/winnowd/winnow/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	key      = "wk_blog"
	otherKey = "wk_other"
	offKey   = "wk_off"
	epoch    = 7
	oldEpoch = 3
)

// memory is a store, feed and gate in memory.
type memory struct {
	hub *events.Hub

	mu        sync.Mutex
	seq       int64
	revisions map[string][]*models.Revision // by site and comment
	decisions []*models.Decision
	erased    map[string]bool
	accepting error // what Accept fails with
	reading   error // what Comment and Feed fail with
	refusal   error // what Admit returns
	atOnce    bool  // decide while accepting, before it is answered
	labelled  []models.Labelling
	removed   []string // "remove ID" or "erase ID", by the site
	people    error    // what Label, Remove and Erase fail with
	accepted  chan *models.Revision
	polled    chan struct{} // receives when Feed found nothing
}

func newMemory() *memory {
	return &memory{
		hub: new(events.Hub), revisions: make(map[string][]*models.Revision), erased: make(map[string]bool),
		accepted: make(chan *models.Revision, 100), polled: make(chan struct{}, 100),
	}
}

func (m *memory) AcceptAll(ctx context.Context, revs []*models.Revision) ([]models.Outcome, error) {
	outcomes := make([]models.Outcome, len(revs))
	for i, rev := range revs {
		outcomes[i].Receipt, outcomes[i].Err = m.Accept(ctx, rev)
		if err := outcomes[i].Err; err != nil && !errors.Is(err, models.ErrConflict) {
			return nil, err
		}
	}
	return outcomes, nil
}

func (m *memory) Label(_ context.Context, l models.Labelling) (*models.Decision, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.people != nil {
		return nil, m.people
	}
	m.labelled = append(m.labelled, l)
	all := m.revisions[commentKey(l.Site.ID, l.CommentID)]
	if len(all) == 0 {
		return nil, fmt.Errorf("comment %q: %w", l.CommentID, models.ErrNotFound)
	}
	return m.decide(all[len(all)-1], map[models.Label]models.Action{models.Ham: models.Approve, models.Spam: models.Reject}[l.Label]), nil
}

func (m *memory) Remove(_ context.Context, siteID int64, id string) error {
	return m.delete(siteID, id, "remove")
}

func (m *memory) Erase(_ context.Context, siteID int64, id string, by models.Actor) error {
	return m.delete(siteID, id, "erase by "+by.Kind)
}

func (m *memory) delete(siteID int64, id, how string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.people == nil {
		m.removed = append(m.removed, fmt.Sprint(how, " ", commentKey(siteID, id)))
	}
	return m.people
}

func commentKey(site int64, id string) string { return fmt.Sprint(site, "/", id) }

func (m *memory) Accept(_ context.Context, rev *models.Revision) (models.Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := commentKey(rev.SiteID, rev.Comment.ID)
	if m.accepting != nil {
		return models.Receipt{}, m.accepting
	}
	if m.erased[k] {
		return models.Receipt{}, fmt.Errorf("erased: %w", models.ErrConflict)
	}
	if all := m.revisions[k]; len(all) > 0 {
		newest := all[len(all)-1]
		if models.Fingerprint(&newest.Comment) == models.Fingerprint(&rev.Comment) {
			return models.Receipt{Seq: newest.Seq, Revision: newest.Number, Decided: m.current(newest) != nil, Repeated: true}, nil
		}
	}
	m.seq++
	rev.Seq, rev.Number = m.seq, len(m.revisions[k])+1
	m.revisions[k] = append(m.revisions[k], rev)
	if m.atOnce {
		m.decide(rev, models.Approve)
	}
	m.accepted <- rev
	return models.Receipt{Seq: rev.Seq, Revision: rev.Number, Decided: m.atOnce}, nil
}

func (m *memory) current(rev *models.Revision) (found *models.Decision) {
	for _, d := range m.decisions {
		if d.SiteID == rev.SiteID && d.CommentID == rev.Comment.ID && d.Revision == rev.Number {
			found = d
		}
	}
	return found
}

// Decide makes a decision about a revision and tells of it.
func (m *memory) Decide(rev *models.Revision, action models.Action) *models.Decision {
	m.mu.Lock()
	d := m.decide(rev, action)
	m.mu.Unlock()
	m.hub.Publish([]*models.Decision{d})
	return d
}

func (m *memory) decide(rev *models.Revision, action models.Action) *models.Decision {
	m.seq++
	d := &models.Decision{
		Seq: m.seq, FeedSeq: m.seq, SiteID: rev.SiteID, ID: fmt.Sprintf("wn_%026d", m.seq), CommentID: rev.Comment.ID, Site: rev.Site,
		Revision: rev.Number, Sequence: 1, Action: action, Source: models.FromPolicy, Actor: models.System, Score: 0.25,
		Reasons:   []models.Reason{{Rule: "r", Action: action, Code: "r.c", Params: map[string]any{"b": 1, "a": 2}, Detail: "d"}},
		DecidedAt: time.Date(2026, 3, 1, 10, 0, 0, 120e6, time.UTC), Meta: rev.Comment.Meta,
	}
	m.decisions = append(m.decisions, d)
	return d
}

func (m *memory) Comment(_ context.Context, siteID int64, id string) (*models.CommentStatus, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reading != nil {
		return nil, m.reading
	}
	all := m.revisions[commentKey(siteID, id)]
	if len(all) == 0 {
		return nil, fmt.Errorf("comment %q: %w", id, models.ErrNotFound)
	}
	newest := all[len(all)-1]
	s := &models.CommentStatus{CommentID: id, Revision: newest.Number, State: models.Queued, ReceivedAt: newest.ReceivedAt}
	for _, d := range m.decisions {
		if d.SiteID == siteID && d.CommentID == id {
			s.History = append(s.History, d)
			s.Current = d
		}
	}
	if m.current(newest) != nil {
		s.State = models.Decided
	}
	return s, nil
}

func (m *memory) Feed(_ context.Context, siteID, after int64, limit int) (found []*models.Decision, more bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.decisions {
		if d.SiteID != siteID || d.Seq <= after {
			continue
		}
		if len(found) == limit {
			return found, true, m.reading
		}
		found = append(found, d)
	}
	if len(found) == 0 {
		m.polled <- struct{}{}
	}
	return found, false, m.reading
}

func (m *memory) Position() models.Cursor {
	m.mu.Lock()
	defer m.mu.Unlock()
	return models.Cursor{Epoch: epoch, Seq: m.seq}
}

func (m *memory) Translate(c models.Cursor) (models.Cursor, bool) {
	if c.Epoch != oldEpoch {
		return models.Cursor{}, false
	}
	return models.Cursor{Epoch: epoch, Seq: min(c.Seq, 5)}, true
}

func (m *memory) Admit(*models.Site) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refusal
}

func (m *memory) Keys(site string, c *models.Comment) models.Keys {
	return models.Keys{Person: []byte(site + c.Author.Email)}
}

type sites map[string]*models.Site

func (s sites) ByName(name string) *models.Site {
	for _, site := range s {
		if site.Name == name {
			return site
		}
	}
	return nil
}

func (s sites) Secrets(id int64) []string { return secrets[id] }

func (s sites) ByKey(key string) (*models.Site, bool) { site, ok := s[key]; return site, ok }

var allSites = sites{
	key:       {ID: 1, Name: "blog", Enabled: true},
	otherKey:  {ID: 2, Name: "other", Enabled: true},
	offKey:    {ID: 3, Name: "off"},
	"wu_user": {ID: 1, Name: "blog", Enabled: true}, // is not asked for: no site's key
}

// secrets of the sites; the blog's first is the present one.
var secrets = map[int64][]string{
	1: {"whsec_" + base64.StdEncoding.EncodeToString([]byte("the blog's own secret, present")),
		"whsec_" + base64.StdEncoding.EncodeToString([]byte("the blog's own secret, rotated")), "not a secret"},
	3: {"whsec_" + base64.StdEncoding.EncodeToString([]byte("a disabled site's own secret."))},
}

var now = time.Date(2026, 3, 1, 11, 0, 0, 5_999_999, time.FixedZone("", 3600))

func options(m *memory) intake.Options {
	return intake.Options{
		Store: m, Feed: m, Moderation: m, Sites: allSites, Gate: m, Keyer: m, Events: m.hub,
		Now: func() time.Time { return now }, Registerer: prometheus.NewRegistry(),
		Reasons: []string{"queue-age", "site-share"}, Logger: slog.New(slog.DiscardHandler),
	}
}

// door is a handler served over TCP.
type door struct {
	*memory
	t       *testing.T
	url     string
	client  *http.Client
	handler *intake.Handler
}

func serve(t *testing.T, change ...func(*intake.Options)) *door {
	t.Helper()
	m := newMemory()
	opts := options(m)
	for _, f := range change {
		f(&opts)
	}
	h, err := intake.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	middleware, err := server.NewMiddleware(prometheus.NewRegistry(), opts.Logger)
	if err != nil {
		t.Fatal(err)
	}
	router := server.NewRouter(server.Mount{Prefix: "/v1/", Handler: h})
	srv := server.New(server.Options{Addr: "127.0.0.1:0", Logger: opts.Logger})
	if err := srv.Listen(); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(middleware.Wrap(router)) }()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(srv.Shutdown(ctx), <-served); err != nil {
			t.Error(err)
		}
	})
	client := &http.Client{Transport: openapitest.Transport(t, transport), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &door{memory: m, t: t, url: "http://" + srv.Addr(), client: client, handler: h}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// do makes a request with "Name: value" headers; the blog's key unless they name one.
func (d *door) do(method, path, body string, headers ...string) answer {
	d.t.Helper()
	a, err := d.try(context.Background(), method, path, body, headers...)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

func (d *door) try(ctx context.Context, method, path, body string, headers ...string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, d.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+key)
	fresh := make(map[string]bool)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if !fresh[name] {
			r.Header.Del(name)
		}
		fresh[name] = true
		if value != "" {
			r.Header.Add(name, value)
		}
	}
	res, err := d.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(b)}, err
}

func (d *door) post(body string, headers ...string) answer {
	d.t.Helper()
	return d.do(http.MethodPost, "/v1/comments", body, headers...)
}

func (d *door) get(path string, headers ...string) answer {
	d.t.Helper()
	return d.do(http.MethodGet, path, "", headers...)
}

// submit posts a comment that must be accepted and gives its revision.
func (d *door) submit(body string) *models.Revision {
	d.t.Helper()
	if a := d.post(body); a.status != http.StatusAccepted {
		d.t.Fatalf("posting %s: got %d %s", body, a.status, a.body)
	}
	return <-d.accepted
}
