package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/history"
	"github.com/winnowd/winnow/models"
)

func (a *app) exportCommand() *cobra.Command {
	var site, output string
	c := &cobra.Command{
		Use: "export [--site NAME]", Short: "Write everything stored for a site as JSON Lines",
		Long: "Write everything stored for a site, or the only one there is, as JSON Lines: all revisions of its\n" +
			"comments with their decisions, its labels, and the policies that judged. `winnow import` reads it\n" +
			"back without loss. The site's keys are not in it. It works beside a running daemon.",
		Example: "  winnow export --site blog --output blog.jsonl",
		Args:    args(),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := a.site(c, named(site))
			if err != nil {
				return err
			}
			if output == "" && a.json {
				return wrongUsage(c, errors.New("--json prints a summary, so that the export needs --output FILE"))
			}
			var n history.Exported
			if err := a.pages(c, func(ctx context.Context, p control.Pages) (err error) {
				n, err = a.export(ctx, p, s, output)
				return err
			}); err != nil || output == "" {
				return err
			}
			result := struct {
				Site string `json:"site"`
				File string `json:"file"`
				history.Exported
			}{s.Name, output, n}
			return a.print(result, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s: %d revisions with %d decisions, %d labels.\n", output, n.Revisions, n.Decisions, n.Labels)
				return err
			})
		},
	}
	c.Flags().StringVar(&site, "site", "", "this site, by `NAME`")
	c.Flags().StringVar(&output, "output", "", "write to `FILE`, which appears when it is whole; otherwise to standard output")
	return c
}

// named are the arguments that name a site, if it is named.
func named(site string) []string {
	if site == "" {
		return nil
	}
	return []string{site}
}

// pages opens what a command reads much from.
func (a *app) pages(c *cobra.Command, do func(context.Context, control.Pages) error) (err error) {
	cfg, _, err := a.config(c)
	if err != nil {
		return err
	}
	if err := exists(cfg); err != nil {
		return advised(err)
	}
	p, closePages, err := daemon.OpenPages(c.Context(), cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closePages()) }()
	return do(c.Context(), p)
}

// export writes to a file that appears when it is whole, or to standard output.
func (a *app) export(ctx context.Context, p control.Pages, site *models.Site, output string) (n history.Exported, err error) {
	bar := a.progress("Exporting")
	defer bar.end()
	write := func(to io.Writer) error {
		buffered := bufio.NewWriterSize(to, 256<<10)
		n, err = history.Export(ctx, buffered, p, site, func(done float64, so history.Exported) {
			bar.set(done, fmt.Sprintf("%d revisions", so.Revisions))
		})
		return errors.Join(err, buffered.Flush())
	}
	if output == "" {
		return n, write(a.stdout)
	}
	return n, writeWhole(output, write)
}

// writeWhole writes a file beside its place and puts it there when it is synced.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // with mode 0600
	if err != nil {
		return advised(err)
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		if gone := os.Remove(f.Name()); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
