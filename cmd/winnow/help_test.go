package main

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestHelp(t *testing.T) {
	for name, line := range map[string]string{"root": "--help", "site": "site --help", "site-add": "site add --help"} {
		o := winnowEnv(t, nil, strings.Fields(line)...)
		if o.code != 0 || o.err != "" {
			t.Fatalf("%q: %+v", line, o)
		}
		golden := "testdata/help-" + name + ".txt"
		if *update {
			write(t, golden, o.out)
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if o.out != string(want) {
			t.Errorf("%s is out of date (go test ./cmd/winnow -update): got\n%s", golden, o.out)
		}
	}
}

func TestHelpIsTheSameInAllItsForms(t *testing.T) {
	for _, forms := range [][]string{{"--help", "help", "-h"}, {"site --help", "help site"}, {"help site add", "site add -h"}} {
		want := winnowEnv(t, nil, strings.Fields(forms[0])...)
		for _, form := range forms[1:] {
			if got := winnowEnv(t, nil, strings.Fields(form)...); got != want {
				t.Errorf("%q: got %+v, want that of %q", form, got, forms[0])
			}
		}
	}
}

func TestAGroupWithoutACommandIsWrongUsageAndExplained(t *testing.T) {
	var groups int
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		if !c.HasAvailableSubCommands() {
			return
		}
		groups++
		line := strings.Fields(c.CommandPath())[1:]
		bad(t, t.TempDir(), 2, "usage", "COMMAND is missing (see `"+c.CommandPath()+" --help`)", line...)
		help := winnowEnv(t, nil, append(slices.Clone(line), "--help")...)
		if o := winnowEnv(t, nil, line...); help.code != 0 || help.err != "" || !strings.HasPrefix(o.err, help.out) {
			t.Errorf("%s: standard error does not begin with the help: %+v", c.CommandPath(), o)
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit((&app{}).root())
	if groups < 8 {
		t.Errorf("only %d commands have others", groups)
	}
}

func TestEveryCommandIsExplainedByExamplesThatHold(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: short text %q", c.CommandPath(), c.Short)
		}
		for line := range strings.Lines(c.Example) {
			words := strings.Fields(line)
			if words[0] != "winnow" {
				t.Errorf("%s: example %q", c.CommandPath(), line)
				continue
			}
			about, args, err := (&app{}).root().Find(words[1:])
			if err == nil {
				err = about.ParseFlags(args)
			}
			if err == nil {
				err = about.Args(about, about.Flags().Args())
			}
			if err != nil {
				t.Errorf("%s: example %q: %v", c.CommandPath(), line, err)
			}
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit((&app{}).root())
}
