package history

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
)

const (
	// maxLine is the longest line of a JSON Lines file, in bytes.
	maxLine = 8 << 20
	// maxContent is the longest content of a comment, in bytes, as intake has it.
	maxContent = 64 << 10
)

// byteOrderMark begins a file that some editors wrote.
const byteOrderMark = "\xef\xbb\xbf"

// errNoEntry tells that a line is right and no entry.
var errNoEntry = errors.New("no entry")

// endError is of the whole file: nothing after it can be read.
type endError struct{ error }

// eachLine reads a JSON Lines file and makes entries of its lines that are not blank.
func eachLine(r io.Reader, parse func(line []byte) (models.HistoryEntry, error)) iter.Seq2[models.HistoryEntry, error] {
	return func(yield func(models.HistoryEntry, error) bool) {
		lines := bufio.NewReaderSize(r, 64<<10)
		for number := 1; ; number++ {
			line, err := readLine(lines)
			last := errors.Is(err, io.EOF)
			if number == 1 {
				line = bytes.TrimPrefix(line, []byte(byteOrderMark))
			}
			var entry models.HistoryEntry
			switch {
			case errors.Is(err, errTooLong):
			case err != nil && !last:
				err = endError{err}
			case len(bytes.TrimSpace(line)) == 0:
				err = errNoEntry
			default:
				entry, err = parse(line)
			}
			entry.Line = number
			if !errors.Is(err, errNoEntry) && !yield(entry, atLine(number, err)) {
				return
			}
			if last || errors.As(err, new(endError)) {
				return
			}
		}
	}
}

// atLine says where an error is.
func atLine(number int, err error) error {
	var end endError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &end):
		return fmt.Errorf("line %d: %w", number, end.error)
	}
	return &models.RowError{Line: number, Err: err.Error()}
}

var errTooLong = fmt.Errorf("is longer than %d bytes", maxLine)

// readLine reads up to the next newline, which is left out. A line that is too long is
// skipped. The error is io.EOF with the last one, which may be empty.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if long && (err == nil || errors.Is(err, io.EOF)) {
			return nil, errTooLong
		}
		return bytes.TrimSuffix(line, []byte("\n")), err
	}
}

// readJSON reads one JSON object and says what is wrong with it in plain words.
func readJSON(line []byte, v any, options ...json.Options) error {
	if k := jsontext.Value(line).Kind(); k != '{' {
		return errors.New("must be one JSON object")
	}
	err := json.Unmarshal(line, v, options...)
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &semantic) && semantic.JSONPointer != "":
		if semantic.Err != nil {
			return fmt.Errorf("%s: %w", semantic.JSONPointer, semantic.Err)
		}
		return fmt.Errorf("%s: must not be %s", semantic.JSONPointer, kindWords(semantic.JSONKind))
	case errors.As(err, &syntactic):
		return fmt.Errorf("is not JSON, at byte %d: %w", syntactic.ByteOffset, syntactic.Err)
	}
	return err
}

func kindWords(k jsontext.Kind) string {
	switch k {
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	case '{':
		return "an object"
	}
	return "an array"
}
