// Command policy measures what rules cost on one core, and how fast a backtest replays,
// and prints tables in Markdown:
//
//	go run ./bench/policy
//
// Times are CPU time of the process, so that others on the machine do not count. The
// large policy has 50 entries with 5,000 blocked words, a list of 60,000 terms, 10,000
// hosts and 10,000 address ranges; beside it stands a loop that compares a comment with
// each of these in turn, which finds the same. The backtest replays comments from a real
// database, under the shipped policy and under the large one.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/policy"
	"github.com/winnowd/winnow/store"
)

func main() {
	comments := flag.Int("comments", 20_000, "how many comments to judge and replay")
	flag.Parse()
	if err := measure(*comments); err != nil {
		fmt.Fprintln(os.Stderr, "policy:", err)
		os.Exit(1)
	}
}

func measure(n int) error {
	dir, err := os.MkdirTemp("", "winnow-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	large, lists, err := largePolicy(dir)
	if err != nil {
		return err
	}
	shipped, err := policy.Parse("policy.yaml", configs.DefaultPolicy())
	if err != nil {
		return err
	}
	cases := makeCases(n)
	fmt.Println("| policy | CPU µs a comment of 60 words | comments found |")
	fmt.Println("|---|---|---|")
	for _, p := range []struct {
		name string
		of   []*models.Case
		find func(*models.Case) bool
	}{
		{"as shipped", cases, func(c *models.Case) bool { return shipped.Evaluate(c) != nil }},
		{"large", cases, func(c *models.Case) bool { return large.Evaluate(c) != nil }},
		{"large, by a loop over its lists", cases[:min(n, 200)], lists.find},
	} {
		found, began := 0, cpuTime()
		for _, c := range p.of {
			if p.find(c) {
				found++
			}
		}
		fmt.Printf("| %s | %.1f | %d of %d |\n", p.name, float64(cpuTime()-began)/float64(len(p.of))/1000, found, len(p.of))
	}
	if err := lists.agree(large, cases[:min(n, 200)]); err != nil {
		return err
	}
	return measureBacktest(dir, cases, shipped, large)
}

func measureBacktest(dir string, cases []*models.Case, shipped, large *policy.Set) error {
	ctx := context.Background()
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := fill(ctx, data, cases, shipped); err != nil {
		return err
	}
	r, err := store.OpenReader(ctx, data)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	fmt.Println("\n| backtest under | comments | CPU µs each | comments/s on two cores by CPU time | comments/s by the clock |")
	fmt.Println("|---|---|---|---|---|")
	for _, p := range []struct {
		name string
		set  *policy.Set
	}{{"the shipped policy", shipped}, {"the large policy", large}} {
		cpu, clock := cpuTime(), time.Now()
		result, err := daemon.BacktestFrom(ctx, r, p.set, daemon.Backtest{})
		if err != nil {
			return err
		}
		used, took := cpuTime()-cpu, time.Since(clock)
		each := used.Seconds() / float64(result.Replayed)
		fmt.Printf("| %s | %d | %.1f | %.0f | %.0f |\n", p.name, result.Replayed, each*1e6, 2/each, float64(result.Replayed)/took.Seconds())
	}
	return nil
}

// fill makes a database of comments that were judged.
func fill(ctx context.Context, dir string, cases []*models.Case, set *policy.Set) error {
	s, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return err
	}
	if _, err := s.AddSite(ctx, models.Site{Name: "blog"}); err != nil {
		return err
	}
	if err := s.LoadedPolicy(ctx, set.Version(), set.Source()); err != nil {
		return err
	}
	const batch = 500
	for len(cases) > 0 {
		n := min(batch, len(cases))
		revs, judged := make([]*models.Revision, n), make([]models.Judgement, n)
		for i, c := range cases[:n] {
			revs[i] = c.Revision
			judged[i] = models.Judgement{Revision: c.Revision, Decision: decision(c, set)}
		}
		if _, err := s.AcceptAll(ctx, revs); err != nil {
			return err
		}
		if err := s.Decide(ctx, judged); err != nil {
			return err
		}
		cases = cases[n:]
	}
	return s.Close()
}

func decision(c *models.Case, set *policy.Set) *models.Decision {
	reasons := []models.Reason{{
		Rule: "classifier", Action: models.Approve, Code: "classifier.ham", Params: map[string]any{"hold_above": 0.5},
		Detail: "spam score 0.12, approved below 0.50",
	}}
	for _, token := range []string{"home", "worked", "second time", "tried", "valve", "again", "read", "part", "the", "and"} {
		reasons[0].Evidence = append(reasons[0].Evidence, models.Evidence{Token: token, Weight: -0.8125})
	}
	facts := c.Facts
	facts.Cutoffs = &models.Cutoffs{HoldAbove: 0.5, SpamAbove: 0.9}
	return &models.Decision{
		Actor: models.System, Action: models.Approve, Source: models.FromClassifier, Judged: true, Score: 0.12, Reasons: reasons,
		Facts: facts, PolicyVersion: set.Version(), ModelVersion: "m", DecidedAt: c.Revision.ReceivedAt,
	}
}

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
