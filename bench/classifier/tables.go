package main

import (
	"fmt"
	"io"
	"strings"
)

// kind is a way of measuring that has a table.
type kind struct {
	name string
	// heading begins the table's heading in the README.
	heading string
	// measure gives winnow's cell for a set.
	measure func(*bench, string) (string, error)
}

// kinds are the tables that are known.
func kinds() []kind {
	return []kind{
		{"folds", "Ten folds", (*bench).folds},
		{"halves", "First half trains", (*bench).halves},
		{"online", "Online", (*bench).online},
	}
}

// table is a table of the README.
type table struct {
	kind    kind
	heading string
	legend  string
	sets    []string
	rows    []row
	// best is the last row: the best of all figures.
	best []string
	ours []string
}

// row is what a filter reached.
type row struct {
	filter string
	cells  []string
}

// readTables finds the tables in a README.
func readTables(readme string) ([]*table, error) {
	var tables []*table
	for section := range strings.SplitSeq("\n"+readme, "\n### ") {
		heading, body, _ := strings.Cut(section, "\n")
		for _, k := range kinds() {
			if strings.HasPrefix(heading, k.heading) {
				t := &table{kind: k, heading: heading}
				if err := t.read(body); err != nil {
					return nil, fmt.Errorf("README.md, table %q: %w", heading, err)
				}
				tables = append(tables, t)
			}
		}
	}
	if len(tables) != len(kinds()) {
		return nil, fmt.Errorf("README.md has %d of the %d tables: ten folds, halves, online", len(tables), len(kinds()))
	}
	return tables, nil
}

// read reads the legend and the rows below a heading.
func (t *table) read(body string) error {
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		switch cells := splitRow(line); {
		case cells == nil && t.sets == nil && line != "":
			t.legend = strings.TrimSpace(t.legend + " " + line)
		case cells == nil && t.sets != nil:
			return t.check()
		case cells == nil, strings.HasPrefix(cells[0], "---"):
		case t.sets == nil:
			t.sets = cells[1:]
		default:
			if len(cells) != len(t.sets)+1 {
				return fmt.Errorf("row %q has %d cells, want %d", cells[0], len(cells), len(t.sets)+1)
			}
			t.rows = append(t.rows, row{cells[0], cells[1:]})
		}
	}
	return t.check()
}

// check takes the last row apart, which is what the best of all others reached.
func (t *table) check() error {
	if len(t.rows) < 2 {
		return fmt.Errorf("%d rows, want at least 2", len(t.rows))
	}
	t.best = t.rows[len(t.rows)-1].cells
	if strings.HasPrefix(t.rows[len(t.rows)-1].filter, "**best") {
		t.rows = t.rows[:len(t.rows)-1]
	}
	for i := range t.rows {
		t.rows[i].filter = plainName(t.rows[i].filter)
	}
	t.ours = make([]string, len(t.sets))
	return nil
}

// splitRow gives the cells of a line of a table; nil if it is none.
func splitRow(line string) []string {
	if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") || len(line) < 2 {
		return nil
	}
	cells := strings.Split(line[1:len(line)-1], "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// plainName is a filter's name without emphasis and without what stands in brackets
// or behind a comma for readers of the README alone.
func plainName(name string) string {
	name = strings.Trim(name, "*")
	for _, note := range []string{" (below)", " (CLASSIFIER.md C)", ", the line to beat"} {
		name = strings.ReplaceAll(name, note, "")
	}
	return name
}

// print writes the table with winnow's row at the end.
func (t *table) print(w io.Writer, short bool) {
	fmt.Fprintf(w, "\n## %s\n\n%s\n\n", t.heading, t.legend)
	fmt.Fprintf(w, "| filter | %s |\n|---%s|\n", strings.Join(t.sets, " | "), strings.Repeat("|---", len(t.sets)))
	if short {
		fmt.Fprintf(w, "| best of all others | %s |\n", strings.Join(t.best, " | "))
	} else {
		for _, r := range t.rows {
			fmt.Fprintf(w, "| %s | %s |\n", r.filter, strings.Join(r.cells, " | "))
		}
	}
	fmt.Fprintf(w, "| **winnow** | %s |\n", strings.Join(t.ours, " | "))
}
