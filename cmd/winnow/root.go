package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/models"
)

// app is what all commands share.
type app struct {
	env            []string
	stdout, stderr io.Writer
	configFile     string
	json           bool
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args, env []string, stdout, stderr io.Writer) int {
	a := &app{env: env, stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if err := root.ExecuteContext(ctx); err != nil {
		a.report(err)
		var usage *usageError
		if errors.As(err, &usage) {
			return 2
		}
		return 1
	}
	return 0
}

func (a *app) root() *cobra.Command {
	root := group("winnow", "Moderate blog comments on your own machine",
		a.serveCommand(), a.siteCommand(), a.queueCommand(), a.policyCommand(), a.configCommand(), a.versionCommand())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return wrongUsage(c, err) })
	f := root.PersistentFlags()
	f.StringVar(&a.configFile, "config", "", "configuration `FILE` (default ./winnow.yaml, then /etc/winnow/winnow.yaml, if there)")
	f.String("data-dir", "", "`DIR` that holds everything but the configuration (default winnow-data)")
	f.BoolVar(&a.json, "json", false, "print results and errors as JSON")
	f.String("log-level", "", "least severe `LEVEL` to log: debug, info, warn, error (default info)")
	f.String("log-format", "", "`FORMAT` of the log: text or json (default text)")
	return root
}

// group is a command that only has subcommands.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				err := fmt.Errorf("unknown command %q", args[0])
				if near := c.SuggestionsFor(args[0]); len(near) > 0 {
					err = fmt.Errorf("%w, did you mean %q?", err, near[0])
				}
				return wrongUsage(c, err)
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SuggestionsMinimumDistance = 2
	c.AddCommand(subs...)
	return c
}

// usageError is a command line without sense.
type usageError struct {
	err     error
	command string
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v (see `%s --help`)", e.err, e.command)
}
func (e *usageError) Unwrap() error { return e.err }

func wrongUsage(c *cobra.Command, err error) error {
	return &usageError{err, c.CommandPath()}
}

// args makes a check of the number of arguments.
func args(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, given []string) error {
		switch {
		case len(given) < len(names):
			return wrongUsage(c, fmt.Errorf("%s is missing", names[len(given)]))
		case len(given) > len(names):
			return wrongUsage(c, fmt.Errorf("%q is one argument too many", given[len(names)]))
		}
		return nil
	}
}

// flagKeys are the flags that set a key of the configuration.
func flagKeys() map[string]string {
	return map[string]string{
		"data-dir": "data_dir", "log-level": "log.level", "log-format": "log.format",
		"listen": "server.listen", "metrics-listen": "server.metrics_listen",
	}
}

// config loads the effective configuration of a command.
func (a *app) config(c *cobra.Command) (*configs.Config, *configs.Sources, error) {
	flags := map[string]string{}
	keys := flagKeys()
	c.Flags().Visit(func(f *pflag.Flag) {
		if key := keys[f.Name]; key != "" {
			flags[key] = f.Value.String()
		}
	})
	return configs.Load(configs.Options{
		File: a.configFile, Search: []string{"./winnow.yaml", "/etc/winnow/winnow.yaml"}, Env: a.env, Flags: flags,
	})
}

func (a *app) logger(cfg *configs.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Log.Level.Slog()}
	if cfg.Log.Format == configs.FormatJSON {
		return slog.New(slog.NewJSONHandler(a.stderr, options))
	}
	return slog.New(slog.NewTextHandler(a.stderr, options))
}

// report prints an error, once.
func (a *app) report(err error) {
	if !a.json {
		fmt.Fprintf(a.stderr, "winnow: %v\n", err)
		return
	}
	kind, title := "internal", "Failed"
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		kind, title = "usage", "Wrong usage"
	case errors.Is(err, models.ErrNotFound):
		kind, title = "not-found", "Not found"
	case errors.Is(err, models.ErrConflict):
		kind, title = "conflict", "Conflict"
	case errors.Is(err, models.ErrInvalid):
		kind, title = "invalid", "Invalid"
	case errors.Is(err, models.ErrUnavailable):
		kind, title = "unavailable", "Temporarily unavailable"
	}
	a.printTo(a.stderr, struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
	}{"urn:winnow:problem:" + kind, title, err.Error()})
}

// print writes a result: as JSON with --json, else by text.
func (a *app) print(result any, text func(io.Writer) error) error {
	if a.json {
		return a.printTo(a.stdout, result)
	}
	return text(a.stdout)
}

func (a *app) printTo(w io.Writer, v any) error {
	if err := json.MarshalWrite(w, v, json.Deterministic(true), json.FormatNilSliceAsNull(false), jsontext.EscapeForHTML(false), models.WireJSON()); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
