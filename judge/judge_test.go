package judge

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/winnowd/winnow/models"
)

// line is a queue of fixed work that records how each piece ended.
type line struct {
	mu     sync.Mutex
	work   []models.Work
	ends   map[int64]string
	ended  chan string
	signal chan struct{}
}

func newLine(works ...models.Work) *line {
	l := &line{work: works, ends: map[int64]string{}, ended: make(chan string, 100), signal: make(chan struct{}, 1)}
	l.signal <- struct{}{}
	return l
}

func (l *line) Next(ctx context.Context, limit int) ([]models.Work, error) {
	for {
		l.mu.Lock()
		n := min(limit, len(l.work))
		works := l.work[:n]
		l.work = l.work[n:]
		l.mu.Unlock()
		if n > 0 {
			return works, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.signal:
		}
	}
}

func (l *line) end(w models.Work, how string) {
	l.mu.Lock()
	l.ends[w.Revision.Seq] += how
	l.mu.Unlock()
	l.ended <- how
}

func (l *line) Done(w models.Work)    { l.end(w, "done") }
func (l *line) Failed(w models.Work)  { l.end(w, "failed") }
func (l *line) Release(w models.Work) { l.end(w, "released") }

type keeper struct {
	mu     sync.Mutex
	err    error
	stored []models.Judgement
	known  map[int64]bool
	failed map[int64]int
	calls  int
}

var errUnfit = errors.New("the score is no number")

func (k *keeper) Decide(_ context.Context, js []models.Judgement) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.calls++; k.err != nil {
		return k.err
	}
	if k.known == nil {
		k.known = map[int64]bool{}
	}
	var err error
	for _, j := range js {
		switch seq := j.Revision.Seq; {
		case k.known[seq]: // no longer queued
		case strings.Contains(j.Revision.Comment.Content, "unfit") && j.Dead == nil:
			err = errUnfit
		default:
			k.known[seq], k.stored = true, append(k.stored, j)
		}
	}
	return err
}

func (k *keeper) Failed(_ context.Context, seq int64, attempts int, _ error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.failed == nil {
		k.failed = map[int64]int{}
	}
	k.failed[seq] = attempts
	return nil
}

type noFacts struct{}

func (noFacts) Gather(*models.Revision) models.Facts {
	return models.Facts{Duplicate: &models.Duplicates{}}
}

// rules holds what says "hold" and panics at what says "panic".
type rules struct{}

func (rules) Version() string { return "sha256:test" }
func (rules) Evaluate(c *models.Case) []models.Finding {
	switch {
	case strings.Contains(c.Text.Plain, "panic"):
		panic("rule broke")
	case strings.Contains(c.Text.Plain, "hold"):
		return []models.Finding{finding("word", models.Hold, false)}
	}
	return nil
}

func actBy(score float64, _ []models.Evidence, by models.Cutoffs) models.Finding {
	f := finding("classifier", models.Approve, false)
	if score >= by.HoldAbove {
		f.Action = models.Hold
	}
	f.Detail, f.Params = "by the score", map[string]any{"hold_above": by.HoldAbove}
	return f
}

type scorer struct{}

func (scorer) Score(*models.Case) models.Verdict {
	return models.Verdict{Score: 0.25, ModelVersion: "m1", Cutoffs: models.Cutoffs{HoldAbove: 0.7}, Finding: finding("classifier", models.Approve, false)}
}

