package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/policy"
)

func (a *app) policyCommand() *cobra.Command {
	return group("policy", "Check a policy file", a.policyCheckCommand())
}

func (a *app) policyCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE", Short: "Check a policy file: every error with its line and column",
		Example: "  winnow policy check winnow-data/policy.yaml",
		Args:    args("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := policy.Place{File: args[0]}.Load()
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
	}
}
