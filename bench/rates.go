package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/winnowd/winnow/load"
)

// rate is what one server did in one round.
type rate struct {
	perSecond float64
	comments  int
	cpuMicros float64
	accept    load.Latency
	lost      int
}

func title(server string) string {
	return map[string]string{
		bare: "(a) bare net/http, decodes", durable: "(b) the same, durable insert", winnow: "winnow, decided",
	}[server]
}

// measureRates compares winnow with the references.
func measureRates(r *report, set settings) error {
	t := table{Title: "Comments a second", Head: []string{"server", "connections", "comments/s", "of (a)", "of (b)",
		"server CPU µs each", "accept p50 ms", "p99 ms"}}
	lost := 0
	for _, connections := range []int{64, 256} {
		rates := map[string][]rate{}
		for range set.rounds {
			for _, server := range []string{bare, durable, winnow} {
				one, err := measureOnce(server, connections, set)
				if err != nil {
					return fmt.Errorf("%s at %d connections: %w", server, connections, err)
				}
				rates[server] = append(rates[server], one)
				lost += one.lost
			}
		}
		pick := func(server string, of func(rate) float64) float64 {
			var figures []float64
			for _, one := range rates[server] {
				figures = append(figures, of(one))
			}
			return median(figures)
		}
		perSecond := func(o rate) float64 { return o.perSecond }
		for _, server := range []string{bare, durable, winnow} {
			figure := pick(server, perSecond)
			t.Rows = append(t.Rows, []string{title(server), fmt.Sprint(connections), fmt.Sprintf("%.0f", figure),
				fmt.Sprintf("%.2f", figure/pick(bare, perSecond)), fmt.Sprintf("%.2f", figure/pick(durable, perSecond)),
				fmt.Sprintf("%.0f", pick(server, func(o rate) float64 { return o.cpuMicros })),
				fmt.Sprintf("%.1f", pick(server, func(o rate) float64 { return o.accept.P50 })),
				fmt.Sprintf("%.1f", pick(server, func(o rate) float64 { return o.accept.P99 }))})
		}
		r.PerSecond = max(r.PerSecond, pick(winnow, perSecond))
		r.atLeast(fmt.Sprintf("decided, of (b) at %d connections", connections), pick(winnow, perSecond)/pick(durable, perSecond), 0.55, "")
	}
	r.add(t)
	r.atMost("comments accepted and not decided", float64(lost), 0, "comments")
	return nil
}

// measureOnce starts a server, loads it and stops it.
func measureOnce(server string, connections int, set settings) (one rate, err error) {
	err = inFolder(func(dir string) error {
		t := task{Server: server, Dir: dir}
		if server == winnow {
			t.Profile = set.profile
		}
		c, err := start(t)
		if err != nil {
			return err
		}
		one, err = c.drive(server == winnow, load.Options{Connections: connections, Duration: set.duration})
		used, stopped := c.stop()
		one.cpuMicros = float64(used.Microseconds()) / float64(max(one.comments, 1))
		return errors.Join(err, stopped)
	})
	return one, err
}

// drive loads a server; the rate is until everything is decided, if it decides.
func (c *child) drive(decides bool, o load.Options) (one rate, err error) {
	o.URL, o.Key, o.AcceptOnly = c.url(), c.Key, true
	before := 0
	if decides {
		if before, err = c.counter("winnow_decisions_total"); err != nil {
			return one, err
		}
	}
	begun := time.Now()
	result, err := load.Run(context.Background(), o)
	if err != nil {
		return one, err
	}
	if len(result.Errors) > 0 {
		return one, fmt.Errorf("some comments were refused: %v", result.Errors)
	}
	one.accept = result.AcceptMS
	if !decides {
		one.perSecond, one.comments = result.AcceptedPerSecond, result.Accepted
		return one, nil
	}
	if err := c.settled("winnow_queue_depth"); err != nil {
		return one, err
	}
	elapsed := time.Since(begun)
	after, err := c.counter("winnow_decisions_total")
	one.comments = after - before
	one.perSecond, one.lost = float64(one.comments)/elapsed.Seconds(), result.Accepted-one.comments
	return one, err
}
