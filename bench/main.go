// Command bench measures winnow beside references on the same machine in the same
// run, and prints a table in Markdown:
//
//	go run ./bench
//
// The references are (a) a bare net/http server that decodes the same JSON and (b)
// the same with a durable insert of the comment's row, committed in groups. Each
// server is a process of its own; the clients keep 64 and then 256 connections busy
// with distinct comments of some 60 words. The three servers take turns, several
// rounds, and the median is printed, because machines drift.
//
// A second table has the CPU time of each stage of a comment's way, on one core.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

func main() {
	if len(os.Args) == 5 && os.Args[1] == childArg {
		exit(runChild(os.Args[2], os.Args[3], os.Args[4]))
	}
	duration := flag.Duration("duration", 4*time.Second, "of each measurement")
	rounds := flag.Int("rounds", 3, "of which the median counts")
	asJSON := flag.Bool("json", false, "print JSON")
	profile := flag.String("profile", "", "write a CPU profile of winnow's last run to `FILE`")
	flag.Parse()
	exit(measure(os.Stdout, settings{*duration, *rounds, *profile}, *asJSON))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// result is what one server did at one number of connections: medians over rounds.
type result struct {
	Server      string  `json:"server"`
	Connections int     `json:"connections"`
	PerSecond   float64 `json:"per_second"`
	CPUMicros   float64 `json:"cpu_microseconds"`
	AcceptP50   float64 `json:"accept_p50_ms"`
	AcceptP99   float64 `json:"accept_p99_ms"`
	Lost        int     `json:"lost"`
}

type settings struct {
	duration time.Duration
	rounds   int
	profile  string
}

func measure(w io.Writer, set settings, asJSON bool) error {
	var results []result
	for _, connections := range []int{64, 256} {
		all := map[string][]result{}
		for range set.rounds {
			for _, server := range servers() {
				r, err := measureOnce(server, connections, set)
				if err != nil {
					return fmt.Errorf("%s at %d connections: %w", server, connections, err)
				}
				all[server] = append(all[server], r)
			}
		}
		for _, server := range servers() {
			results = append(results, median(all[server]))
		}
	}
	stages, err := measureStages()
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(w).Encode(struct {
			Results []result `json:"results"`
			Stages  []stage  `json:"stages"`
		}{results, stages})
	}
	return print(w, results, stages)
}

// median takes the median of each figure; nothing lost may hide in it.
func median(rs []result) result {
	m := rs[0]
	pick := func(of func(result) float64) float64 {
		values := make([]float64, len(rs))
		for i, r := range rs {
			values[i] = of(r)
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	m.PerSecond = pick(func(r result) float64 { return r.PerSecond })
	m.CPUMicros = pick(func(r result) float64 { return r.CPUMicros })
	m.AcceptP50 = pick(func(r result) float64 { return r.AcceptP50 })
	m.AcceptP99 = pick(func(r result) float64 { return r.AcceptP99 })
	m.Lost = 0
	for _, r := range rs {
		m.Lost += r.Lost
	}
	return m
}

func print(w io.Writer, results []result, stages []stage) error {
	rate := func(server string, connections int) float64 {
		for _, r := range results {
			if r.Server == server && r.Connections == connections {
				return r.PerSecond
			}
		}
		return 0
	}
	fmt.Fprintln(w, "| server | connections | comments/s | of (a) | of (b) | server CPU µs each | accept p50 ms | p99 ms | lost |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|")
	lost := 0
	for _, r := range results {
		fmt.Fprintf(w, "| %s | %d | %.0f | %.2f | %.2f | %.0f | %.1f | %.1f | %d |\n", title(r.Server), r.Connections, r.PerSecond,
			r.PerSecond/rate(bare, r.Connections), r.PerSecond/rate(durable, r.Connections), r.CPUMicros, r.AcceptP50, r.AcceptP99, r.Lost)
		lost += r.Lost
	}
	fmt.Fprintln(w, "\n| stage | CPU µs a comment |")
	fmt.Fprintln(w, "|---|---|")
	total := 0.0
	for _, s := range stages {
		fmt.Fprintf(w, "| %s | %.1f |\n", s.Name, s.CPUMicros)
		total += s.CPUMicros
	}
	fmt.Fprintf(w, "| all of these | %.1f |\n", total)
	if lost > 0 {
		return errors.New("comments were accepted and never decided")
	}
	return nil
}
