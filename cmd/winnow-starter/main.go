// Command winnow-starter makes the starter model that ships in winnow from a folder of
// labelled comments:
//
//	go run ./cmd/winnow-starter DATADIR
//
// DATADIR holds the collections that are named in NOTICE as JSON Lines, one comment a
// line with content, label ("ham" or "spam") and, where it may be used, author. Beside
// them it learns the seeds: comments that are made, always the same ones, of the lists in
// the folder seeds, which were written for winnow. -seeds prints them.
//
// What is written to classifier/starter.model holds counts and weights of features by
// hash, no text, and names each collection with its number of comments and its SHA-256.
// The same files make the same model, to the byte on one architecture.
//
//	go run ./cmd/winnow-starter -check DATADIR [FILE...]
//
// measures how starters do on collections that they were not made from. Each FILE has
// honest comments to be told apart from the spam of a site that is left out.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/winnowd/winnow/classifier"
)

func main() {
	out := flag.String("o", "classifier/starter.model", "`FILE` to write")
	measure := flag.Bool("check", false, "measure on collections that are left out, and write nothing")
	show := flag.Bool("seeds", false, "print the seeds, and write nothing")
	flag.Parse()
	err := func() error {
		ctx := context.Background()
		switch args := flag.Args(); {
		case *show && len(args) == 0:
			return printSeeds(os.Stdout)
		case *measure && len(args) > 0 && !*show:
			return check(ctx, os.Stdout, args[0], args[1:])
		case len(args) == 1 && !*measure && !*show:
			return run(ctx, os.Stdout, args[0], *out)
		}
		fmt.Fprintln(os.Stderr, "usage: winnow-starter [-o FILE] DATADIR | -check DATADIR [FILE...] | -seeds")
		os.Exit(2)
		return nil
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "winnow-starter:", err)
		os.Exit(1)
	}
}

// run makes the starter and writes it.
func run(ctx context.Context, w io.Writer, dir, out string) error {
	all, err := readAll(dir)
	if err != nil {
		return err
	}
	starter, err := makeStarter(ctx, all)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := starter.Write(&file); err != nil {
		return err
	}
	if _, err := classifier.ReadStarter(file.Bytes()); err != nil {
		return err
	}
	if err := os.WriteFile(out, file.Bytes(), 0o644); err != nil {
		return err
	}
	ham, spam := starter.Documents()
	_, err = fmt.Fprintf(w, "%s: %d bytes, %d features of %d ham and %d spam comments\n%s\n",
		out, file.Len(), starter.Features(), ham, spam, starter.About())
	return err
}

// printSeeds prints what is made of the lists.
func printSeeds(w io.Writer) error {
	s, err := newSower()
	if err != nil {
		return err
	}
	for _, e := range s.seeds() {
		if _, err := fmt.Fprintf(w, "%s\t%s\t%s\t%q\n", e.Label, e.Comment.Author.Name, e.Comment.Author.URL, e.Comment.Content); err != nil {
			return err
		}
	}
	return nil
}
