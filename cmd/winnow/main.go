// Command winnow moderates blog comments: a daemon and the commands to run it.
// `winnow help` lists the commands, and `winnow help COMMAND` explains one.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage. Results go to standard output, logs
// and errors to standard error; with --json an error is one problem object.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}
