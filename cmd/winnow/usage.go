package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageError is a command line without sense.
type usageError struct {
	err     error
	command string
	// explain is the command whose help people are shown with the error; nil if none is.
	explain *cobra.Command
}

func (e *usageError) Error() string { return detail(e.err) + " " + e.help() }
func (e *usageError) Unwrap() error { return e.err }

// help says where the right usage is explained.
func (e *usageError) help() string { return fmt.Sprintf("(see `%s --help`)", e.command) }

func wrongUsage(c *cobra.Command, err error) error {
	return &usageError{err: err, command: c.CommandPath()}
}

// missingCommand is for a command that needs one of its subcommands and got none.
func missingCommand(c *cobra.Command) error {
	return &usageError{errors.New("COMMAND is missing"), c.CommandPath(), c}
}

// args makes a check of the arguments: all of names must be given, except those in
// brackets, which may be.
func args(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		switch {
		case len(given) > len(names):
			return wrongUsage(c, fmt.Errorf("%q is one argument too many", given[len(names)]))
		case len(given) < len(names) && !strings.HasPrefix(names[len(given)], "["):
			return wrongUsage(c, fmt.Errorf("%s is missing", names[len(given)]))
		}
		return nil
	}
}

func unknownCommand(c *cobra.Command, name string) error {
	err := fmt.Errorf("unknown command %q", name)
	var known []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	if near := nearest(name, known); near != "" {
		err = fmt.Errorf("%w, did you mean %q?", err, near)
	}
	return wrongUsage(c, err)
}

// wrongFlag says what is wrong with a flag in the words of the command line.
func wrongFlag(c *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		needs   *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		name := unknown.GetSpecifiedName()
		err = fmt.Errorf("unknown flag --%s", name)
		var known []string
		c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if near := nearest(name, known); near != "" {
			err = fmt.Errorf("%w, did you mean --%s?", err, near)
		}
	case errors.As(err, &needs) && needs.GetSpecifiedShortnames() == "":
		err = fmt.Errorf("--%s needs a value", needs.GetSpecifiedName())
	case errors.As(err, &invalid):
		allowed := map[string]string{"int": "a whole number", "uint64": "a whole number from 0 on", "float64": "a number", "bool": "true or false", "score": "a number from 0 to 1, or default"}[invalid.GetFlag().Value.Type()]
		if allowed != "" {
			err = fmt.Errorf("--%s %q: must be %s", invalid.GetFlag().Name, invalid.GetValue(), allowed)
		}
	}
	return wrongUsage(c, err)
}

// asksForJSON tells whether a command line that could not be read contains --json.
func asksForJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.ContainsFunc(args, func(arg string) bool {
		name, value, given := strings.Cut(arg, "=")
		yes, _ := strconv.ParseBool(value) // false if it is neither
		return name == "--json" && (!given || yes)
	})
}

// nearest is the known name that somebody may have meant; empty if none is near.
func nearest(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		d := distance(name, k)
		if len(name) >= 3 && strings.HasPrefix(k, name) {
			d = 1
		}
		if d < least && d < len(k) {
			best, least = k, d
		}
	}
	return best
}

// distance is how many bytes must be inserted, dropped or replaced to make b of a
// (Levenshtein, 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
