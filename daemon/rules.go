package daemon

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
	"github.com/winnowd/winnow/trials"
)

// startTrials lets rules be tried out.
func (d *Daemon) startTrials(context.Context) error {
	d.trials = trials.New(trials.Options{Policy: ruleBook{d}, Sites: d.sites, Logger: d.log.With("component", "trials")})
	d.stop.push("trials", func(context.Context) error { d.trials.Close(); return nil })
	return nil
}

// ruleBook is the policy as moderators add to it.
type ruleBook struct{ d *Daemon }

// Draft makes a rule of an addition. A replay takes half of the processors at most: the
// daemon has other work.
func (b ruleBook) Draft(a models.Addition) (models.Draft, trials.Replay, error) {
	m, err := PolicyPlace(b.d.cfg).Amend(a)
	if err != nil {
		return models.Draft{}, nil, err
	}
	return m.Draft, func(ctx context.Context, since time.Time, progress func(int)) (*models.BacktestResult, error) {
		return b.d.TryPolicy(ctx, m.Set, Backtest{Since: since, Site: a.Site, Progress: progress, Workers: max(1, runtime.GOMAXPROCS(0)/2)})
	}, nil
}

// Write writes a rule into the policy's file, puts it in force, and notes it in the audit
// log.
func (b ruleBook) Write(ctx context.Context, draft models.Draft, by models.Actor) (written bool, err error) {
	b.d.writing.Lock()
	defer b.d.writing.Unlock()
	if err := PolicyPlace(b.d.cfg).Write(draft); err != nil {
		return false, err
	}
	if err := b.d.policy.Reload(ctx); err != nil {
		return true, fmt.Errorf("the rule is written, but not in force: %w: %w", err, models.ErrConflict)
	}
	return true, b.d.admin(by).note(ctx, "policy.add", draft.Site, added(&draft))
}

// added tells of a rule what the audit log keeps. Of an author it is the rule's name alone:
// what stands in the log outlives what is erased.
func added(draft *models.Draft) map[string]any {
	detail := map[string]any{"rule": draft.Name, "policy": draft.Version}
	if slices.Contains([]models.AdditionKind{models.BlockHost, models.BlockDomain, models.BlockPhrase}, draft.Kind) {
		detail["value"] = draft.Value
	}
	return detail
}

// InForce tells whether decisions are made by a rule.
func (b ruleBook) InForce(draft models.Draft) bool {
	return slices.ContainsFunc(b.d.policy.Current().Rules(draft.Site), func(i policy.RuleInfo) bool { return i.Name == draft.Name && i.Mode == policy.On })
}
