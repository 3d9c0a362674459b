package history

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/winnowd/winnow/models"
)

// separated is a table in text, with the names of its columns in the first row. The
// separator is a comma, a semicolon, a tab or a vertical bar, whichever parts those
// names. `content` and a label are needed; unknown columns are ignored.
func separated() Format {
	return Format{
		Name: "csv", Title: "table with column names in the first row",
		Match: func(file string, head []byte) bool {
			switch strings.ToLower(filepath.Ext(file)) {
			case ".csv", ".tsv":
				return true
			}
			line, _, _ := bytes.Cut(plainHead(head), []byte("\n"))
			c := columnsOf(splitNames(string(line), separatorOf(string(line))))
			return c.at[columnContent] >= 0 && (c.at[columnLabel] >= 0 || c.at[columnApproval] >= 0)
		},
		Read: readSeparated,
	}
}

// The columns that are known.
const (
	columnID = iota
	columnAuthor
	columnEmail
	columnURL
	columnIP
	columnContent
	columnContentType
	columnLanguage
	columnDate
	columnLabel    // says that it is spam, or not
	columnApproval // says that it was approved, or not
	columnCount
)

// columnNames are the names that columns go by, without case, spaces and signs, the
// best one first.
func columnNames() [columnCount][]string {
	return [columnCount][]string{
		columnID:          {"id", "commentid"},
		columnAuthor:      {"author", "authorname", "commentauthor", "name"},
		columnEmail:       {"authoremail", "commentauthoremail", "email"},
		columnURL:         {"authorurl", "commentauthorurl", "website", "url"},
		columnIP:          {"ip", "authorip", "commentauthorip", "ipaddress"},
		columnContent:     {"content", "commentcontent", "comment", "commenttext", "text", "body", "message"},
		columnContentType: {"contenttype"},
		columnLanguage:    {"language", "lang", "locale"},
		columnDate:        {"createdat", "commentdategmt", "commentdate", "date", "created", "submittedat", "timestamp"},
		columnLabel:       {"label", "class", "isspam", "spam", "verdict"},
		columnApproval:    {"commentapproved", "approved", "isapproved", "status"},
	}
}

// columns says where the known columns stand; -1 for those that are not there.
type columns struct{ at [columnCount]int }

// columnsOf finds the known columns among names.
func columnsOf(names []string) (c columns) {
	plain := make([]string, len(names))
	for i, name := range names {
		plain[i] = plainColumn(name)
	}
	for column, known := range columnNames() {
		c.at[column] = -1
		for _, name := range known {
			if i := slices.Index(plain, name); i >= 0 {
				c.at[column] = i
				break
			}
		}
	}
	return c
}

