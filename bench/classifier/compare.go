package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What counts as noise: so far a figure may lie below the best of all others.
const (
	areaNoise        = 0.002
	correlationNoise = 0.012
)

// figures are those of a cell of the tables of folds and halves.
type figures struct{ correlation, area, recall float64 }

// parseCell reads "accuracy / correlation / area / recall".
func parseCell(cell string) (f figures, ok bool) {
	parts := strings.Split(cell, " / ")
	if len(parts) != 4 {
		return f, false
	}
	for i, to := range []*float64{&f.correlation, &f.area, &f.recall} {
		x, err := strconv.ParseFloat(parts[i+1], 64)
		if err != nil {
			return f, false
		}
		*to = x
	}
	return f, true
}

var bestCell = regexp.MustCompile(`^MCC ([0-9.]+), area ([0-9.]+), recall ([0-9.]+)$`)

// parseBest reads a cell of the last row.
func parseBest(cell string) (figures, bool) {
	m := bestCell.FindStringSubmatch(cell)
	if m == nil {
		return figures{}, false
	}
	return parseCell("0 / " + strings.Join(m[1:], " / "))
}

// exempt are sets on which nearly every filter is perfect, so that a comparison says
// nothing.
func exempt(set string) bool { return set == "djangocast" }

// comparison counts figures.
type comparison struct {
	all, atLine, ahead int
	below              []string
}

// printComparison tells how winnow's correlation and area compare with the best of
// all others, and with all others but the one named recipe.
func printComparison(w io.Writer, tables []*table) {
	var c comparison
	for _, t := range tables {
		for i, set := range t.sets {
			ours, measured := parseCell(t.ours[i])
			best, known := parseBest(t.best[i])
			if measured && known && !exempt(set) {
				c.add(t, i, ours, best)
			}
		}
	}
	if c.all == 0 {
		return
	}
	fmt.Fprintf(w, "\n## Compared\n\nCorrelation and area in folds and halves, without djangocast, on which nearly every filter is perfect:\n\n"+
		"- at the best of all others or within noise of it (area no more than %v, correlation no more than %v below): %d of %d\n"+
		"- ahead of every filter but the recipe: %d of %d\n", areaNoise, correlationNoise, c.atLine, c.all, c.ahead, c.all)
	if len(c.below) > 0 {
		fmt.Fprintf(w, "\nBelow: %s.\n", strings.Join(c.below, "; "))
	}
}

func (c *comparison) add(t *table, i int, ours, best figures) {
	others := slices.DeleteFunc(slices.Clone(t.rows), func(r row) bool { return r.filter == "recipe" })
	for _, figure := range []struct {
		name  string
		of    func(figures) float64
		noise float64
	}{
		{"MCC", func(f figures) float64 { return f.correlation }, correlationNoise},
		{"area", func(f figures) float64 { return f.area }, areaNoise},
	} {
		c.all++
		mine, line := figure.of(ours), figure.of(best)
		if mine >= line-figure.noise-1e-9 {
			c.atLine++
		} else {
			c.below = append(c.below, fmt.Sprintf("%s %s, %s %v against %v", t.kind.name, t.sets[i], figure.name, mine, line))
		}
		ahead := true
		for _, r := range others {
			if theirs, ran := parseCell(r.cells[i]); ran && figure.of(theirs) > mine {
				ahead = false
			}
		}
		if ahead {
			c.ahead++
		}
	}
}
