package evaluation

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
)

// maxLine is the length of the longest line that is read, in bytes: content of the
// size that the daemon accepts, every character of it escaped, and room for the rest.
const maxLine = 1 << 20

// Example is a comment that somebody has labelled.
type Example struct {
	// ID is the data's own name for it, or else the number of its line.
	ID string
	// Comment holds what is known of it; the label is not in it.
	Comment models.Comment
	Label   models.Label
}

// dataLine is a line of a file of labelled comments. Other members are ignored.
type dataLine struct {
	ID          jsontext.Value `json:"id"`
	Author      string         `json:"author"`
	AuthorEmail string         `json:"author_email"`
	AuthorURL   string         `json:"author_url"`
	IP          string         `json:"ip"`
	Content     *string        `json:"content"`
	Language    string         `json:"language"`
	CreatedAt   jsontext.Value `json:"created_at"`
	Label       *models.Label  `json:"label"`
}

// ReadFile reads a file of labelled comments as Read does.
func ReadFile(path string) ([]Example, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	examples, err := Read(f, path)
	return examples, errors.Join(err, f.Close())
}

// Read reads labelled comments from JSON Lines. Of each line only "content" and "label"
// are needed; blank lines are passed over. The error names the line, from 1, as
// NAME:LINE, and wraps models.ErrInvalid if the line is at fault.
func Read(r io.Reader, name string) ([]Example, error) {
	var examples []Example
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	number := 0
	for lines.Scan() {
		number++
		text := lines.Bytes()
		if number == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		e, err := parse(text, number)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w: %w", name, number, err, models.ErrInvalid)
		}
		examples = append(examples, e)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%s:%d: longer than %d bytes: %w", name, number+1, maxLine, models.ErrInvalid)
	} else if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return examples, nil
}

// parse reads one line.
func parse(text []byte, number int) (Example, error) {
	var l dataLine
	if err := json.Unmarshal(text, &l); err != nil {
		return Example{}, readable(err)
	}
	switch {
	case l.Content == nil:
		return Example{}, errors.New(`"content" is missing`)
	case l.Label == nil:
		return Example{}, errors.New(`"label" is missing`)
	case *l.Label != models.Spam && *l.Label != models.Ham:
		return Example{}, fmt.Errorf(`"label" is %q, must be "spam" or "ham"`, *l.Label)
	}
	id, err := idOf(l.ID)
	if err != nil {
		return Example{}, err
	}
	if id == "" {
		id = strconv.Itoa(number)
	}
	return Example{ID: id, Label: *l.Label, Comment: models.Comment{
		ID: id, Type: "comment", Content: *l.Content, ContentType: models.PlainText,
		SubmittedAt: timeOf(l.CreatedAt), Language: l.Language,
		Author: models.Author{Name: l.Author, Email: l.AuthorEmail, URL: l.AuthorURL, IP: l.IP},
	}}, nil
}

// readable is an error of the JSON package without its own name before it.
func readable(err error) error {
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return fmt.Errorf("not a JSON object (byte %d): %w", syntactic.ByteOffset+1, syntactic.Err)
	}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		where := string(semantic.JSONPointer)
		if where == "" {
			return errors.New("not a JSON object")
		}
		return fmt.Errorf("%q cannot be a JSON %s", where[1:], semantic.JSONKind)
	}
	return err
}

// idOf reads an id: a string, or a whole number, which is taken as its digits.
func idOf(v jsontext.Value) (string, error) {
	switch v.Kind() {
	case 0, 'n':
		return "", nil
	case '"':
		var id string
		err := json.Unmarshal(v, &id)
		return id, err
	case '0':
		if id := string(v); !bytes.ContainsAny(v, ".eE") {
			return id, nil
		}
	}
	return "", errors.New(`"id" must be a string or a whole number`)
}

// timeOf reads when a comment was written. Collections write that in many ways, and
// no score depends on it: what is no RFC 3339 is taken as unknown.
func timeOf(v jsontext.Value) time.Time {
	var text string
	if v.Kind() != '"' || json.Unmarshal(v, &text) != nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
