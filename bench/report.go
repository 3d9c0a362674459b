package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is what was measured.
type report struct {
	Tables []table `json:"tables"`
	Checks []check `json:"checks"`
	// PerSecond is the highest rate of decided comments that was seen.
	PerSecond float64 `json:"per_second"`
}

type table struct {
	Title string     `json:"title"`
	Head  []string   `json:"head"`
	Rows  [][]string `json:"rows"`
}

// check is a figure that has a line to hold.
type check struct {
	What   string  `json:"what"`
	Figure float64 `json:"figure"`
	Unit   string  `json:"unit,omitempty"`
	// Line is the least that is good, with AtMost the most.
	Line   float64 `json:"line"`
	AtMost bool    `json:"at_most,omitempty"`
}

func (c check) holds() bool {
	if c.AtMost {
		return c.Figure <= c.Line
	}
	return c.Figure >= c.Line
}

func (r *report) atLeast(what string, figure, line float64, unit string) {
	r.Checks = append(r.Checks, check{what, figure, unit, line, false})
}

func (r *report) atMost(what string, figure, line float64, unit string) {
	r.Checks = append(r.Checks, check{what, figure, unit, line, true})
}

func (r *report) add(t table) { r.Tables = append(r.Tables, t) }

func (r *report) failures() error {
	var errs []error
	for _, c := range r.Checks {
		if !c.holds() {
			errs = append(errs, fmt.Errorf("%s: %s, the line is %s", c.What, c.number(c.Figure), c.number(c.Line)))
		}
	}
	return errors.Join(errs...)
}

func (c check) number(v float64) string {
	if c.Unit == "" {
		return fmt.Sprintf("%.2f", v)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") + " " + c.Unit
}

func (r *report) print(w io.Writer) error {
	lines := table{Title: "What has a line to hold", Head: []string{"figure", "measured", "line", "holds"}}
	for _, c := range r.Checks {
		bound := "at least "
		if c.AtMost {
			bound = "at most "
		}
		holds := "yes"
		if !c.holds() {
			holds = "**no**"
		}
		lines.Rows = append(lines.Rows, []string{c.What, c.number(c.Figure), bound + c.number(c.Line), holds})
	}
	_, err := fmt.Fprintf(w, "Measured on %s, %s/%s, %d processors, %s.\n", time.Now().UTC().Format("2006-01-02"),
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	for _, t := range append([]table{lines}, r.Tables...) {
		err = errors.Join(err, t.print(w))
	}
	return err
}

func (t table) print(w io.Writer) error {
	rule := slices.Repeat([]string{"---"}, len(t.Head))
	text := fmt.Sprintf("\n### %s\n\n", t.Title)
	for _, row := range append([][]string{t.Head, rule}, t.Rows...) {
		text += "| " + strings.Join(row, " | ") + " |\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// The marks between which a page has the tables.
const (
	beginMark = "<!-- figures: go run ./bench -->"
	endMark   = "<!-- end of figures -->"
)

// writeInto replaces what stands between the marks of a page.
func (r *report) writeInto(name string) error {
	page, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(page, []byte(beginMark))
	_, after, closed := bytes.Cut(rest, []byte(endMark))
	if !ok || !closed {
		return fmt.Errorf("%s has no %q followed by %q", name, beginMark, endMark)
	}
	var b bytes.Buffer
	b.Write(before)
	fmt.Fprintf(&b, "%s\n", beginMark)
	if err := r.print(&b); err != nil {
		return err
	}
	fmt.Fprintf(&b, "\n%s", endMark)
	b.Write(after)
	return os.WriteFile(name, b.Bytes(), 0o644)
}

// median is the middle of some figures.
func median(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	return sorted[len(sorted)/2]
}
