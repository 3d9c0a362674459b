package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/daemon"
	"github.com/winnowd/winnow/models"
)

func (a *app) backupCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use: "backup FILE", Short: "Write everything into one file, beside a running daemon or without one",
		Long: "Write the database as it is, the identity key and the policy file into one FILE, which appears when\n" +
			"it is whole and checked. A running daemon goes on accepting and judging meanwhile.\n\n" +
			"FILE contains the sites' secrets and the comments: only its owner can read it, keep it so.",
		Example: "  winnow backup /var/backups/winnow-2026-03-01",
		Args:    args("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			var b models.Backup
			if err := a.change(c, func(ctx context.Context, admin control.Admin) (err error) {
				b, err = admin.Backup(ctx, path, force)
				return err
			}); err != nil {
				return advised(err)
			}
			if _, err := os.Stat(path); err != nil {
				return fmt.Errorf("the daemon wrote a backup to %s, which does not appear here, perhaps because it runs with a /tmp of its own: choose another place: %w", path, err)
			}
			return a.print(b, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s: %.1f MB in %.1f s, as of %s. It contains secrets.\n",
					args[0], float64(b.Bytes)/1e6, b.Seconds, b.TakenAt.Format(time.RFC3339))
				return err
			})
		},
	}
	c.Flags().BoolVar(&force, "force", false, "write over a FILE that is there")
	return c
}

func (a *app) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in the place of what is there",
		Long: "Check a backup and put it in the place of the database, while no daemon runs. What was there\n" +
			"before is kept in a directory of its own within the data directory; delete it when all is well.\n" +
			"Comments that were queued in the backup are judged at the next start.",
		Example: "  winnow restore /var/backups/winnow-2026-03-01",
		Args:    args("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, _, err := a.config(c)
			if err != nil {
				return err
			}
			path, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			r, err := daemon.Restore(c.Context(), cfg, path)
			if errors.Is(err, control.ErrHeld) {
				return fmt.Errorf("%w: stop the daemon, restore, and start it again", err)
			}
			if err != nil {
				return advised(err)
			}
			return a.print(r, func(w io.Writer) error {
				fmt.Fprintf(w, "Restored %s as of %s", filepath.Join(cfg.DataDir, "winnow.db"), r.TakenAt.Format(time.RFC3339))
				if len(r.Files) > 0 {
					fmt.Fprintf(w, ", with %s", strings.Join(r.Files, " and "))
				}
				fmt.Fprintln(w, ".")
				if r.Aside != "" {
					fmt.Fprintf(w, "What was there before is kept in %s.\n", r.Aside)
				}
				return nil
			})
		},
	}
}
