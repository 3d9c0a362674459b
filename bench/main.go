// Command bench measures winnow beside references on the same machine in the same
// run, and prints tables in Markdown, or writes them into a page between two marks:
//
//	go run ./bench
//	go run ./bench -full -write docs/performance.md
//
// Each server is a process of its own, and the servers take turns, several rounds, of
// which the median counts, because machines drift. What is compared:
//
//   - decided comments a second, at 64 and 256 connections, beside (a) a bare net/http
//     server that decodes the same JSON and (b) the same with a durable insert of the
//     comment's row, committed in groups;
//   - batches of 20 beside bare inserts of the same rows, 64 in a transaction;
//   - deliveries made to a callback beside the decisions that they carry;
//   - the time to accept at half of the highest rate, open loop, beside the disk's own
//     time to sync;
//   - with -full, the same rates with 5,000,000 comments stored, the memory then, the time
//     to start with 100,000 labels, how long the database's log gets while 1,000,000
//     comments are exported and backed up under load, and how long comments take to be
//     accepted while a backup is made;
//   - with -peers, rspamd and bogofilter on the same texts (Debian's packages).
//
// The last table has the CPU time of each stage of a comment's way, on one core.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == childArg {
		exit(runChild(os.Args[2]))
	}
	var set settings
	flag.DurationVar(&set.duration, "duration", 4*time.Second, "of each measurement")
	flag.IntVar(&set.rounds, "rounds", 3, "of which the median counts")
	flag.StringVar(&set.profile, "profile", "", "write a CPU profile of winnow's last run to `FILE`")
	flag.BoolVar(&set.full, "full", false, "measure with many comments and labels stored, too")
	flag.IntVar(&set.stored, "stored", 5_000_000, "how many comments -full stores")
	flag.BoolVar(&set.peers, "peers", false, "measure rspamd and bogofilter, too")
	flag.StringVar(&set.only, "only", "", "measure only these `SECTIONS` (rates, batches, deliveries, latency, peers, growth, labels, log, backup, stages), separated by commas")
	flag.StringVar(&set.dir, "dir", "", "keep what log and backup store in `DIR`, and use it again")
	write := flag.String("write", "", "write the tables into `FILE`, between its marks")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Parse()
	exit(run(os.Stdout, set, *write, *asJSON))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

type settings struct {
	duration    time.Duration
	rounds      int
	profile     string
	full, peers bool
	only        string
	stored      int
	dir         string
}

// run measures everything that was asked for; what is lost or below its line is an
// error, after all of it was printed.
func run(w io.Writer, set settings, write string, asJSON bool) error {
	var r report
	for _, section := range []struct {
		name string
		run  func(*report, settings) error
		want bool
	}{
		{"rates", measureRates, true},
		{"batches", measureBatches, true},
		{"deliveries", measureDeliveries, true},
		{"latency", measureLatency, true},
		{"peers", measurePeers, set.peers},
		{"growth", measureGrowth, set.full},
		{"labels", measureLabels, set.full},
		{"log", measureLog, set.full},
		{"backup", measureBackup, set.full},
		{"stages", measureStages, true},
	} {
		if set.only != "" {
			section.want = slices.Contains(strings.Split(set.only, ","), section.name)
		}
		if !section.want {
			continue
		}
		fmt.Fprintln(os.Stderr, "measuring", section.name)
		if err := section.run(&r, set); err != nil {
			return fmt.Errorf("measure %s: %w", section.name, err)
		}
	}
	var err error
	switch {
	case asJSON:
		err = json.NewEncoder(w).Encode(&r)
	case write != "":
		err = r.writeInto(write)
	default:
		err = r.print(w)
	}
	return errors.Join(err, r.failures())
}
