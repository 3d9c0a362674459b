package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// click is one, and how long it took.
type click struct {
	kind int
	took time.Duration
}

func measure(ctx context.Context, w io.Writer, s *server, set settings) error {
	people := make([]*person, set.moderators)
	for n := range people {
		var err error
		if people[n], err = s.signIn(ctx, n, set); err != nil {
			return err
		}
	}
	deep, err := people[0].goDeep(ctx, "/held")
	if err != nil {
		return err
	}
	browsed, err := people[0].goDeep(ctx, "/comments?action=approve")
	if err != nil {
		return err
	}
	for _, p := range people {
		p.deep, p.browsed = deep, browsed
	}
	list := kinds(set.only)
	cpu, err := alone(ctx, s, people[0], list, set.alone)
	if err != nil {
		return err
	}
	during, stop := context.WithCancel(ctx)
	var around sync.WaitGroup
	var arrived atomic.Int64
	failed := make(chan error, 1+len(people))
	around.Go(func() { failed <- arrive(during, s, set, &arrived) })
	for _, p := range people {
		around.Go(func() { failed <- p.follow(during) })
	}
	begun := time.Now()
	clicks, err := together(ctx, people, list, set)
	seconds := time.Since(begun).Seconds()
	stop()
	around.Wait()
	close(failed)
	for e := range failed {
		err = errors.Join(err, e)
	}
	if err != nil {
		return err
	}
	resident, err := s.metric(ctx, "process_resident_memory_bytes")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%d comments stored, %d of them held at first; %d moderators, %.1f clicks/s, %.1f comments/s arriving; %.0f MiB resident.\n\n",
		set.comments, set.held, len(people), float64(len(clicks))/seconds, float64(arrived.Load())/seconds, resident/(1<<20))
	printTable(w, list, clicks, cpu)
	return err
}

// alone gives the CPU time that the server takes for a page of each kind.
func alone(ctx context.Context, s *server, p *person, list []kind, times int) ([]time.Duration, error) {
	cpu := make([]time.Duration, len(list))
	for i, k := range list {
		if times == 0 {
			break
		}
		before, err := s.metric(ctx, "process_cpu_seconds_total")
		if err != nil {
			return nil, err
		}
		for range times {
			if err := k.ask(ctx, p); err != nil {
				return nil, err
			}
		}
		after, err := s.metric(ctx, "process_cpu_seconds_total")
		if err != nil {
			return nil, err
		}
		cpu[i] = time.Duration((after - before) / float64(times) * float64(time.Second))
	}
	return cpu, nil
}

// together has everybody click.
func together(ctx context.Context, people []*person, list []kind, set settings) ([]click, error) {
	order := make([]click, 0, set.clicks*len(list))
	for i := range list {
		for range set.clicks {
			order = append(order, click{kind: i})
		}
	}
	r := rand.New(rand.NewPCG(5, 5))
	r.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
	errs := make([]error, len(people))
	var next atomic.Int64
	var wg sync.WaitGroup
	for n, p := range people {
		wg.Go(func() {
			time.Sleep(time.Duration(float64(set.think) * float64(n) / float64(len(people)))) // they do not begin at a time
			for {
				i := int(next.Add(1)) - 1
				if i >= len(order) {
					return
				}
				begun := time.Now()
				if errs[n] = list[order[i].kind].ask(ctx, p); errs[n] != nil {
					return
				}
				order[i].took = time.Since(begun)
				time.Sleep(time.Duration((0.5 + p.r.Float64()) * float64(set.think)))
			}
		})
	}
	wg.Wait()
	return order, errors.Join(errs...)
}

// arrive posts comments, one after the other when it is due, until ctx ends.
func arrive(ctx context.Context, s *server, set settings, arrived *atomic.Int64) error {
	if set.rate <= 0 {
		return nil
	}
	begun := time.Now()
	r := rand.New(rand.NewPCG(7, uint64(begun.UnixNano())))
	for n := 0; ; n++ {
		due := begun.Add(time.Duration(float64(n) / set.rate * float64(time.Second)))
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return nil
		}
		c := comment(r, set.comments+n, r.IntN(10) == 0)
		c.ID = fmt.Sprintf("new-%d-%d", begun.UnixMilli(), n)
		body, err := json.Marshal(c)
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.Addr+"/v1/comments", bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+s.Key)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			return err
		}
		if resp.StatusCode == http.StatusAccepted {
			arrived.Add(1)
		}
	}
}

// printTable prints a table in Markdown.
func printTable(w io.Writer, list []kind, clicks []click, cpu []time.Duration) {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	fmt.Fprintln(w, "| page | CPU ms | p50 ms | p99 ms | max ms | line | holds |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- | --- |")
	for i, k := range list {
		var times []time.Duration
		for _, c := range clicks {
			if c.kind == i {
				times = append(times, c.took)
			}
		}
		if len(times) == 0 {
			continue
		}
		slices.Sort(times)
		at := func(share float64) time.Duration { return times[max(0, int(math.Ceil(share*float64(len(times))))-1)] }
		holds := "yes"
		if at(0.99) >= k.most {
			holds = "**no**"
		}
		fmt.Fprintf(w, "| %s | %.1f | %.1f | %.1f | %.1f | %.0f | %s |\n", k.name, ms(cpu[i]), ms(at(0.5)), ms(at(0.99)), ms(at(1)), ms(k.most), holds)
	}
}
