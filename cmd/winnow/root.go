package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/winnowd/winnow/configs"
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
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	a.json = a.json || asksForJSON(args)
	a.report(err)
	var usage *usageError
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}

func (a *app) root() *cobra.Command {
	root := group("winnow", "Moderate blog comments on your own machine",
		a.serveCommand(),
		a.demoCommand(),
		a.siteCommand(),
		a.userCommand(),
		a.queueCommand(),
		a.deliveriesCommand(),
		a.policyCommand(),
		a.importCommand(),
		a.exportCommand(),
		a.eraseCommand(),
		a.backupCommand(),
		a.restoreCommand(),
		a.configCommand(),
		a.evalCommand(),
		a.modelCommand(),
		a.benchCommand(),
		a.versionCommand(),
	)
	root.Long = "winnow moderates blog comments on your own machine: `winnow serve` is the daemon, the other\n" +
		"commands look after it, beside a running daemon or without one.\n\n" +
		"Exit codes: 0 done, 1 failed, 2 wrong usage. Results go to standard output, errors and logs to\n" +
		"standard error."
	root.Example = "  winnow demo\n  winnow serve\n" +
		"  winnow site add blog --url https://blog.example"
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(wrongFlag)
	root.SetUsageFunc(printUsage)
	root.SetHelpCommand(helpCommand())
	showVersion := root.Flags().Bool("version", false, "print which winnow this is")
	root.RunE = func(c *cobra.Command, _ []string) error {
		if *showVersion {
			return a.printVersion()
		}
		return missingCommand(c)
	}
	f := root.PersistentFlags()
	f.BoolP("help", "h", false, "explain the command")
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
				return unknownCommand(c, args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return missingCommand(c) },
	}
	c.AddCommand(subs...)
	return c
}

// flagKeys are the flags that set a key of the configuration.
func flagKeys() map[string]string {
	return map[string]string{
		"data-dir": "data_dir", "log-level": "log.level", "log-format": "log.format",
		"listen": "server.listen", "metrics-listen": "server.metrics_listen",
	}
}

// config loads the effective configuration of a command. A flag without sense is
// wrong usage.
func (a *app) config(c *cobra.Command) (*configs.Config, *configs.Sources, error) {
	flags := map[string]string{}
	keys := flagKeys()
	c.Flags().Visit(func(f *pflag.Flag) {
		if key := keys[f.Name]; key != "" {
			flags[key] = f.Value.String()
		}
	})
	cfg, sources, err := configs.Load(configs.Options{
		File: a.configFile, Search: []string{"./winnow.yaml", "/etc/winnow/winnow.yaml"}, Env: a.env, Flags: flags,
	})
	var faults configs.Faults
	if errors.As(err, &faults) {
		for _, f := range faults {
			if f.Layer == configs.FromFlag {
				return nil, nil, wrongUsage(c, err)
			}
		}
	}
	return cfg, sources, err
}

func (a *app) logger(cfg *configs.Config) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Log.Level.Slog()}
	if cfg.Log.Format == configs.FormatJSON {
		return slog.New(slog.NewJSONHandler(a.stderr, options))
	}
	return slog.New(slog.NewTextHandler(a.stderr, options))
}