func judgeAll(t *testing.T, k *keeper, works ...models.Work) *line {
	t.Helper()
	l := newLine(works...)
	j, err := New(Options{
		Queue: l, Store: k, Facts: noFacts{}, Policy: func() Rules { return rules{} }, Classifier: scorer{}, Finding: actBy, Workers: 3,
		Read:   func(s string, _ models.ContentType) models.Text { return models.Text{Plain: s} },
		Site:   func(int64) *models.Site { return nil },
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan error, 1)
	go func() { returned <- j.Run(ctx) }()
	for range works {
		<-l.ended
	}
	cancel()
	if err := <-returned; err != nil {
		t.Fatalf("Run: %v", err)
	}
	return l
}

func work(seq int64, content string, last bool) models.Work {
	return models.Work{Last: last, Revision: &models.Revision{Seq: seq, Site: "blog", Number: 1, Comment: models.Comment{ID: "c", Content: content}}}
}

func TestEveryPieceOfWorkEndsAsOneDecision(t *testing.T) {
	var works []models.Work
	for i := range int64(90) {
		works = append(works, work(i+1, []string{"fine", "hold this"}[i%2], false))
	}
	k := &keeper{}
	l := judgeAll(t, k, works...)
	if len(k.stored) != len(works) {
		t.Fatalf("%d decisions for %d revisions", len(k.stored), len(works))
	}
	for _, j := range k.stored {
		want := models.Approve
		if strings.Contains(j.Revision.Comment.Content, "hold") {
			want = models.Hold
		}
		d := j.Decision
		if d.Action != want || d.Score != 0.25 || d.ModelVersion != "m1" || d.PolicyVersion != "sha256:test" || !d.Judged || j.Dead != nil || d.Facts.Duplicate == nil {
			t.Errorf("revision %d: %+v", j.Revision.Seq, d)
		}
		if l.ends[j.Revision.Seq] != "done" {
			t.Errorf("revision %d ended %q", j.Revision.Seq, l.ends[j.Revision.Seq])
		}
	}
}

func TestAPanicIsAFailureOfThatCommentAlone(t *testing.T) {
	k := &keeper{}
	l := judgeAll(t, k, work(1, "fine", false), work(2, "panic", false), work(3, "fine", false))
	if len(k.stored) != 2 || l.ends[1] != "done" || l.ends[2] != "failed" || l.ends[3] != "done" {
		t.Errorf("ends %v, %d stored", l.ends, len(k.stored))
	}
	if k.failed[2] != 1 {
		t.Errorf("attempts noted: %v", k.failed)
	}
}

func TestTheLastFailureBecomesAHold(t *testing.T) {
	k := &keeper{}
	w := work(7, "panic", true)
	w.Revision.Attempts = 4
	judgeAll(t, k, w)
	if len(k.stored) != 1 || k.stored[0].Dead == nil || !strings.Contains(k.stored[0].Dead.Error(), "panic") {
		t.Fatalf("stored %+v", k.stored)
	}
	d := k.stored[0].Decision
	if d.Action != models.Hold || d.Reasons[0].Rule != InternalError || d.Judged || d.Reasons[0].Params["attempts"] != 5 {
		t.Errorf("%+v", d)
	}
}

func TestWorkThatCannotBeStoredIsReleased(t *testing.T) {
	k := &keeper{err: models.ErrUnavailable}
	l := judgeAll(t, k, work(1, "fine", false), work(2, "hold", false))
	if l.ends[1] != "released" || l.ends[2] != "released" || k.calls != 1 {
		t.Errorf("ends %v after %d calls of the store, want one", l.ends, k.calls)
	}
}

// late is a queue from which work comes when nobody wants it any more.
type late struct {
	*line
	cancel context.CancelFunc
}

func (l late) Next(ctx context.Context, limit int) ([]models.Work, error) {
	l.cancel()
	return l.line.Next(ctx, limit)
}

func TestWorkThatComesTooLateIsReleased(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := newLine(work(1, "fine", false))
	j := &Judge{Options{Queue: late{l, cancel}, Workers: 1}}
	if err := j.Run(ctx); err != nil || l.ends[1] != "released" {
		t.Errorf("Run returned %v, ends %v", err, l.ends)
	}
}

// curious rules keep what they were given.
type curious struct {
	rules
	seen *models.Case
}

func (c *curious) Evaluate(of *models.Case) []models.Finding {
	c.seen = of
	return nil
}

func TestTheFactsThatRulesReadAreKept(t *testing.T) {
	k, l, r := &keeper{}, newLine(work(1, "fine", false)), &curious{}
	site := &models.Site{ID: 3, Name: "blog", URL: "https://blog.example"}
	j, err := New(Options{
		Queue: l, Store: k, Facts: noFacts{}, Policy: func() Rules { return r }, Classifier: scorer{}, Finding: actBy, Workers: 1,
		Read:   func(s string, _ models.ContentType) models.Text { return models.Text{Plain: s} },
		Site:   func(int64) *models.Site { return site },
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	returned := make(chan error, 1)
	go func() { returned <- j.Run(ctx) }()
	<-l.ended
	cancel()
	if err := <-returned; err != nil {
		t.Fatal(err)
	}
	facts, kept := r.seen.Facts, k.stored[0].Decision.Facts
	if r.seen.Site != site || r.seen.Verdict.Score != 0.25 || facts.SiteURL != site.URL || facts.Duplicate == nil ||
		facts.Cutoffs == nil || *facts.Cutoffs != (models.Cutoffs{HoldAbove: 0.7}) {
		t.Errorf("rules were given %+v", r.seen)
	}
	if !reflect.DeepEqual(kept, facts) {
		t.Errorf("kept are %+v, rules read %+v", kept, facts)
	}
}

func TestADecisionThatCannotBeStoredIsAFailureOfThatCommentAlone(t *testing.T) {
	k := &keeper{}
	l := judgeAll(t, k, work(1, "fine", false), work(2, "unfit", false), work(3, "fine", false))
	if len(k.stored) != 2 || l.ends[1] != "done" || l.ends[2] != "failed" || l.ends[3] != "done" {
		t.Errorf("ends %v, %d stored", l.ends, len(k.stored))
	}
	if k.failed[2] != 1 {
		t.Errorf("attempts noted: %v", k.failed)
	}
}

func TestADecisionThatCannotBeStoredAtLastBecomesAHold(t *testing.T) {
	k := &keeper{}
	w := work(7, "unfit", true)
	w.Revision.Attempts = 4
	l := judgeAll(t, k, w, work(8, "fine", false))
	if l.ends[7] != "done" || l.ends[8] != "done" || len(k.stored) != 2 {
		t.Fatalf("ends %v, stored %+v", l.ends, k.stored)
	}
	for _, j := range k.stored {
		if gaveUp := j.Revision.Seq == 7; (j.Dead != nil) != gaveUp || (j.Decision.Reasons[0].Rule == InternalError) != gaveUp {
			t.Errorf("revision %d: %+v", j.Revision.Seq, j.Decision)
		}
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("no error without options")
	}
}

func TestRunReturnsTheQueuesError(t *testing.T) {
	broken := errors.New("no backlog")
	j := &Judge{Options{Queue: brokenQueue{broken}, Workers: 1}}
	if err := j.Run(context.Background()); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type brokenQueue struct{ err error }

func (q brokenQueue) Next(context.Context, int) ([]models.Work, error) { return nil, q.err }
func (brokenQueue) Done(models.Work)                                   {}
func (brokenQueue) Failed(models.Work)                                 {}
func (brokenQueue) Release(models.Work)                                {}

func TestMetricsKnowEverySeriesFromTheStart(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := NewMetrics(reg, func(site string) string { return site })
	m.InitSite("blog")
	if n := testutil.CollectAndCount(m.decisions); n != len(models.Actions)*len(models.Sources) {
		t.Errorf("%d series of decisions", n)
	}
	now := time.Now()
	m.Observe([]*models.Decision{{
		Site: "blog", Action: models.Hold, Source: models.FromPolicy, Actor: models.System, ReceivedAt: now, DecidedAt: now.Add(time.Millisecond),
		Reasons: []models.Reason{{Rule: "word", Action: models.Hold}}, Shadow: []models.Reason{{Rule: "tried", Action: models.Stricter}},
	}})
	if got := testutil.ToFloat64(m.decisions.WithLabelValues("blog", "hold", "policy")); got != 1 {
		t.Errorf("decisions %v", got)
	}
	if got := testutil.ToFloat64(m.hits.WithLabelValues("word", "hold")); got != 1 {
		t.Errorf("hits %v", got)
	}
	if got := testutil.ToFloat64(m.shadow.WithLabelValues("tried", "stricter")); got != 1 {
		t.Errorf("hits of what is only tried %v", got)
	}
}
