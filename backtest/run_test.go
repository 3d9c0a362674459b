package backtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/winnowd/winnow/models"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

// past is a history in memory.
type past struct {
	list []models.Judged
	err  error
}

func (p past) Judged(_ context.Context, siteID, from, below int64) ([]models.Judged, error) {
	var page []models.Judged
	for i := len(p.list) - 1; i >= 0; i-- {
		if j := p.list[i]; j.Seq >= from && j.Seq < below && (siteID == 0 || j.Revision.SiteID == siteID) {
			page = append(page, j)
		}
	}
	return page, p.err
}

// words is a policy that holds what says hold, rejects what says reject, is stricter with
// what says strict, and lacks a fact for what says lack.
type words struct{}

func (words) Unknown(c *models.Case) (fs []models.Finding, unknown []string) {
	for _, w := range strings.Fields(c.Text.Plain) {
		f := models.Finding{Reason: models.Reason{Rule: w, Detail: "says " + w}}
		switch w {
		case "hold", "reject":
			f.Action = models.Action(w)
		case "strict":
			f.Action, f.Shift = models.Stricter, 2
		case "lack":
			unknown = append(unknown, "lack")
			continue
		default:
			continue
		}
		fs = append(fs, f)
	}
	return fs, unknown
}

// conclude takes the first finding that decides, else holds from a score of 0.5, or 0.2 if
// anything is stricter.
func conclude(fs []models.Finding, v *models.Verdict) (models.Action, []models.Reason) {
	cut := v.Cutoffs.HoldAbove
	for _, f := range fs {
		if f.Shift == 0 {
			return f.Action, []models.Reason{f.Reason}
		}
		cut = 0.2
	}
	r := models.Reason{Rule: "classifier", Action: models.Approve, Detail: "by score"}
	if v.Score >= cut {
		r.Action = models.Hold
	}
	return r.Action, []models.Reason{r}
}

func decided(seq int64, text string, action models.Action, rule string, said models.Label) models.Judged {
	return models.Judged{
		Seq: seq, Action: action, Rule: rule, Score: 0.3, Said: said, DecidedAt: start.Add(time.Duration(seq) * time.Second),
		Facts:    models.Facts{Cutoffs: &models.Cutoffs{HoldAbove: 0.5}},
		Revision: &models.Revision{Seq: seq - 1, SiteID: 1 + seq%2, Site: fmt.Sprint("site", 1+seq%2), Comment: models.Comment{ID: fmt.Sprint("c-", seq), Content: text}},
	}
}

func options(list ...models.Judged) Options {
	newest := int64(0)
	for _, j := range list {
		newest = max(newest, j.Seq)
	}
	return Options{
		Rules: words{}, History: past{list: list}, Newest: newest, Conclude: conclude, Workers: 3,
		Read: func(s string, _ models.ContentType) models.Text { return models.Text{Plain: s} },
	}
}

func TestChangesAreCountedByDirectionAndRuleBesideWhatModeratorsSaid(t *testing.T) {
	r, err := Run(t.Context(), options(
		decided(2, "hold me", models.Approve, "classifier", models.Spam),
		decided(4, "hold me", models.Approve, "classifier", models.Ham),
		decided(6000, "hold me", models.Approve, "classifier", ""),
		decided(8, "hold me", models.Hold, "hold", models.Ham), // as it was
		decided(10, "free now", models.Hold, "old-rule", models.Ham),
		decided(12, "strict", models.Approve, "classifier", ""),
		decided(14, "reject it", models.Hold, "hold", models.Spam),
		decided(16, "lack", models.Approve, "classifier", ""),
	))
	if err != nil {
		t.Fatal(err)
	}
	want := []models.BacktestChange{
		{From: models.Approve, To: models.Hold, Rule: "hold", Count: 3, Agrees: 1, Disagrees: 1},
		{From: models.Hold, To: models.Approve, Rule: "old-rule", Count: 1, Agrees: 1, Disagrees: 0},
		{From: models.Hold, To: models.Reject, Rule: "reject", Count: 1, Agrees: 1, Disagrees: 0},
		{From: models.Approve, To: models.Hold, Rule: "strict", Count: 1, Agrees: 0, Disagrees: 0},
	}
	if r.Replayed != 8 || r.Changed != 6 || !reflect.DeepEqual(r.By, want) {
		t.Errorf("replayed %d, changed %d, by %+v", r.Replayed, r.Changed, r.By)
	}
	if !reflect.DeepEqual(r.Unknown, []models.BacktestUnknown{{Rule: "lack", Count: 1}}) {
		t.Errorf("unknown %+v", r.Unknown)
	}
	if len(r.Examples) != 6 || r.Examples[0].CommentID != "c-6000" || r.Examples[0].Detail != "says hold" || r.Examples[2].Moderator != models.Spam {
		t.Errorf("examples %+v", r.Examples)
	}
}

func TestTheResultDoesNotDependOnWhoReplaysWhat(t *testing.T) {
	var list []models.Judged
	for seq := int64(1); seq < 50_000; seq += 7 {
		list = append(list, decided(seq, []string{"hold it", "fine", "strict", "reject"}[seq%4], models.Approve, "classifier", []models.Label{"", models.Ham, models.Spam}[seq%3]))
	}
	var first *models.BacktestResult
	for workers := 1; workers <= 4; workers++ {
		o := options(list...)
		o.Workers = workers
		r, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = r
		}
		if r.Replayed != len(list) || !reflect.DeepEqual(r, first) {
			t.Errorf("%d workers: %+v, want %+v", workers, r, first)
		}
	}
}

func TestSinceAndSiteLeaveOut(t *testing.T) {
	o := options(decided(2, "hold", models.Approve, "classifier", ""), decided(5000, "hold", models.Approve, "classifier", ""), decided(9001, "hold", models.Approve, "classifier", ""))
	o.Since = start.Add(5000 * time.Second)
	if r, err := Run(t.Context(), o); err != nil || r.Replayed != 2 {
		t.Errorf("since: %+v, %v", r, err)
	}
	o.SiteID = 1
	if r, err := Run(t.Context(), o); err != nil || r.Replayed != 1 {
		t.Errorf("one site: %+v, %v", r, err)
	}
}

func TestRunReturnsTheHistorysErrorAndStopsWithItsContext(t *testing.T) {
	o := options(decided(2, "x", models.Approve, "", ""))
	broken := errors.New("no database")
	o.History = past{err: broken}
	if _, err := Run(t.Context(), o); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, options()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := Run(t.Context(), Options{}); err == nil {
		t.Error("no error without options")
	}
}

func TestAnEmptyHistoryIsNoError(t *testing.T) {
	r, err := Run(t.Context(), options())
	if err != nil || r.Replayed != 0 || r.By == nil || r.Examples == nil {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestShortIsOneLine(t *testing.T) {
	if got := short(" a\n\tb\u202ec  d "); got != "a bc d" {
		t.Errorf("got %q", got)
	}
	if got := short(strings.Repeat("ü", 500)); got != strings.Repeat("ü", maxExcerpt)+"…" {
		t.Errorf("got %q", got)
	}
}
