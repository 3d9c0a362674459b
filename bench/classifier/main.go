// Command classifier measures winnow's classifier on a folder of labelled comments and
// prints it beside the filters that the folder's README.md has figures of:
//
//	go run ./bench/classifier ../shared/data
//	go run ./bench/classifier -o docs/classifier-figures.md ../shared/data
//
// Each table of the README is repeated with a row for winnow: ten folds, first half
// against second half, and online in file order. Below stands how winnow compares with
// the last row of each, the best of all, and what else the classifier is to hold to: after a
// jump of the share of spam, with unknown texts, labels in any order, and a new site. -only
// and -table measure a part, -short leaves the other filters out.
//
// The model that ships with winnow takes no part: it may have been made from these
// comments. For a new site a starter is made from the other collections.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	out := flag.String("o", "", "write a page of documentation to `FILE`")
	only := flag.String("only", "", "measure only these `SETS`, separated by commas, such as youtube/psy,sms")
	table := flag.String("table", "", "measure only this `TABLE`: folds, halves, online or lines")
	short := flag.Bool("short", false, "print the rows of winnow and of the best of all others alone")
	flag.Parse()
	err := func() error {
		if flag.NArg() != 1 {
			return fmt.Errorf("give the folder of labelled comments")
		}
		return run(context.Background(), options{flag.Arg(0), split(*only), *table, *short}, *out)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "classifier:", err)
		os.Exit(1)
	}
}

type options struct {
	dir   string
	only  []string
	table string
	short bool
}

// split gives the parts of a list; none of an empty one.
func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

// run measures all tables and prints them, or writes them to a page.
func run(ctx context.Context, o options, page string) error {
	readme, err := os.ReadFile(filepath.Join(o.dir, "README.md"))
	if err != nil {
		return err
	}
	tables, err := readTables(string(readme))
	if err != nil {
		return err
	}
	var b strings.Builder
	if !o.short {
		b.WriteString(head)
	}
	for _, t := range tables {
		if o.table != "" && o.table != t.kind.name {
			continue
		}
		if err := measure(ctx, o, t); err != nil {
			return err
		}
		t.print(&b, o.short)
	}
	printComparison(&b, tables)
	if o.table == "lines" || o.table == "" && len(o.only) == 0 {
		all, err := lines(ctx, o)
		if err != nil {
			return err
		}
		printLines(&b, all)
	}
	if page != "" {
		return os.WriteFile(page, []byte(b.String()), 0o644)
	}
	_, err = io.WriteString(os.Stdout, b.String())
	return err
}

const head = `# The classifier beside other filters

Made by ` + "`go run ./bench/classifier -o docs/classifier-figures.md DIR`" + `, DIR being a folder of labelled comments: the
YouTube Spam Collection (Alberto, Lochter and Almeida, 2015; CC BY 4.0), the SMS Spam Collection (Almeida, Gomez
Hidalgo and Yamakami, 2011; CC BY 4.0), and the comments of a podcast's site as it moderated them (ephes/django-cast;
BSD-3-Clause). Figures of the other filters are those that come with the folder, measured on the same files and splits;
a cell is empty where a filter was not run. Only winnow's row is measured by the command. The model that ships with
winnow takes no part.

*Sketch A* is an experiment that came with the folder: logistic regression trained online over words, pairs, character
4-grams, parts of links and shapes of the text; *sketch B* averages it with multinomial Bayes; the *recipe* is what
winnow's method started from.
`
