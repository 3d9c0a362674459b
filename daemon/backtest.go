package daemon

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/winnowd/winnow/backtest"
	"github.com/winnowd/winnow/classifier"
	"github.com/winnowd/winnow/judge"
	"github.com/winnowd/winnow/markup"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
	"github.com/winnowd/winnow/store"
)

// Backtest says which decisions to replay; the zero value is all of them.
type Backtest struct {
	// Since leaves out what was decided before.
	Since time.Time
	// Site is the one site to replay, by name; empty for all.
	Site string
	// Workers is how many goroutines replay, one for each processor if 0.
	Workers int
	// Progress is told now and then how many decisions were replayed so far; may be nil.
	Progress func(replayed int)
}

// BacktestFrom replays the decisions in a database under a policy, beside a daemon that
// serves it or without one. The error wraps models.ErrNotFound if there is no such site.
func BacktestFrom(ctx context.Context, r *store.Reader, set *policy.Set, b Backtest) (*models.BacktestResult, error) {
	list, err := r.Sites(ctx)
	if err != nil {
		return nil, err
	}
	return replay(ctx, r, r.LastSeq(), list, set, b)
}

// TryPolicy replays the daemon's own decisions under a policy that is not in force.
func (d *Daemon) TryPolicy(ctx context.Context, set *policy.Set, b Backtest) (*models.BacktestResult, error) {
	return replay(ctx, d.store, d.store.Position().Seq, d.sites.All(), set, b)
}

func replay(ctx context.Context, h backtest.History, newest int64, list []*models.Site, set *policy.Set, b Backtest) (*models.BacktestResult, error) {
	o := backtest.Options{
		Rules: set, History: h, Newest: newest, Since: b.Since, Read: markup.Read, Workers: cmp.Or(b.Workers, runtime.GOMAXPROCS(0)), Progress: b.Progress,
		Conclude: func(findings []models.Finding, v *models.Verdict) (models.Action, []models.Reason) {
			v.Finding = classifier.Finding(v.Score, v.Finding.Evidence, v.Cutoffs)
			c := judge.Conclude(findings, v, classifier.Finding)
			return c.Action, c.Reasons
		},
	}
	if b.Site != "" {
		for _, s := range list {
			if s.Name == b.Site {
				o.SiteID = s.ID
			}
		}
		if o.SiteID == 0 {
			return nil, fmt.Errorf("site %q: %w", b.Site, models.ErrNotFound)
		}
	}
	return backtest.Run(ctx, o)
}
