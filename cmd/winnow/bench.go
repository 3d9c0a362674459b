package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/configs"
	"github.com/winnowd/winnow/evaluation"
	"github.com/winnowd/winnow/load"
)

func (a *app) benchCommand() *cobra.Command {
	o := load.Options{}
	var duration, data string
	c := &cobra.Command{
		Use: "bench --url URL --key KEY", Short: "Put a running daemon under load and measure it",
		Long: "Put a running daemon under load and measure it: distinct comments are posted to it, its decisions feed is\n" +
			"followed, and rates and latencies are printed. Comments that were accepted and are never decided are\n" +
			"lost, and the command fails. With --rate comments are due at fixed times whether the daemon keeps up or\n" +
			"not, and their latency counts from then.\n\n" +
			"The comments are stored and judged like any others: use a site, or a data directory, made for it.",
		Example: "  winnow bench --url http://127.0.0.1:8080 --key wk_... --duration 15s\n" +
			"  winnow bench --url http://127.0.0.1:8080 --key wk_... --rate 500 --data comments.jsonl",
		Args: args(),
		RunE: func(c *cobra.Command, _ []string) error {
			if o.URL == "" || o.Key == "" {
				return wrongUsage(c, errors.New("--url and --key are needed"))
			}
			d, err := configs.ParseDuration(duration)
			if err != nil {
				return wrongUsage(c, fmt.Errorf("--duration %q: %w", duration, err))
			}
			o.Duration = time.Duration(d)
			if err := o.Check(); err != nil {
				return wrongUsage(c, err)
			}
			if data != "" {
				examples, err := evaluation.ReadFile(data)
				if err != nil {
					return fmt.Errorf("read comments: %w", err)
				}
				if len(examples) == 0 {
					return fmt.Errorf("%s has no comments: there is nothing to post", data)
				}
				for _, e := range examples {
					o.Comments = append(o.Comments, e.Comment)
				}
			}
			result, err := load.Run(c.Context(), o)
			if err != nil {
				return fmt.Errorf("put %s under load: %w", o.URL, err)
			}
			if err := a.print(result, func(w io.Writer) error { return result.Print(w) }); err != nil {
				return err
			}
			if result.Lost > 0 {
				return fmt.Errorf("%d comments were accepted and not decided", result.Lost)
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&o.URL, "url", "", "the daemon's `URL`")
	f.StringVar(&o.Key, "key", "", "the API `KEY` of a site")
	f.StringVar(&data, "data", "", "post the comments of `FILE`, JSON Lines as for eval (default some of our own)")
	f.IntVar(&o.Connections, "connections", 64, "keep `N` connections busy")
	f.StringVar(&duration, "duration", "15s", "how `LONG` to post")
	f.Float64Var(&o.Rate, "rate", 0, "post `N` comments a second (default as many as are answered)")
	f.IntVar(&o.Batch, "batch", 0, "post `N` comments in each request")
	return c
}
