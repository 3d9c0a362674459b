package intake

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/models"
)

var benchBody = `{"id":"c-1042","type":"comment","content":"` + strings.Repeat("Some words of a comment, ", 16) + `",
 "content_type":"text/plain","submitted_at":"2026-03-01T10:00:00Z","edited_at":null,"parent_id":"c-1001","language":"en",
 "referrer":"https://blog.example/","post":{"id":"p-9","url":"https://blog.example/p/9","title":"A post","published_at":"2026-02-27T08:00:00Z"},
 "author":{"id":"u-3","name":"Ann","email":"ann@example.com","url":"","ip":"203.0.113.9","user_agent":"Mozilla/5.0 (X11; Linux x86_64)",
 "role":"","logged_in":false},"form":{"honeypot":"","elapsed_ms":8400},"meta":{"anything":"handed back"}}`

// nothing takes everything and keeps none of it.
type nothing struct{ decided bool }

func (n nothing) Accept(context.Context, *models.Revision) (models.Receipt, error) {
	return models.Receipt{Seq: 1, Revision: 1, Decided: n.decided}, nil
}

func (n nothing) AcceptAll(_ context.Context, revs []*models.Revision) ([]models.Outcome, error) {
	outcomes := make([]models.Outcome, len(revs))
	for i := range outcomes {
		outcomes[i].Receipt = models.Receipt{Seq: 1, Revision: 1, Decided: n.decided}
	}
	return outcomes, nil
}

func (nothing) Label(context.Context, models.Labelling) (*models.Decision, error) {
	return benchDecision, nil
}
func (nothing) Remove(context.Context, int64, string) error              { return nil }
func (nothing) Erase(context.Context, int64, string, models.Actor) error { return nil }

func (nothing) Comment(context.Context, int64, string) (*models.CommentStatus, error) {
	return &models.CommentStatus{Current: benchDecision}, nil
}

func (nothing) Feed(_ context.Context, _, _ int64, limit int) ([]*models.Decision, bool, error) {
	all := make([]*models.Decision, limit)
	for i := range all {
		all[i] = benchDecision
	}
	return all, true, nil
}

func (nothing) Position() models.Cursor                               { return models.Cursor{} }
func (nothing) Translate(models.Cursor) (c models.Cursor, ok bool)    { return c, false }
func (nothing) ByKey(string) (*models.Site, bool)                     { return benchSite, true }
func (nothing) ByName(string) *models.Site                            { return benchSite }
func (nothing) Secrets(int64) []string                                { return nil }
func (nothing) Admit(*models.Site) error                              { return nil }
func (nothing) Keys(string, *models.Comment) (k models.Keys)          { return k }
func (nothing) Watch(int64, string) (<-chan *models.Decision, func()) { return nil, func() {} }
func (nothing) Follow(int64) (<-chan struct{}, func())                { return nil, func() {} }

var (
	benchSite     = &models.Site{ID: 1, Name: "blog", Enabled: true}
	benchDecision = &models.Decision{ID: "wn_0123456789ABCDEFGHJKMNPQRS", CommentID: "c-1042", Site: "blog", Revision: 1, Sequence: 1,
		Action: models.Hold, Source: models.FromPolicy, Actor: models.System, Score: 0.83, Reasons: []models.Reason{{Rule: "link-limit",
			Action: models.Hold, Code: "link-limit.too-many", Params: map[string]any{"found": 5, "max": 2}, Detail: "5 links, at most 2 are allowed"}}}
)

type discard struct{ header http.Header }

func (d discard) Header() http.Header       { return d.header }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func benchHandler(b testing.TB, n nothing) *Handler {
	h, err := New(Options{Store: n, Feed: n, Moderation: n, Sites: n, Gate: n, Keyer: n, Events: n, Registerer: prometheus.NewRegistry(),
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	return h
}

func benchRequest(b *testing.B, method, target string, headers ...string) *http.Request {
	r, err := http.NewRequest(method, target, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer wk_blog")
	r.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return r
}

func BenchmarkSubmit(b *testing.B) {
	for name, headers := range map[string][]string{"plain": nil, "wait": {"Prefer: wait=5"}} {
		b.Run(name, func(b *testing.B) {
			h := benchHandler(b, nothing{decided: headers != nil})
			r := benchRequest(b, "POST", "/v1/comments", headers...)
			body := strings.NewReader(benchBody)
			r.Body, r.ContentLength = io.NopCloser(body), int64(len(benchBody))
			w := discard{make(http.Header)}
			b.ReportAllocs()
			b.SetBytes(int64(len(benchBody)))
			for b.Loop() {
				body.Reset(benchBody)
				clear(w.header)
				h.ServeHTTP(w, r)
			}
		})
	}
}

func BenchmarkBatch1000(b *testing.B) {
	h := benchHandler(b, nothing{})
	r := benchRequest(b, "POST", "/v1/comments/batch", "Content-Type: application/x-ndjson")
	text := strings.Repeat(strings.ReplaceAll(benchBody, "\n", "")+"\n", 1000)
	body := strings.NewReader(text)
	r.Body, r.ContentLength = io.NopCloser(body), int64(len(text))
	w := discard{make(http.Header)}
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		body.Reset(text)
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

func BenchmarkDecode(b *testing.B) {
	limits := Limits{}.withDefaults()
	b.ReportAllocs()
	b.SetBytes(int64(len(benchBody)))
	for b.Loop() {
		d := newDecoder(&limits)
		d.body.WriteString(benchBody)
		var c models.Comment
		if p := d.comment(&c); p != nil {
			b.Fatal(p)
		}
		d.release()
	}
}

func BenchmarkFeed1000(b *testing.B) {
	h := benchHandler(b, nothing{})
	r := benchRequest(b, "GET", "/v1/decisions?limit=1000")
	w := discard{make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}
