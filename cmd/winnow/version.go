package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/daemon"
)

// version is the release that this is, or follows.
const version = "0.1.0"

// readBuild is what the binary knows of its making.
func readBuild() daemon.Build {
	b := daemon.Build{Version: version, Commit: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	changed := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if changed {
		b.Commit += "-changed"
	}
	return b
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print which winnow this is",
		Args: args(),
		RunE: func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

func (a *app) printVersion() error {
	b := readBuild()
	result := struct {
		Version   string `json:"version"`
		Commit    string `json:"commit"`
		GoVersion string `json:"goversion"`
	}{b.Version, b.Commit, runtime.Version()}
	return a.print(result, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "winnow %s (commit %s, %s)\n", result.Version, result.Commit, result.GoVersion)
		return err
	})
}
