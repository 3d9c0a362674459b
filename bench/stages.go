package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/events"
	"github.com/winnowd/winnow/facts"
	"github.com/winnowd/winnow/identity"
	"github.com/winnowd/winnow/intake"
	"github.com/winnowd/winnow/load"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
	"github.com/winnowd/winnow/store"
)

// perStage is how many comments go through each stage.
const perStage = 20_000

// measureStages sends comments through one stage after the other, so that the
// process's CPU time is that stage's.
func measureStages(r *report, _ settings) error {
	return inFolder(func(dir string) error {
		b, err := newBench(dir)
		if err != nil {
			return err
		}
		t := table{Title: "CPU time of each stage", Head: []string{"stage", "CPU µs a comment"}}
		total := 0.0
		for _, s := range b.stages() {
			before := cpuTime()
			if err := s.run(); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			used := float64((cpuTime() - before).Nanoseconds()) / 1000 / perStage
			t.Rows = append(t.Rows, []string{s.name, fmt.Sprintf("%.1f", used)})
			total += used
		}
		t.Rows = append(t.Rows, []string{"all of these", fmt.Sprintf("%.1f", total)})
		r.add(t)
		return b.store.Close()
	})
}

// stage is one stage of a comment's way.
type stage struct {
	name string
	run  func() error
}

func (b *bench) stages() []stage {
	return []stage{
		{"intake: authenticate, decode, check, key", b.intake},
		{"store: accept, 64 at a time", b.accept},
		{"facts: remember and gather", b.gather},
		{"markup: read text and links", b.read},
		{"policy: evaluate", b.evaluate},
		{"classifier: score", b.score},
		{"store: decide, 64 at a time", b.decide},
		{"events: publish", b.publish},
	}
}

// bench is a comment's way, taken apart.
type bench struct {
	handler http.Handler
	store   *store.Store
	site    *models.Site
	facts   *facts.Index
	policy  *policy.Set
	model   *classifier.Model
	hub     *events.Hub
	bodies  [][]byte

	revs      []*models.Revision
	cases     []*models.Case
	findings  [][]models.Finding
	verdicts  []models.Verdict
	decisions []*models.Decision
}

func newBench(dir string) (*bench, error) {
	ctx := context.Background()
	b := &bench{facts: facts.New(facts.Options{}), hub: new(events.Hub), site: &models.Site{ID: 1, Name: "blog", Enabled: true}}
	keyer, err := identity.LoadOrCreate(filepath.Join(dir, "winnow.key"))
	if err != nil {
		return nil, err
	}
	if b.policy, err = policy.Parse("policy.yaml", configs.DefaultPolicy()); err != nil {
		return nil, err
	}
	if b.model, err = classifier.New(classifier.Options{}); err != nil {
		return nil, err
	}
	if b.store, err = store.Open(ctx, store.Options{Dir: dir}); err != nil {
		return nil, err
	}
	if _, err := b.store.AddSite(ctx, *b.site); err != nil {
		return nil, err
	}
	if err := b.store.LoadedPolicy(ctx, b.policy.Version(), b.policy.Source()); err != nil {
		return nil, err
	}
	for n, c := range load.OwnComments()[:200] {
		if err := b.model.Fold(models.LogEntry{Seq: int64(n + 1), Label: models.Labels[n/180], Shared: true, Lesson: models.Lesson{Text: c.Content}}); err != nil {
			return nil, err
		}
	}
	comments := load.OwnComments()
	for n := range perStage {
		b.bodies = append(b.bodies, numbered(comments, fmt.Sprint("s", n), n))
	}
	b.handler, err = intake.New(intake.Options{
		Store: collector{b}, Feed: b.store, Moderation: nobody{}, Sites: b, Gate: b, Keyer: keyer, Events: b.hub,
		Registerer: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler),
	})
	return b, err
}

// collector takes what intake accepts and answers at once.
type collector struct{ b *bench }

func (c collector) Accept(_ context.Context, rev *models.Revision) (models.Receipt, error) {
	c.b.revs = append(c.b.revs, rev)
	return models.Receipt{Seq: int64(len(c.b.revs)), Revision: 1}, nil
}

func (c collector) AcceptAll(ctx context.Context, revs []*models.Revision) ([]models.Outcome, error) {
	outcomes := make([]models.Outcome, len(revs))
	for i, rev := range revs {
		outcomes[i].Receipt, outcomes[i].Err = c.Accept(ctx, rev)
	}
	return outcomes, nil
}

func (c collector) Comment(ctx context.Context, site int64, id string) (*models.CommentStatus, error) {
	return c.b.store.Comment(ctx, site, id)
}

// ByKey and Admit let everything in.
func (b *bench) ByKey(string) (*models.Site, bool) { return b.site, true }
func (b *bench) ByName(string) *models.Site        { return b.site }
func (b *bench) Secrets(int64) []string            { return nil }
func (b *bench) Admit(*models.Site) error          { return nil }

// nobody moderates.
type nobody struct{}

func (nobody) Label(context.Context, models.Labelling) (*models.Decision, error) {
	return nil, models.ErrNotFound
}
func (nobody) Remove(context.Context, int64, string) error              { return models.ErrNotFound }
func (nobody) Erase(context.Context, int64, string, models.Actor) error { return models.ErrNotFound }

func (b *bench) intake() error {
	for _, body := range b.bodies {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "/v1/comments", bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer wk_bench")
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		if w.Code != http.StatusAccepted {
			text, _ := io.ReadAll(w.Body)
			return fmt.Errorf("answered %d: %s", w.Code, text)
		}
	}
	return nil
}

func (b *bench) accept() error {
	var group sync.WaitGroup
	var next atomic.Int64
	errs := make(chan error, 64)
	for range 64 {
		group.Go(func() {
			for n := next.Add(1) - 1; n < perStage; n = next.Add(1) - 1 {
				if _, err := b.store.Accept(context.Background(), b.revs[n]); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	group.Wait()
	close(errs)
	return <-errs
}

func (b *bench) gather() error {
	for _, r := range b.revs {
		b.facts.Add(r)
		b.cases = append(b.cases, &models.Case{Site: b.site, Revision: r, Facts: b.facts.Gather(r)})
	}
	return nil
}

func (b *bench) read() error {
	for _, c := range b.cases {
		c.Text = markup.Read(c.Revision.Comment.Content, c.Revision.Comment.ContentType)
	}
	return nil
}

func (b *bench) evaluate() error {
	for _, c := range b.cases {
		b.findings = append(b.findings, b.policy.Evaluate(c))
	}
	return nil
}

func (b *bench) score() error {
	for _, c := range b.cases {
		b.verdicts = append(b.verdicts, b.model.Score(c))
	}
	return nil
}

func (b *bench) decide() error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	batch := make([]models.Judgement, 0, 64)
	for i, c := range b.cases {
		v := b.verdicts[i]
		d := &models.Decision{
			Action: v.Finding.Action, Source: models.FromClassifier, Actor: models.System, Score: v.Score,
			Reasons: []models.Reason{v.Finding.Reason}, PolicyVersion: b.policy.Version(), ModelVersion: v.ModelVersion,
			DecidedAt: now, Facts: c.Facts, Judged: true,
		}
		b.decisions = append(b.decisions, d)
		batch = append(batch, models.Judgement{Revision: c.Revision, Decision: d})
		if len(batch) == cap(batch) || i == len(b.cases)-1 {
			if err := b.store.Decide(context.Background(), batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return nil
}

func (b *bench) publish() error {
	b.hub.Publish(b.decisions)
	return nil
}
