package load

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Latency is how long something took, in milliseconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Result is what a load saw.
type Result struct {
	Connections int     `json:"connections"`
	Batch       int     `json:"batch"`
	Rate        float64 `json:"rate"`
	// Seconds is how long comments were sent, with a rate at least as long as those that
	// were sent take at that rate, and SecondsToDecide until the last decision came.
	Seconds         float64 `json:"seconds"`
	SecondsToDecide float64 `json:"seconds_to_decide"`
	Sent            int     `json:"sent"`
	Accepted        int     `json:"accepted"`
	Decided         int     `json:"decided"`
	// AcceptedPerSecond is over Seconds, DecidedPerSecond over SecondsToDecide.
	AcceptedPerSecond float64 `json:"accepted_per_second"`
	DecidedPerSecond  float64 `json:"decided_per_second"`
	// AcceptMS is from when a comment was due (with a rate) or sent to its answer,
	// DecideMS from the answer to its decision in the feed, both in milliseconds.
	AcceptMS Latency `json:"accept_ms"`
	DecideMS Latency `json:"accepted_to_decided_ms"`
	// Errors counts comments that were not accepted by the answer's status, or by
	// "connection".
	Errors map[string]int `json:"errors"`
	// Lost counts comments that were accepted and not decided. It must be 0.
	Lost int `json:"lost"`
}

// result sums up; sent is when the last comment was answered, since the start.
func (l *ledger) result(o *Options, start time.Time, sent time.Duration) *Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o.Rate > 0 {
		sent = max(sent, time.Duration(float64(len(l.rows))/o.Rate*float64(time.Second)))
	}
	all := max(sent, l.seen.Sub(start))
	var accept, decide []int64
	for _, r := range l.rows {
		if r.accepted == 0 {
			continue
		}
		accept = append(accept, r.accepted-r.due)
		if r.decided != 0 {
			decide = append(decide, max(r.decided-r.accepted, 0))
		}
	}
	lost := l.accepted - l.decided
	if o.AcceptOnly {
		lost = 0
	}
	return &Result{
		Connections: o.Connections, Batch: o.Batch, Rate: o.Rate,
		Seconds: sent.Seconds(), SecondsToDecide: all.Seconds(),
		Sent: len(l.rows), Accepted: l.accepted, Decided: l.decided,
		AcceptedPerSecond: float64(l.accepted) / sent.Seconds(), DecidedPerSecond: float64(l.decided) / all.Seconds(),
		AcceptMS: latency(accept), DecideMS: latency(decide),
		Errors: l.errors, Lost: lost,
	}
}

func latency(ns []int64) Latency {
	if len(ns) == 0 {
		return Latency{}
	}
	slices.Sort(ns)
	// The nearest-rank method: the smallest value that so large a share does not exceed.
	at := func(share float64) float64 {
		rank := int(share*float64(len(ns))+0.9999999) - 1
		return float64(ns[min(max(rank, 0), len(ns)-1)]) / float64(time.Millisecond)
	}
	return Latency{P50: at(.5), P90: at(.9), P99: at(.99), Max: at(1)}
}

// Print writes the result for people.
func (r *Result) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "accepted\t%d of %d in %.1f s\t%.0f/s\n", r.Accepted, r.Sent, r.Seconds, r.AcceptedPerSecond)
	fmt.Fprintf(t, "decided\t%d in %.1f s\t%.0f/s\n", r.Decided, r.SecondsToDecide, r.DecidedPerSecond)
	fmt.Fprintf(t, "accepting\t%s\n", r.AcceptMS)
	fmt.Fprintf(t, "accepted to decided\t%s\n", r.DecideMS)
	errors := "none"
	if len(r.Errors) > 0 {
		var parts []string
		for _, code := range slices.Sorted(maps.Keys(r.Errors)) {
			parts = append(parts, fmt.Sprintf("%s: %d", code, r.Errors[code]))
		}
		errors = strings.Join(parts, ", ")
	}
	fmt.Fprintf(t, "errors\t%s\n", errors)
	fmt.Fprintf(t, "lost\t%d\n", r.Lost)
	return t.Flush()
}

// String writes a latency for people.
func (l Latency) String() string {
	return fmt.Sprintf("p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, max %.1f ms", l.P50, l.P90, l.P99, l.Max)
}
