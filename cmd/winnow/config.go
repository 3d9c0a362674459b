package main

import (
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/policy"
)

func (a *app) configCommand() *cobra.Command {
	check := &cobra.Command{
		Use: "check", Short: "Check configuration and policy",
		Long: "Check the configuration and the policy that `winnow serve` would use here, and print each error\n" +
			"with its line and column.",
		Example: "  winnow config check --config /etc/winnow/winnow.yaml",
		Args:    args(),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, sources, err := a.config(c)
			if err != nil {
				return err
			}
			name, text, err := daemon.PolicyFile(cfg)
			if err != nil {
				return advised(fmt.Errorf("read policy: %w", err))
			}
			if _, err := policy.Parse(name, text); err != nil {
				return err
			}
			result := struct {
				File   string `json:"file"`
				Policy string `json:"policy"`
			}{sources.File, name}
			return a.print(result, func(w io.Writer) error {
				file := sources.File
				if file == "" {
					file = "no file, defaults"
				}
				_, err := fmt.Fprintf(w, "Configuration good (%s), policy good (%s).\n", file, name)
				return err
			})
		},
	}
	show := &cobra.Command{
		Use: "show", Short: "Show the effective configuration and where each value came from",
		Args: args(),
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, sources, err := a.config(c)
			if err != nil {
				return err
			}
			asYAML, err := cfg.YAML(sources)
			if err != nil {
				return err
			}
			asJSON, err := cfg.JSON(sources)
			if err != nil {
				return err
			}
			return a.print(jsontext.Value(asJSON), func(w io.Writer) error {
				_, err := w.Write(asYAML)
				return err
			})
		},
	}
	return group("config", "Check and show the configuration", check, show)
}

func (a *app) policyCommand() *cobra.Command {
	return group("policy", "Check a policy file", &cobra.Command{
		Use: "check FILE", Short: "Check a policy file: every error with its line and column",
		Example: "  winnow policy check winnow-data/policy.yaml",
		Args:    args("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("read policy: %w", err)
			}
			set, err := policy.Parse(args[0], text)
			if err != nil {
				return err
			}
			result := struct {
				File    string `json:"file"`
				Version string `json:"version"`
				Rules   int    `json:"rules"`
			}{args[0], set.Version(), len(set.Rules(""))}
			return a.print(result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s: good, %d rules, %s\n", result.File, result.Rules, result.Version)
				return err
			})
		},
	})
}
