package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/winnowd/winnow/load"
)

// measureDeliveries lets winnow deliver to a callback that answers at once, and
// compares how fast decisions arrive there with how fast they are made.
func measureDeliveries(r *report, set settings) error {
	var made, delivered []float64
	for range set.rounds {
		if err := inFolder(func(dir string) error {
			a, b, err := deliverOnce(dir, set.duration)
			made, delivered = append(made, a), append(delivered, b)
			return err
		}); err != nil {
			return err
		}
	}
	r.add(table{Title: "Deliveries to a callback on the same machine", Head: []string{"what", "a second"}, Rows: [][]string{
		{"decisions made", fmt.Sprintf("%.0f", median(made))},
		{"deliveries answered", fmt.Sprintf("%.0f", median(delivered))},
	}})
	r.atLeast("deliveries made, of decisions", median(delivered)/median(made), 0.5, "")
	return nil
}

func deliverOnce(dir string, duration time.Duration) (made, delivered float64, err error) {
	var arrived atomic.Int64
	callback := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})}
	l, err := listen()
	if err != nil {
		return 0, 0, err
	}
	go func() { _ = callback.Serve(l) }()
	defer func() { err = errors.Join(err, callback.Close()) }()
	c, err := start(task{Server: winnow, Dir: dir, Callback: "http://" + l.Addr().String()})
	if err != nil {
		return 0, 0, err
	}
	before, begun := arrived.Load(), time.Now()
	result, err := load.Run(context.Background(), load.Options{
		URL: c.url(), Key: c.Key, AcceptOnly: true, Connections: 64, Duration: duration,
	})
	if err == nil {
		err = c.settled("winnow_queue_depth")
	}
	decided := time.Since(begun)
	if err == nil {
		err = c.settled("winnow_deliveries_pending")
	}
	elapsed := time.Since(begun)
	if _, stopped := c.stop(); err != nil || stopped != nil {
		return 0, 0, errors.Join(err, stopped)
	}
	return float64(result.Accepted) / decided.Seconds(), float64(arrived.Load()-before) / elapsed.Seconds(), nil
}
