package moderation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/winnowd/winnow/models"
)

// Rulings stores verdicts and takes them back.
type Rulings interface {
	// Current returns a comment's decision in force, in the feed or not; nil if none.
	Current(ctx context.Context, siteID int64, commentID string) (*models.Decision, error)
	// Rule stores rulings as one act in one commit; each may be refused alone.
	Rule(ctx context.Context, act models.Act, rulings []models.Ruling, waits bool, step *models.JobStep) (seq int64, done []models.Ruled, err error)
	// Undo takes back what an act did to at most limit comments above the verdict after.
	Undo(ctx context.Context, act int64, by models.Actor, after int64, limit int, step *models.JobStep) (models.Undone, error)
}

// Waiting has verdicts join the feed when their undo window is over.
type Waiting interface {
	// Pending returns the decisions that wait, in order.
	Pending(ctx context.Context) ([]int64, error)
	// Release has decisions join the feed, those that still wait.
	Release(ctx context.Context, seqs []int64) error
}

// Acts finds what was done.
type Acts interface {
	// ActSeq and ActID translate between the names of acts and their seqs;
	// models.ErrNotFound.
	ActSeq(id string) (int64, error)
	ActID(seq int64) string
	Act(ctx context.Context, seq int64) (*models.Act, error)
	// NewestUndoable returns somebody's newest act that can be undone; models.ErrNotFound.
	NewestUndoable(ctx context.Context, by models.Actor) (*models.Act, error)
}

// Desk keeps what moderators do.
type Desk interface {
	Rulings
	Waiting
	Acts
	Jobs
	Index
	Lists
	Reports
}

// Kinds of acts.
const (
	kindVerdict = "verdict"
	kindBulk    = "bulk"
)

// Decide carries out a moderator's verdict. When it returns, the decision is in force
// and the model has learnt; the site is told after the undo window. The error wraps
// models.ErrNotFound if there is no such comment or the user may not see it,
// models.ErrInvalid if the verdict makes no sense, and is a *models.Stale if the comment
// stands otherwise than the verdict assumes, or is not judged yet.
func (s *Service) Decide(ctx context.Context, u *models.User, v models.ModeratorVerdict) (*models.Verdicted, error) {
	said := opinion{v.Action, v.Label, v.Objection, v.Note}
	if err := said.check(); err != nil {
		return nil, err
	}
	if v.Site == nil || !u.Sees(v.Site.ID) {
		return nil, fmt.Errorf("comment %q: %w", v.CommentID, models.ErrNotFound)
	}
	ctx = context.WithoutCancel(ctx) // it is learnt, or was never there
	rev, err := s.o.Store.Newest(ctx, v.Site.ID, v.CommentID)
	if err != nil {
		return nil, fmt.Errorf("decide comment: %w", err)
	}
	if v.Revision != 0 && v.Revision != rev.Number {
		return nil, s.stale(ctx, &v, fmt.Sprintf("the comment has revision %d by now", rev.Number), unjudged)
	}
	r := s.ruling(u.Actor(), v.Site, rev, said)
	r.IfSequence = v.IfSequence
	seq, done, err := s.o.Desk.Rule(ctx, models.Act{
		Kind: kindVerdict, Actor: u.Actor(), SiteID: v.Site.ID, CommentID: v.CommentID, Undoable: true, Detail: said.detail(),
	}, []models.Ruling{r}, s.o.Window > 0, nil)
	if err != nil {
		return nil, fmt.Errorf("decide comment: %w", err)
	}
	if err := done[0].Err; errors.Is(err, models.ErrConflict) {
		return nil, s.stale(ctx, &v, "somebody decided meanwhile, or the comment was edited", unjudged)
	} else if err != nil {
		return nil, fmt.Errorf("decide comment: %w", err)
	}
	s.ruled([]models.Ruling{r}, done)
	return &models.Verdicted{Decision: r.Decision, ActionID: s.o.Desk.ActID(seq)}, s.o.Learner.CatchUp(ctx)
}

// maxNote is the length of the longest note, in bytes.
const maxNote = 4 << 10

// opinion is what a verdict says, of one comment or of many.
type opinion struct {
	action    models.Action
	label     models.Label
	objection models.Objection
	note      string
}

func (o *opinion) check() error {
	switch {
	case o.action != models.Approve && o.action != models.Hold && o.action != models.Reject:
		return fmt.Errorf("action %q: must be approve, hold or reject: %w", o.action, models.ErrInvalid)
	case o.label != "" && o.label != models.Ham && o.label != models.Spam:
		return fmt.Errorf("label %q: must be ham, spam or none: %w", o.label, models.ErrInvalid)
	case o.objection != "" && !slices.Contains(models.Objections[:], o.objection):
		return fmt.Errorf("reason %q: must be off-topic or abuse: %w", o.objection, models.ErrInvalid)
	case o.objection != "" && (o.action != models.Reject || o.label != ""):
		return fmt.Errorf("reason %q: is given only for a rejection with the label none: %w", o.objection, models.ErrInvalid)
	case len(o.note) > maxNote:
		return fmt.Errorf("the note is over %d bytes: %w", maxNote, models.ErrInvalid)
	}
	return nil
}

// detail is what the audit log keeps of it.
func (o *opinion) detail() map[string]any {
	detail := map[string]any{"action": string(o.action), "label": labelWord(o.label)}
	if o.objection != "" {
		detail["reason"] = string(o.objection)
	}
	if o.note != "" {
		detail["note"] = o.note
	}
	return detail
}

