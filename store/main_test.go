package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/winnowd/winnow/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// policyVersion is the version of the policy that every fixture has loaded.
const policyVersion = "sha256:test"

// fixture is a store in a directory of its own, with two sites and what its observer
// saw.
type fixture struct {
	*Store
	t       testing.TB
	opts    Options
	seen    *recorder
	metrics *prometheus.Registry
	site    *models.Site
	other   *models.Site
}

// open makes a fixture; change alters the options.
func open(t testing.TB, change ...func(*Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, opts: Options{Dir: t.TempDir()}}
	for _, c := range change {
		c(&f.opts)
	}
	f.start()
	for _, name := range []string{"blog", "other"} {
		if _, err := f.AddSite(t.Context(), models.Site{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	sites, err := f.Sites(t.Context())
	if err != nil || len(sites) != 2 {
		t.Fatalf("sites are %v, %v", sites, err)
	}
	f.site, f.other = sites[0], sites[1]
	if err := f.LoadedPolicy(t.Context(), policyVersion, []byte("rules: []")); err != nil {
		t.Fatal(err)
	}
	return f
}

// start opens the store in the fixture's directory.
func (f *fixture) start() {
	f.t.Helper()
	f.seen, f.metrics = newRecorder(), prometheus.NewRegistry()
	f.opts.Observer, f.opts.Registerer = f.seen, f.metrics
	f.opts.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := Open(f.t.Context(), f.opts)
	if err != nil {
		f.t.Fatal(err)
	}
	f.Store = s
	f.t.Cleanup(func() { _ = s.Close() })
}

// reopen closes the store and opens it again.
func (f *fixture) reopen() {
	f.t.Helper()
	if err := f.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.start()
}

// crash leaves the store as it is and opens a copy of its files, as the next process
// finds them after a crash.
func (f *fixture) crash() {
	f.t.Helper()
	old := f.Store
	f.opts.Dir = copyDatabase(f.t, f.opts.Dir)
	f.start()
	if err := old.Close(); err != nil {
		f.t.Fatal(err)
	}
}

func copyDatabase(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(filepath.Join(from, FileName+suffix))
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, FileName+suffix), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// revision is a comment as a door hands it over.
func (f *fixture) revision(id, content string) *models.Revision {
	return &models.Revision{
		SiteID: f.site.ID, Site: f.site.Name, Protocol: "native", ReceivedAt: time.Now().UTC(),
		Comment: models.Comment{ID: id, Type: "comment", Content: content, ContentType: models.PlainText},
	}
}

func (f *fixture) at(site *models.Site, id, content string) *models.Revision {
	r := f.revision(id, content)
	r.SiteID, r.Site = site.ID, site.Name
	return r
}

// accept accepts what must be accepted.
func (f *fixture) accept(r *models.Revision) models.Receipt {
	f.t.Helper()
	receipt, err := f.Accept(f.t.Context(), r)
	if err != nil {
		f.t.Fatal(err)
	}
	return receipt
}

// comment accepts a comment and returns its revision.
func (f *fixture) comment(id, content string) *models.Revision {
	f.t.Helper()
	r := f.revision(id, content)
	f.accept(r)
	return r
}

// decision is an automatic one.
func decision(action models.Action) *models.Decision {
	return &models.Decision{
		Action: action, Source: models.FromPolicy, Actor: models.System, Score: 0.25, Judged: true,
		PolicyVersion: policyVersion, ModelVersion: "m1", DecidedAt: time.Now().UTC().Truncate(time.Millisecond),
		Reasons: []models.Reason{{Rule: "link-limit", Action: action, Code: "link-limit.too-many",
			Params: map[string]any{"found": 5.0, "max": 2.0}, Detail: "5 links, at most 2 are allowed",
			Evidence: []models.Evidence{{Token: "host:a.example", Weight: 3.125}}}},
		Facts: models.Facts{Duplicate: &models.Duplicates{Matches: []models.Match{{CommentID: "c-0", AgeMS: 12}}}},
	}
}

func judgement(r *models.Revision, action models.Action) models.Judgement {
	return models.Judgement{Revision: r, Decision: decision(action)}
}

// deadly is the hold of a revision whose judgement failed for good.
func deadly(r *models.Revision) models.Judgement {
	d := decision(models.Hold)
	d.Judged = false
	return models.Judgement{Revision: r, Decision: d, Dead: errors.New("rule broke for good")}
}

func (f *fixture) decide(js ...models.Judgement) {
	f.t.Helper()
	if err := f.Decide(f.t.Context(), js); err != nil {
		f.t.Fatal(err)
	}
}

func labelled(r *models.Revision, label models.Label) models.Labelled {
	d := decision(models.Approve)
	if label == models.Spam {
		d.Action = models.Reject
	}
	d.Source, d.Actor, d.Judged, d.PolicyVersion = models.FromModerator, models.SiteAdmin, false, ""
	return models.Labelled{
		Revision: r, Decision: d, Label: label, Origin: models.OriginSite, Tokenizer: "t1",
		Lesson: models.Lesson{Text: r.Comment.Content},
	}
}

// label labels a comment and tells whether that decided it.
func (f *fixture) label(r *models.Revision, label models.Label) bool {
	f.t.Helper()
	l := labelled(r, label)
	got, err := f.Label(f.t.Context(), l)
	if err != nil {
		f.t.Fatal(err)
	}
	return got.Stands == l.Decision
}

func (f *fixture) status(r *models.Revision) *models.CommentStatus {
	f.t.Helper()
	st, err := f.Comment(f.t.Context(), r.SiteID, r.Comment.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	return st
}

// number asks the database for one.
func (f *fixture) number(query string, args ...any) (n int64) {
	f.t.Helper()
	if err := f.readers.QueryRow(query, args...).Scan(&n); err != nil {
		f.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// sound checks what must hold of the tables at any time.
func (f *fixture) sound() {
	f.t.Helper()
	for what, query := range map[string]string{
		"comments with more than one current decision": `SELECT count(*) FROM (SELECT 1 FROM decisions d JOIN revisions r ON r.seq = d.revision_seq
			WHERE d.current = 1 GROUP BY r.site_id, r.comment_id HAVING count(*) > 1)`,
		"comments that were decided and have no current decision": `SELECT count(*) FROM (SELECT 1 FROM decisions d JOIN revisions r ON r.seq = d.revision_seq
			GROUP BY r.site_id, r.comment_id HAVING sum(d.current) = 0 AND max(r.removed) = 0)`,
		"current decisions that are not their comment's last": `SELECT count(*) FROM decisions d JOIN revisions r ON r.seq = d.revision_seq
			WHERE d.current = 1 AND d.sequence < (SELECT max(d2.sequence) FROM decisions d2 JOIN revisions r2 ON r2.seq = d2.revision_seq
				WHERE r2.site_id = r.site_id AND r2.comment_id = r.comment_id)`,
		"comments whose decisions are not numbered from 1": `SELECT count(*) FROM (SELECT 1 FROM decisions d JOIN revisions r ON r.seq = d.revision_seq
			GROUP BY r.site_id, r.comment_id HAVING min(d.sequence) <> 1 OR max(d.sequence) <> count(*) OR count(DISTINCT d.sequence) <> count(*))`,
		"queued revisions that are not their comment's newest": `SELECT count(*) FROM queued JOIN revisions r ON r.seq = revision_seq WHERE EXISTS
			(SELECT 1 FROM revisions n WHERE n.site_id = r.site_id AND n.comment_id = r.comment_id AND n.revision > r.revision)`,
		"superseded revisions without a newer one": `SELECT count(*) FROM revisions r WHERE state = 'superseded' AND removed = 0 AND NOT EXISTS
			(SELECT 1 FROM revisions n WHERE n.site_id = r.site_id AND n.comment_id = r.comment_id AND n.revision > r.revision)`,
		"decided revisions without a decision": `SELECT count(*) FROM revisions r WHERE state = 'decided' AND NOT EXISTS
			(SELECT 1 FROM decisions d WHERE d.revision_seq = r.seq) AND NOT EXISTS (SELECT 1 FROM queued WHERE revision_seq = r.seq)`,
		"waiting revisions that are not there or have left": `SELECT count(*) FROM queued LEFT JOIN revisions r ON r.seq = revision_seq
			WHERE r.seq IS NULL OR r.state <> 'decided' OR r.dead OR r.removed`,
		"active labels that a retraction names": `SELECT count(*) FROM labels JOIN retractions ON label_seq = labels.seq WHERE retracted_by IS NOT retractions.seq`,
		"numbers that were given out twice": `SELECT count(*) FROM (SELECT seq FROM (SELECT seq FROM revisions UNION ALL SELECT seq FROM decisions
			UNION ALL SELECT seq FROM labels UNION ALL SELECT seq FROM retractions UNION ALL SELECT seq FROM policy_loads) GROUP BY seq HAVING count(*) > 1)`,
	} {
		if n := f.number(query); n != 0 {
			f.t.Errorf("%d %s", n, what)
		}
	}
	for what, c := range map[string]struct {
		gauge float64
		query string
	}{
		"held": {f.gauge("winnow_held"), "SELECT count(*) FROM decisions WHERE current = 1 AND action = 'hold'"},
		"dead": {f.gauge("winnow_queue_dead"), "SELECT count(*) FROM revisions WHERE dead = 1"},
	} {
		if n := f.number(c.query); c.gauge != float64(n) {
			f.t.Errorf("the gauge of what is %s says %v, the table %d", what, c.gauge, n)
		}
	}
	if last := f.number("SELECT last FROM sequence"); last != f.Position().Seq {
		f.t.Errorf("the sequence is at %d, the store at %d", last, f.Position().Seq)
	}
}

func (f *fixture) gauge(name string) float64 {
	f.t.Helper()
	for _, family := range f.gather() {
		if family.name == name {
			return family.value
		}
	}
	f.t.Fatalf("no metric %s", name)
	return 0
}

type metric struct {
	name       string
	value, sum float64
	count      uint64
}

func (f *fixture) gather() (list []metric) {
	f.t.Helper()
	families, err := f.metrics.Gather()
	if err != nil {
		f.t.Fatal(err)
	}
	for _, family := range families {
		m := family.GetMetric()[0]
		list = append(list, metric{family.GetName(), m.GetGauge().GetValue(), m.GetHistogram().GetSampleSum(), m.GetHistogram().GetSampleCount()})
	}
	return list
}

// histogram returns how often a histogram was observed, and the sum.
func (f *fixture) histogram(name string) (count uint64, sum float64) {
	f.t.Helper()
	for _, m := range f.gather() {
		if m.name == name {
			return m.count, m.sum
		}
	}
	f.t.Fatalf("no metric %s", name)
	return 0, 0
}

// recorder notes what an observer is told, and that it is told once.
type recorder struct {
	ignore
	mu     sync.Mutex
	events []string
	queued map[int64]bool // what a queue would hold
	faults []string
	newest int64
	notify chan struct{}
}

func newRecorder() *recorder {
	return &recorder{queued: map[int64]bool{}, notify: make(chan struct{}, 1)}
}

func (r *recorder) note(format string, args ...any) {
	r.events = append(r.events, fmt.Sprintf(format, args...))
	select {
	case r.notify <- struct{}{}:
	default:
	}
}

func (r *recorder) Accepted(revs []*models.Revision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rev := range revs {
		r.note("accepted %s/%d", rev.Comment.ID, rev.Number)
		r.rise(rev.Seq)
		if r.queued[rev.Seq] {
			r.faults = append(r.faults, fmt.Sprintf("%d was accepted twice", rev.Seq))
		}
		r.queued[rev.Seq] = true
	}
}

func (r *recorder) Settled(_, seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.note("settled %d", seq)
	r.leave(seq)
}

func (r *recorder) leave(seq int64) {
	if !r.queued[seq] {
		r.faults = append(r.faults, fmt.Sprintf("%d was settled and was not queued", seq))
	}
	delete(r.queued, seq)
}

func (r *recorder) Requeued(rev *models.Revision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.note("requeued %s/%d", rev.Comment.ID, rev.Number)
	if r.queued[rev.Seq] {
		r.faults = append(r.faults, fmt.Sprintf("%d was put back and was queued", rev.Seq))
	}
	if rev.Attempts != 0 || !rev.PutBack {
		r.faults = append(r.faults, fmt.Sprintf("%d was put back after %d attempts, put back: %v", rev.Seq, rev.Attempts, rev.PutBack))
	}
	r.queued[rev.Seq] = true
}

func (r *recorder) Decided(ds []*models.Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range ds {
		r.note("decided %s/%d/%d %s", d.CommentID, d.Revision, d.Sequence, d.Action)
		r.rise(d.FeedSeq)
	}
}

func (r *recorder) Ruled(d *models.Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.note("ruled %s/%d/%d %s", d.CommentID, d.Revision, d.Sequence, d.Action)
}

func (r *recorder) Labelled()     { r.mu.Lock(); defer r.mu.Unlock(); r.note("labelled") }
func (r *recorder) SitesChanged() { r.mu.Lock(); defer r.mu.Unlock(); r.note("sites") }

// rise checks that events come in order of seq.
func (r *recorder) rise(seq int64) {
	if seq <= r.newest {
		r.faults = append(r.faults, fmt.Sprintf("%d was told after %d", seq, r.newest))
	}
	r.newest = seq
}

// take returns the events since the last call.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.events
	r.events = nil
	return events
}

// check fails if something was told twice, too early or out of order.
func (r *recorder) check(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.faults) > 0 {
		t.Errorf("the observer was misinformed: %s", strings.Join(r.faults, "; "))
	}
}

// eventually waits for something that another goroutine brings about.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("it never came about that %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
