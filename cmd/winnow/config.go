package main

import (
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/daemon"
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
			set, err := daemon.PolicyPlace(cfg).Load()
			if err != nil {
				return advised(err)
			}
			result := struct {
				File   string `json:"file"`
				Policy string `json:"policy"`
			}{sources.File, set.Name()}
			return a.print(result, func(w io.Writer) error {
				file := sources.File
				if file == "" {
					file = "no file, defaults"
				}
				_, err := fmt.Fprintf(w, "Configuration good (%s), policy good (%s).\n", file, set.Name())
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