// words is what a decision says of it.
func (o *opinion) words() string {
	words := map[models.Action]string{models.Approve: "approved", models.Hold: "kept for a decision", models.Reject: "rejected"}[o.action] + " by a moderator"
	switch o.objection {
	case models.OffTopic:
		words += " as off topic"
	case models.Abuse:
		words += " as abuse"
	}
	if o.label != "" {
		words += ", labelled " + string(o.label)
	}
	return words
}

// params is what a decision's reason tells programs of it.
func (o *opinion) params() map[string]any {
	params := map[string]any{"label": labelWord(o.label)}
	if o.objection != "" {
		params["reason"] = string(o.objection)
	}
	return params
}

func labelWord(l models.Label) string {
	if l == "" {
		return "none"
	}
	return string(l)
}

const unjudged = "the comment is not judged yet"

// stale says how a comment really stands; none is what to say of one without a decision.
func (s *Service) stale(ctx context.Context, v *models.ModeratorVerdict, detail, none string) error {
	current, err := s.o.Desk.Current(ctx, v.Site.ID, v.CommentID)
	if err != nil {
		return err
	}
	if current == nil {
		detail = none
	}
	return &models.Stale{Detail: detail, Current: current}
}

// ruling is what a verdict makes of a revision.
func (s *Service) ruling(by models.Actor, site *models.Site, rev *models.Revision, said opinion) models.Ruling {
	c := &models.Case{Site: site, Revision: rev, Text: s.o.Read(rev.Comment.Content, rev.Comment.ContentType)}
	score := s.o.Classifier.Score(c)
	return models.Ruling{Labelled: models.Labelled{
		Revision: rev, Label: said.label, Origin: models.OriginModerator, Tokenizer: s.o.Tokenizer, Lesson: s.o.Lesson(c.Text, &rev.Comment),
		Decision: &models.Decision{
			Action: said.action, Source: models.FromModerator, Actor: by, Note: said.note,
			Score: score.Score, ModelVersion: score.ModelVersion, PolicyVersion: s.o.Policy(),
			Reasons: []models.Reason{{
				Rule: "moderator", Action: said.action, Code: "moderator." + string(said.action),
				Params: said.params(), Detail: said.words(),
			}},
			DecidedAt: s.o.Now().UTC().Truncate(time.Millisecond),
		},
	}}
}

// ruled counts what was stored and has it join the feed in time.
func (s *Service) ruled(rulings []models.Ruling, done []models.Ruled) {
	var seqs []int64
	for i := range done {
		if done[i].Err != nil {
			continue
		}
		d := rulings[i].Decision
		seqs = append(seqs, d.Seq)
		if done[i].Learnt {
			s.labels.WithLabelValues(string(rulings[i].Label), string(models.OriginModerator)).Inc()
		}
		if was := done[i].Before; was.Source != models.FromModerator && was.Action != d.Action {
			s.overturns.WithLabelValues(string(was.Action), string(d.Action)).Inc()
		}
	}
	if s.o.Window > 0 {
		s.waiting.add(seqs, time.Now().Add(s.o.Window))
	}
}

// Undo takes an act of moderators back; with an empty id the user's newest that can be
// undone. A verdict is taken back at once; of an act on many comments the undoing is a
// job, whose ID is that of the result. The error wraps models.ErrNotFound if there is no
// such act or the user may not undo it, and models.ErrConflict if somebody has decided
// since, or it was undone.
func (s *Service) Undo(ctx context.Context, u *models.User, id string) (*models.Undone, error) {
	ctx = context.WithoutCancel(ctx)
	act, err := s.undoable(ctx, u, id)
	if err != nil {
		return nil, err
	}
	if act.SiteRemoved {
		return nil, fmt.Errorf("it cannot be undone any more: the site %s was removed: %w", act.Site, models.ErrConflict)
	}
	if act.CommentID == "" {
		return s.undoJob(ctx, u, act)
	}
	done, err := s.o.Desk.Undo(ctx, act.Seq, u.Actor(), 0, 1, nil)
	if errors.Is(err, models.ErrConflict) {
		stale := &models.ModeratorVerdict{Site: &models.Site{ID: act.SiteID}, CommentID: act.CommentID}
		return nil, s.stale(ctx, stale, "it cannot be undone any more: it was undone already, or somebody has decided since",
			"it cannot be undone any more: the comment was removed")
	}
	if err != nil {
		return nil, err
	}
	if done.Seq == 0 {
		return nil, fmt.Errorf("there is nothing to undo: %w", models.ErrConflict)
	}
	return &done, s.o.Learner.CatchUp(ctx)
}

// undoable finds the act that is to be undone.
func (s *Service) undoable(ctx context.Context, u *models.User, id string) (*models.Act, error) {
	if id == "" {
		act, err := s.o.Desk.NewestUndoable(ctx, u.Actor())
		if errors.Is(err, models.ErrNotFound) || err == nil && act.SiteID != 0 && !u.Sees(act.SiteID) {
			return nil, fmt.Errorf("there is nothing to undo: %w", models.ErrNotFound)
		}
		return act, err
	}
	seq, err := s.o.Desk.ActSeq(id)
	if err != nil {
		return nil, err
	}
	act, err := s.o.Desk.Act(ctx, seq)
	if err != nil {
		return nil, err
	}
	own := act.Actor == u.Actor() || u.Role == models.RoleAdmin
	if act.SiteID != 0 && !u.Sees(act.SiteID) || act.SiteID == 0 && !own {
		return nil, fmt.Errorf("action %q: %w", id, models.ErrNotFound)
	}
	return act, nil
}
