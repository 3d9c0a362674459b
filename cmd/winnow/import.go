package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/winnowd/winnow/control"
	"github.com/winnowd/winnow/history"
	"github.com/winnowd/winnow/models"
)

const (
	// importRows and importBytes bound what is handed over at a time.
	importRows  = 200
	importBytes = 1 << 20
	// shownRows is how many bad rows of a file are shown.
	shownRows = 20
)

func (a *app) importCommand() *cobra.Command {
	var site, format string
	var names []string
	for _, f := range history.Formats() {
		names = append(names, f.Name)
	}
	c := &cobra.Command{
		Use: "import FILE...", Short: "Learn from comments that were moderated elsewhere, or read an export back",
		Long: "Read comments that people labelled, and learn from them; or read back what `winnow export` wrote.\n" +
			"The comments become history: they are not judged again, not delivered, and in no feed. The same\n" +
			"file again changes nothing, so that an import that broke off is completed by repeating it. Bad\n" +
			"rows are skipped and shown with their lines. - reads standard input.\n\n" +
			"A file is JSON Lines, a table with the names of its columns in the first row (CSV), WordPress's export\n" +
			"(WXR), Disqus's, or winnow's own; compressed by gzip or not.",
		Example: "  winnow import --site blog comments.jsonl\n" +
			"  winnow import garden.WordPress.2026-03-02.xml spam.csv",
		Args: func(c *cobra.Command, given []string) error {
			if len(given) == 0 {
				return wrongUsage(c, errors.New("FILE is missing"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, files []string) error {
			if format != "" {
				if _, err := history.Named(format); err != nil {
					return wrongUsage(c, fmt.Errorf("--format: %w", err))
				}
			}
			s, err := a.site(c, named(site))
			if err != nil {
				return err
			}
			return a.importFiles(c, s, format, files)
		},
	}
	c.Flags().StringVar(&site, "site", "", "the site that the comments belong to, by `NAME`")
	c.Flags().StringVar(&format, "format", "", "the files' `FORMAT`: "+strings.Join(names, ", ")+" (default: by what they look like)")
	return c
}

// importedFile is what became of a file.
type importedFile struct {
	File   string `json:"file"`
	Format string `json:"format"`
	Rows   int    `json:"rows"`
	models.Imported
}

func (a *app) importFiles(c *cobra.Command, site *models.Site, format string, files []string) error {
	result := struct {
		Site string `json:"site"`
		models.Imported
		Files []importedFile `json:"files"`
	}{Site: site.Name}
	err := a.change(c, func(ctx context.Context, admin control.Admin) error {
		for _, name := range files {
			f, err := a.importFile(ctx, admin, site, format, name)
			result.Files = append(result.Files, f)
			result.Add(f.Imported)
			if err != nil && f.Rows == 0 {
				return fmt.Errorf("import %s: %w", name, err)
			}
			if err != nil {
				return fmt.Errorf("import %s: %w (what was read before is stored; the same import again goes on from there)", name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if a.json {
		result.Bad = nil // each file has its own
	}
	return a.print(result, func(w io.Writer) error {
		for _, f := range result.Files {
			printImported(w, &f)
		}
		return nil
	})
}

func printImported(w io.Writer, f *importedFile) {
	fmt.Fprintf(w, "%s (%s): %d rows, %d new comments, %d new labels (%d ham, %d spam), %d known already", f.File, f.Format, f.Rows, f.Comments, f.Labels, f.Ham, f.Spam, f.Known)
	for _, more := range []struct {
		n    int
		what string
	}{{f.Unlabelled, "undecided"}, {f.Erased, "erased here and not taken again"}, {len(f.Bad), "bad"}} {
		if more.n > 0 {
			fmt.Fprintf(w, ", %d %s", more.n, more.what)
		}
	}
	fmt.Fprintln(w, ".")
	for _, bad := range f.Bad[:min(len(f.Bad), shownRows)] {
		fmt.Fprintf(w, "  %s:%d: %s\n", f.File, bad.Line, cell(bad.Err))
	}
	if over := len(f.Bad) - shownRows; over > 0 {
		fmt.Fprintf(w, "  and %d more bad rows.\n", over)
	}
}

func (a *app) importFile(ctx context.Context, admin control.Admin, site *models.Site, format, name string) (importedFile, error) {
	result := importedFile{File: name}
	file, size, closeFile, err := openInput(name)
	if err != nil {
		return result, err
	}
	defer closeFile()
	counted := &counter{r: file}
	text, err := history.Unpacked(counted)
	if err != nil {
		return result, err
	}
	head := bufio.NewReaderSize(text, 64<<10)
	first, err := head.Peek(history.HeadBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return result, err
	}
	found, err := history.Detect(name, first)
	if format != "" {
		found, err = history.Named(format)
	}
	if err != nil {
		return result, err
	}
	result.Format = found.Name
	bar := a.progress("Importing " + name)
	defer bar.end()
	err = inBatches(found.Read(head), func(batch []models.HistoryEntry, bad []*models.RowError) error {
		result.Rows += len(batch) + len(bad)
		n := models.Imported{}
		if len(batch) > 0 {
			if n, err = admin.Import(ctx, site.Name, batch); err != nil {
				return err
			}
		}
		n.Bad = append(n.Bad, bad...)
		result.Add(n)
		bar.set(float64(counted.n)/float64(max(size, counted.n, 1)), fmt.Sprintf("%d rows, %d bad", result.Rows, len(result.Bad)))
		return ctx.Err()
	})
	return result, err
}

// openInput opens a file, or standard input for "-". size is 0 if it is unknown.
func openInput(name string) (r io.Reader, size int64, closeInput func(), err error) {
	if name == "-" {
		return os.Stdin, 0, func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("it is a directory")
	}
	if err != nil {
		return nil, 0, nil, errors.Join(err, f.Close())
	}
	return f, info.Size(), func() { _ = f.Close() }, nil
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// inBatches hands entries over in batches, with the bad rows among them.
func inBatches(entries iter.Seq2[models.HistoryEntry, error], hand func([]models.HistoryEntry, []*models.RowError) error) error {
	var batch []models.HistoryEntry
	var bad []*models.RowError
	size := 0
	for e, err := range entries {
		var row *models.RowError
		switch {
		case errors.As(err, &row):
			bad = append(bad, row)
		case err != nil:
			return errors.Join(hand(batch, bad), err)
		default:
			batch = append(batch, e)
			size += sizeOf(&e)
		}
		if len(batch)+len(bad) < importRows && size < importBytes {
			continue
		}
		if err := hand(batch, bad); err != nil {
			return err
		}
		batch, bad, size = nil, nil, 0
	}
	return hand(batch, bad)
}

// sizeOf is about how large an entry is, in bytes.
func sizeOf(e *models.HistoryEntry) int {
	n := 500
	switch {
	case e.Labelled != nil:
		n += len(e.Labelled.Comment.Content)
	case e.Revision != nil:
		if c := e.Revision.Comment; c != nil {
			n += len(c.Content) + len(c.Meta)
		}
		n += 1000 * len(e.Revision.Decisions)
	case e.Label != nil && e.Label.Lesson != nil:
		n += len(e.Label.Lesson.Text)
	case e.Policy != nil:
		n += len(e.Policy.Text)
	}
	return n
}
