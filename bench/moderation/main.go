// Command moderation measures what moderators wait for. It fills a database with
// comments, some of them held, serves it with a whole winnow in a process of its own, and
// has moderators click through its pages while further comments arrive:
//
//	go run ./bench/moderation -comments 1000000 -held 100000
//	go run ./bench/moderation -dir /var/tmp/winnow-bench
//
// With -dir the database is kept, and the next run fills none.
//
// A moderator asks for a page, reads it for a second, half of it more or less, and asks for
// the next: one page a second each, which is quicker than people decide. Each has the
// stream of events open, as the page does. What is asked for is shuffled, so that all kinds
// of pages are under way at a time, with other authors, words and places each time. Of the
// clicks some are verdicts. Comments arrive one by one over HTTP at a fixed rate; 100 a
// second are eight times those of a site with a million a day. The time counts from the
// click to the last byte; the clicking and the arriving comments take their share of the
// same machine.
//
// Before that, each kind of page is asked for by one moderator alone, without pause, which
// gives the CPU time that the server takes for it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// settings are what is measured.
type settings struct {
	dir            string
	comments, held int
	moderators     int
	clicks, alone  int
	think          time.Duration
	rate           float64
	only, profile  string
	write          string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == serveArg {
		exit(serve(os.Args[2:]))
	}
	var set settings
	flag.StringVar(&set.dir, "dir", "", "keep the database in `DIR`, which is filled if it has none")
	flag.IntVar(&set.comments, "comments", 1_000_000, "how many comments are stored")
	flag.IntVar(&set.held, "held", 100_000, "how many of them are held")
	flag.IntVar(&set.moderators, "moderators", 20, "how many moderators click at a time")
	flag.IntVar(&set.clicks, "clicks", 100, "how many pages of each kind they ask for")
	flag.IntVar(&set.alone, "alone", 20, "how many pages of each kind one alone asks for before")
	flag.DurationVar(&set.think, "think", time.Second, "how long a moderator looks at a page, on average")
	flag.Float64Var(&set.rate, "rate", 100, "how many comments arrive in a second")
	flag.StringVar(&set.only, "only", "", "ask for pages of which the name contains `TEXT` alone")
	flag.StringVar(&set.profile, "profile", "", "write a CPU profile of the server to `FILE`")
	flag.StringVar(&set.write, "write", "", "write the table into `FILE`, between its marks")
	flag.Parse()
	exit(run(context.Background(), os.Stdout, set))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, w io.Writer, set settings) (err error) {
	if set.dir == "" {
		if set.dir, err = os.MkdirTemp("", "winnow-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(set.dir)) }()
	}
	if err := fill(ctx, w, set); err != nil {
		return fmt.Errorf("fill the database: %w", err)
	}
	s, err := startServer(ctx, set)
	if err != nil {
		return fmt.Errorf("start winnow: %w", err)
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	var table strings.Builder
	if err := measure(ctx, io.MultiWriter(w, &table), s, set); err != nil || set.write == "" {
		return err
	}
	return writeBetween(set.write, table.String())
}

// The marks that the table stands between.
const (
	firstMark = "<!-- figures: go run ./bench/moderation -->\n"
	lastMark  = "<!-- end of figures of ./bench/moderation -->\n"
)

// writeBetween puts a table in the place of the one that stands in a page.
func writeBetween(path, table string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(page), firstMark)
	_, after, end := strings.Cut(rest, lastMark)
	if !ok || !end {
		return fmt.Errorf("%s: has no marks for the table", path)
	}
	day := "Measured on " + time.Now().UTC().Format(time.DateOnly) + ", " + runtime.GOOS + "/" + runtime.GOARCH + ", " +
		strconv.Itoa(runtime.NumCPU()) + " processors, " + runtime.Version() + ".\n\n"
	return os.WriteFile(path, []byte(before+firstMark+day+table+lastMark+after), 0o644)
}
