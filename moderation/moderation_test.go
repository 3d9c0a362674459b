package moderation

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/winnowd/winnow/models"
)

// desk is a store of one comment.
type desk struct {
	current   *models.Decision
	labelled  []models.Labelled
	conflicts int // how many attempts meet a newer revision
	known     bool
	calls     []string // of removal
	err       error    // what they fail with
}

func (d *desk) Newest(_ context.Context, _ int64, id string) (*models.Revision, error) {
	if !d.known {
		return nil, fmt.Errorf("comment %q: %w", id, models.ErrNotFound)
	}
	return &models.Revision{Seq: 1, SiteID: 1, Comment: models.Comment{ID: id, Content: "buy now"}}, nil
}

func (d *desk) Label(_ context.Context, l models.Labelled) (models.LabelResult, error) {
	if d.conflicts > 0 {
		d.conflicts--
		return models.LabelResult{}, models.ErrConflict
	}
	before := d.current
	if n := len(d.labelled); n > 0 && d.labelled[n-1].Label == l.Label {
		return models.LabelResult{Before: before, Stands: before}, nil
	}
	d.labelled = append(d.labelled, l)
	d.current = l.Decision
	d.current.RevisionSeq = l.Revision.Seq
	return models.LabelResult{Before: before, Stands: d.current, Learnt: true}, nil
}

func (d *desk) Remove(_ context.Context, _ int64, id string) error {
	d.calls = append(d.calls, "remove "+id)
	return d.err
}

func (d *desk) Retract(_ context.Context, _ int64, id string, by models.Actor) (bool, error) {
	d.calls = append(d.calls, "retract "+id+" by "+by.Kind)
	return true, d.err
}

func (d *desk) Erase(_ context.Context, _ int64, id string, learnt int64) (bool, error) {
	d.calls = append(d.calls, fmt.Sprintf("erase %s learnt %d", id, learnt))
	if d.conflicts > 0 {
		d.conflicts--
		return false, models.ErrConflict
	}
	return true, d.err
}

func (d *desk) LabelLog(_ context.Context, after int64) iter.Seq2[models.LogEntry, error] {
	return func(yield func(models.LogEntry, error) bool) {
		for i := int(after); i < len(d.labelled); i++ {
			if !yield(models.LogEntry{Seq: int64(i + 1), Label: d.labelled[i].Label, Lesson: d.labelled[i].Lesson}, nil) {
				return
			}
		}
	}
}

// pupil is a model that remembers what it folded.
type pupil struct {
	folded []models.LogEntry
	err    error
}

func (p *pupil) Seq() int64 { return int64(len(p.folded)) }
func (p *pupil) Fold(e models.LogEntry) error {
	if p.err == nil {
		p.folded = append(p.folded, e)
	}
	return p.err
}

func (p *pupil) Rebuild(_ context.Context, log iter.Seq2[models.LogEntry, error]) error {
	p.folded = nil
	for e, err := range log {
		if err != nil {
			return err
		}
		p.folded = append(p.folded, e)
	}
	return nil
}
func (p *pupil) Score(*models.Case) models.Verdict {
	return models.Verdict{Score: 0.4, ModelVersion: "m"}
}

func service(d *desk, p *pupil) *Service {
	return New(Options{
		Store: d, Classifier: p, Learner: NewLearner(d, p), Registerer: prometheus.NewRegistry(), Tokenizer: "t1",
		Read:   func(s string, _ models.ContentType) models.Text { return models.Text{Plain: s} },
		Lesson: func(t models.Text, _ *models.Comment) models.Lesson { return models.Lesson{Text: t.Plain} },
		Policy: func() string { return "sha256:p" },
	})
}

func labelling(label models.Label) models.Labelling {
	return models.Labelling{Site: &models.Site{ID: 1}, CommentID: "c", Label: label, Origin: models.OriginSite, Actor: models.SiteAdmin}
}

func TestALabelDecidesAndTeaches(t *testing.T) {
	d := &desk{known: true, current: &models.Decision{Action: models.Hold, RevisionSeq: 1}}
	p := &pupil{}
	s := service(d, p)
	got, err := s.Label(t.Context(), labelling(models.Spam))
	if err != nil {
		t.Fatal(err)
	}
	if got.Action != models.Reject || got.Source != models.FromModerator || got.Score != 0.4 || got.Reasons[0].Code != "moderator.spam" {
		t.Errorf("decision %+v", got)
	}
	if len(p.folded) != 1 || p.folded[0].Lesson.Text != "buy now" || p.folded[0].Label != models.Spam {
		t.Errorf("folded %+v before the call returned", p.folded)
	}
	if v := testutil.ToFloat64(s.overturns.WithLabelValues("hold", "reject")); v != 1 {
		t.Errorf("overturned hold to reject: %v", v)
	}

	again, err := s.Label(t.Context(), labelling(models.Spam))
	if err != nil || again != got || len(p.folded) != 1 {
		t.Errorf("the same label again: %v, %v; %d lessons", again, err, len(p.folded))
	}
	if v := testutil.ToFloat64(s.labels.WithLabelValues("spam", "site")); v != 1 {
		t.Errorf("labels counted: %v", v)
	}

	ham, err := s.Label(t.Context(), labelling(models.Ham))
	if err != nil || ham.Action != models.Approve {
		t.Errorf("relabelled: %+v, %v", ham, err)
	}
	if n := testutil.ToFloat64(s.overturns.WithLabelValues("reject", "approve")); n != 0 {
		t.Errorf("people overturned what people said %v times, and not the filter", n)
	}
}

func TestALabelOverturnsNoDecisionOfAnotherText(t *testing.T) {
	d := &desk{known: true, current: &models.Decision{Action: models.Approve, RevisionSeq: 7}}
	s := service(d, &pupil{})
	if _, err := s.Label(t.Context(), labelling(models.Spam)); err != nil {
		t.Fatal(err)
	}
	if n := testutil.ToFloat64(s.overturns.WithLabelValues("approve", "reject")); n != 0 {
		t.Errorf("overturned %v times", n)
	}
}

func TestALabelIsTriedAgainWhenTheCommentWasEdited(t *testing.T) {
	d := &desk{known: true, conflicts: 2}
	if _, err := service(d, &pupil{}).Label(t.Context(), labelling(models.Ham)); err != nil {
		t.Errorf("after two edits: %v", err)
	}
	d = &desk{known: true, conflicts: 100}
	if _, err := service(d, &pupil{}).Label(t.Context(), labelling(models.Ham)); !errors.Is(err, models.ErrConflict) {
		t.Errorf("edited without end: %v", err)
	}
}

func TestLabellingWhatIsNotThere(t *testing.T) {
	if _, err := service(&desk{}, &pupil{}).Label(t.Context(), labelling(models.Ham)); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestRebuildFoldsTheWholeLog(t *testing.T) {
	d := &desk{known: true, labelled: []models.Labelled{{Label: models.Ham}, {Label: models.Spam}}}
	p := &pupil{}
	l := NewLearner(d, p)
	if err := l.Rebuild(t.Context()); err != nil || len(p.folded) != 2 {
		t.Errorf("%d folded, %v", len(p.folded), err)
	}
	if err := l.CatchUp(t.Context()); err != nil || len(p.folded) != 2 {
		t.Errorf("catching up with nothing: %d folded, %v", len(p.folded), err)
	}
	d.labelled = append(d.labelled, models.Labelled{Label: models.Ham})
	p.err = errors.New("full")
	if err := l.CatchUp(t.Context()); !errors.Is(err, p.err) {
		t.Errorf("got %v", err)
	}
}