// plainColumn is a column's name without case, spaces and signs.
func plainColumn(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// separatorOf is the separator that parts the first row into the most known columns.
func separatorOf(line string) rune {
	best, most := ',', 0
	for _, separator := range ",;\t|" {
		known := 0
		for _, at := range columnsOf(splitNames(line, separator)).at {
			if at >= 0 {
				known++
			}
		}
		if known > most {
			best, most = separator, known
		}
	}
	return best
}

func splitNames(line string, separator rune) []string { return strings.Split(line, string(separator)) }

func readSeparated(r io.Reader) iter.Seq2[models.HistoryEntry, error] {
	return func(yield func(models.HistoryEntry, error) bool) {
		row := &meter{from: fromUTF16(r), most: maxLine}
		table, names, err := openTable(row)
		if errors.Is(err, io.EOF) {
			return
		}
		var c columns
		if err == nil {
			c, err = checkColumns(names)
		}
		if err != nil {
			yield(models.HistoryEntry{}, fmt.Errorf("line 1: %w", err))
			return
		}
		for line := 1; ; {
			row.restart()
			cells, err := table.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			var fault *csv.ParseError
			if err != nil && !errors.As(err, &fault) {
				if errors.As(err, new(pieceError)) {
					err = fmt.Errorf("%w, perhaps a quotation mark is never closed", err)
				}
				yield(models.HistoryEntry{}, fmt.Errorf("after line %d: %w", line, err))
				return
			}
			var l *models.LabelledComment
			if fault != nil {
				line, err = fault.StartLine, plainFault(fault)
			} else {
				line, _ = table.FieldPos(0)
				l, err = c.comment(cells, len(names))
			}
			if !yield(rowAt(line, l, err)) {
				return
			}
		}
	}
}

// openTable reads the first row.
func openTable(r io.Reader) (*csv.Reader, []string, error) {
	text := bufio.NewReaderSize(r, HeadBytes)
	head, _ := text.Peek(HeadBytes) // fewer at the end of the file
	first, _, _ := strings.Cut(string(head), "\n")
	table := csv.NewReader(text)
	table.Comma = separatorOf(first)
	table.FieldsPerRecord = -1
	table.LazyQuotes = table.Comma == '\t' // such tables hardly ever quote
	names, err := table.Read()
	var fault *csv.ParseError
	if errors.As(err, &fault) {
		err = plainFault(fault)
	}
	return table, names, err
}

func checkColumns(names []string) (columns, error) {
	c := columnsOf(names)
	if c.at[columnContent] < 0 {
		return c, fmt.Errorf("must name the columns, among them \"content\"; it has %q", names)
	}
	if c.at[columnLabel] < 0 && c.at[columnApproval] < 0 {
		return c, fmt.Errorf("must name a column \"label\" (spam or ham) or \"approved\"; it has %q", names)
	}
	return c, nil
}

// plainFault says what is wrong with a row of a table.
func plainFault(fault *csv.ParseError) error {
	if errors.Is(fault.Err, csv.ErrQuote) || errors.Is(fault.Err, csv.ErrBareQuote) {
		return fmt.Errorf("has a quotation mark out of place in column %d: within quotes it is written twice", fault.Column)
	}
	return fault.Err
}

// comment makes a comment of a row.
func (c *columns) comment(cells []string, want int) (*models.LabelledComment, error) {
	if len(cells) != want {
		return nil, fmt.Errorf("has %d cells, the first row has %d", len(cells), want)
	}
	get := func(column int) string {
		if at := c.at[column]; at >= 0 {
			return cells[at]
		}
		return ""
	}
	if slices.ContainsFunc(cells, func(s string) bool { return !utf8.ValidString(s) }) {
		return nil, errors.New("is not UTF-8: save the table as UTF-8")
	}
	label, err := labelOf(get(columnLabel), get(columnApproval))
	if err != nil {
		return nil, err
	}
	l := &models.LabelledComment{Label: label, Comment: models.Comment{
		ID: strings.TrimSpace(get(columnID)), Content: get(columnContent), ContentType: models.ContentType(strings.TrimSpace(get(columnContentType))),
		Language: get(columnLanguage), SubmittedAt: dateOf(get(columnDate)),
		Author: models.Author{Name: get(columnAuthor), Email: strings.TrimSpace(get(columnEmail)), URL: strings.TrimSpace(get(columnURL)), IP: strings.TrimSpace(get(columnIP))},
	}}
	return l, checkLabelled(l)
}

// labelOf reads what a row says of its comment: in a column that says whether it is
// spam, else in one that says whether it was approved. Empty is no label.
func labelOf(label, approved string) (models.Label, error) {
	if label = plainWord(label); label != "" {
		switch label {
		case "spam", "junk", "1", "true", "yes", "reject", "rejected":
			return models.Spam, nil
		case "ham", "0", "false", "no", "not spam", "not-spam", "ok", "approve", "approved":
			return models.Ham, nil
		}
		return "", fmt.Errorf("the label is %q, must be spam or ham", label)
	}
	approved = plainWord(approved)
	switch approved {
	case "true", "yes", "publish", "published":
		return models.Ham, nil
	case "false", "no":
		return "", nil // nobody approved it yet, or somebody rejected it
	}
	if l, known := approval(approved); known {
		return l, nil
	}
	return "", fmt.Errorf("the approval is %q, must be 1, 0, spam or trash", approved)
}

func plainWord(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
