package backtest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/winnowd/winnow/models"
)

// Rules are the policy to try.
type Rules interface {
	// Unknown returns what the rules find, and which lacked facts.
	Unknown(c *models.Case) (findings []models.Finding, unknown []string)
}

// History is where decisions are stored.
type History interface {
	// Judged returns the automatic decisions with a seq from one on and below another,
	// the newest first, of one site or of all if siteID is 0.
	Judged(ctx context.Context, siteID, from, below int64) ([]models.Judged, error)
}

// Conclude makes a decision of findings and the classifier's verdict, as the judge does:
// the action, and its reasons, the deciding one first.
type Conclude func(findings []models.Finding, v *models.Verdict) (models.Action, []models.Reason)

// Options say what to replay; Since, SiteID and Progress may be left out.
type Options struct {
	Rules   Rules
	History History
	// Newest is the seq of the newest thing that happened.
	Newest int64
	// Since leaves out what was decided before.
	Since time.Time
	// SiteID is the one site to replay; 0 for all.
	SiteID int64
	// Read takes the markup off a comment's content.
	Read     func(string, models.ContentType) models.Text
	Conclude Conclude
	// Workers is how many ranges are replayed at the same time, at least 1.
	Workers int
	// Progress is told now and then how many decisions were replayed so far.
	Progress func(replayed int)
}

// span is how many numbers of seq one query covers; it keeps queries short.
const span = 2000

// Run replays the history. It returns early with the error of ctx or of the history.
func Run(ctx context.Context, o Options) (*models.BacktestResult, error) {
	if o.Rules == nil || o.History == nil || o.Read == nil || o.Conclude == nil || o.Workers < 1 {
		return nil, errors.New("backtest: an option is missing")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{o: o, some: make([]models.Evidence, 1)}
	r.below.Store(o.Newest + 1)
	var workers sync.WaitGroup
	tallies := make([]*tally, o.Workers)
	for i := range tallies {
		tallies[i] = newTally()
		workers.Go(func() {
			if err := r.work(ctx, tallies[i]); err != nil {
				cancel(err)
			}
		})
	}
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	for _, t := range tallies[1:] {
		tallies[0].merge(t)
	}
	return tallies[0].result(), nil
}

type run struct {
	o     Options
	below atomic.Int64 // the end of the next range
	over  atomic.Bool  // everything from Since on was handed out
	done  atomic.Int64
	// some stands for evidence, of which no result tells.
	some []models.Evidence
}

// work replays range after range.
func (r *run) work(ctx context.Context, t *tally) error {
	for !r.over.Load() {
		below := r.below.Add(-span) + span
		if below <= 1 {
			return nil
		}
		page, err := r.o.History.Judged(ctx, r.o.SiteID, below-span, below)
		if err != nil {
			return err
		}
		before, young := t.replayed, 0
		for i := range page {
			if page[i].DecidedAt.Before(r.o.Since) {
				continue
			}
			young++
			r.replay(&page[i], t)
		}
		if len(page) > 0 && young == 0 {
			r.over.Store(true)
		}
		if n := r.done.Add(int64(t.replayed - before)); r.o.Progress != nil {
			r.o.Progress(int(n))
		}
	}
	return nil
}

// replay makes one decision again.
func (r *run) replay(j *models.Judged, t *tally) {
	c := &models.Case{
		Site: &models.Site{ID: j.Revision.SiteID, Name: j.Revision.Site}, Revision: j.Revision, Facts: j.Facts,
		Text: r.o.Read(j.Revision.Comment.Content, j.Revision.Comment.ContentType),
	}
	v := &models.Verdict{Score: j.Score}
	if j.Facts.Cutoffs != nil {
		v.Cutoffs = *j.Facts.Cutoffs
	}
	if j.Explained {
		v.Finding.Evidence = r.some
	}
	c.Verdict = v
	findings, unknown := r.o.Rules.Unknown(c)
	for _, rule := range unknown {
		t.unknown[rule]++
	}
	t.replayed++
	action, reasons := r.o.Conclude(findings, v)
	if action == j.Action {
		return
	}
	t.add(models.BacktestExample{
		Site: j.Revision.Site, CommentID: j.Revision.Comment.ID, Author: short(j.Revision.Comment.Author.Name), Excerpt: short(c.Text.Plain),
		From: j.Action, To: action, Rule: ruleOf(reasons[0], findings, j.Rule), Detail: reasons[0].Detail,
		Score: j.Score, DecidedAt: j.DecidedAt, Moderator: j.Said, Seq: j.Seq,
	})
}

// classifier is the rule of the classifier's finding.
const classifier = "classifier"

// ruleOf names the rule that a change is due to: the one that decides now, else one that
// moved the cut-offs, else the one that decided then.
func ruleOf(deciding models.Reason, findings []models.Finding, then string) string {
	if deciding.Rule != classifier {
		return deciding.Rule
	}
	for i := range findings {
		if findings[i].Shift != 0 && !findings[i].Shadow {
			return findings[i].Rule
		}
	}
	return then
}

// maxExcerpt is how much of a text an example shows, in characters.
const maxExcerpt = 120

// short makes a text fit for one line.
func short(s string) string {
	var b strings.Builder
	n := 0
	for word := range strings.FieldsSeq(s) {
		if n > 0 {
			b.WriteByte(' ')
			n++
		}
		for _, r := range word {
			if n++; n > maxExcerpt {
				return b.String() + "…"
			}
			if unicode.IsPrint(r) {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}
