// Package moderation carries out what people say of comments. A label is stored
// together with the decision that it implies (ham approves, spam rejects) in one
// commit; then the model learns it. Labels are the truth and the model a fold over
// them, see Learner.
package moderation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/winnowd/winnow/models"
)

// Store keeps comments and labels.
type Store interface {
	// Newest returns a comment's newest revision; models.ErrNotFound if there is none.
	Newest(ctx context.Context, siteID int64, commentID string) (*models.Revision, error)
	// Label stores a label and its decision; models.ErrConflict if the revision is not
	// the newest any more.
	Label(ctx context.Context, l models.Labelled) (models.LabelResult, error)
	Remover
}

// Classifier scores a case.
type Classifier interface {
	Score(*models.Case) models.Verdict
}

// Options are what a Service needs. Store, Classifier, Learner, Read, Lesson, Policy and
// Registerer are required; Desk only by what moderators do.
type Options struct {
	Store Store
	// History keeps what is imported.
	History History
	// Desk keeps what moderators do; Sites and Keyer belong to it.
	Desk  Desk
	Sites Sites
	Keyer Keyer
	// SpamAbove is the score from which a held comment is likely spam.
	SpamAbove float64
	// Window is how long a verdict can be undone before it joins the feed; 0 is not.
	Window     time.Duration
	Logger     *slog.Logger
	Classifier Classifier
	Learner    *Learner
	// Read takes the markup off a comment's content, and Lesson makes training text of
	// what is left, for a tokenizer of the version Tokenizer.
	Read      func(string, models.ContentType) models.Text
	Lesson    func(models.Text, *models.Comment) models.Lesson
	Tokenizer string
	// Keys gives the keys by which the author of a site's comment is recognised.
	Keys func(site string, c *models.Comment) models.Keys
	// Policy gives the version of the policy in force.
	Policy     func() string
	Registerer prometheus.Registerer
	Now        func() time.Time
}

// Service is safe for use by any number of goroutines.
type Service struct {
	o         Options
	labels    *prometheus.CounterVec
	overturns *prometheus.CounterVec
	waiting   window
	work      chan struct{} // wakes the one who carries out jobs
}

// New registers the metrics of labels and makes a service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		o: o, waiting: window{grown: make(chan struct{}, 1)}, work: make(chan struct{}, 1),
		labels: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "winnow_labels_total", Help: "Labels stored, by where they came from.",
		}, []string{"label", "origin"}),
		overturns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "winnow_overturned_total", Help: "Decisions of winnow that a person changed.",
		}, []string{"from", "to"}),
	}
	for _, label := range models.Labels {
		for _, origin := range models.Origins {
			s.labels.WithLabelValues(string(label), string(origin))
		}
	}
	for _, from := range models.Actions {
		for _, to := range models.Actions {
			if from != to {
				s.overturns.WithLabelValues(string(from), string(to))
			}
		}
	}
	o.Registerer.MustRegister(s.labels, s.overturns)
	return s
}

// attempts is how often a label is tried when the comment is edited meanwhile.
const attempts = 3

// Label labels the newest revision of a comment and returns the decision that then
// stands. When it returns, the model has learnt. The error wraps models.ErrNotFound
// if there is no such comment and models.ErrConflict if it is edited faster than it
// can be labelled.
func (s *Service) Label(ctx context.Context, l models.Labelling) (*models.Decision, error) {
	var err error
	for range attempts {
		var d *models.Decision
		if d, err = s.label(ctx, l); !errors.Is(err, models.ErrConflict) {
			return d, err
		}
	}
	return nil, err
}

func (s *Service) label(ctx context.Context, l models.Labelling) (*models.Decision, error) {
	rev, err := s.o.Store.Newest(ctx, l.Site.ID, l.CommentID)
	if err != nil {
		return nil, fmt.Errorf("label comment: %w", err)
	}
	c := &models.Case{Site: l.Site, Revision: rev, Text: s.o.Read(rev.Comment.Content, rev.Comment.ContentType)}
	d := s.decision(l, c)
	got, err := s.o.Store.Label(ctx, models.Labelled{
		Revision: rev, Decision: d, Label: l.Label, Origin: l.Origin,
		Tokenizer: s.o.Tokenizer, Lesson: s.o.Lesson(c.Text, &rev.Comment),
	})
	if err != nil {
		return nil, fmt.Errorf("label comment: %w", err)
	}
	if got.Learnt {
		s.labels.WithLabelValues(string(l.Label), string(l.Origin)).Inc()
	}
	if was := got.Before; was != nil && was.RevisionSeq == rev.Seq && was.Source != models.FromModerator && was.Action != d.Action {
		s.overturns.WithLabelValues(string(was.Action), string(d.Action)).Inc()
	}
	return got.Stands, s.o.Learner.CatchUp(ctx)
}

// decision is what a label implies.
func (s *Service) decision(l models.Labelling, c *models.Case) *models.Decision {
	action := models.Approve
	if l.Label == models.Spam {
		action = models.Reject
	}
	verdict := s.o.Classifier.Score(c)
	return &models.Decision{
		Action: action, Source: models.FromModerator, Actor: l.Actor,
		Score: verdict.Score, ModelVersion: verdict.ModelVersion, PolicyVersion: s.o.Policy(),
		Reasons: []models.Reason{{
			Rule: "moderator", Action: action, Code: "moderator." + string(l.Label),
			Params: map[string]any{"origin": string(l.Origin)}, Detail: "labelled " + string(l.Label),
		}},
		DecidedAt: s.o.Now().UTC().Truncate(time.Millisecond),
	}
}
