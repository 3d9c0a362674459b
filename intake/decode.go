package intake

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

// maxKept is the largest buffer that is kept for the next request.
const maxKept = 64 << 10

// maxTexts is how much memory is taken for the texts of a comment before they are known:
// it is theirs for as long as the comment is in memory, whatever else the body has.
const maxTexts = 4 << 10

// decoder reads one comment from its JSON. It goes through the body once and puts
// what it finds where it belongs; faults are collected, only unreadable JSON ends it.
type decoder struct {
	body    bytes.Buffer
	json    jsontext.Decoder
	scratch []byte // an unquoted string
	limits  *Limits
	// texts has all texts of the comment one after the other: one piece of memory takes
	// less time than one for each.
	texts strings.Builder

	prefix string // pointer to the object that is being read
	field  string // its member that is being read
	wrong  []problem.FieldError
	large  []problem.FieldError
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func newDecoder(limits *Limits) *decoder {
	d := decoders.Get().(*decoder)
	d.limits = limits
	return d
}

// release gives the decoder back; nothing that it decoded shares memory with it.
func (d *decoder) release() {
	if d.body.Cap() > maxKept || cap(d.scratch) > maxKept {
		return
	}
	d.body.Reset()
	d.texts.Reset()
	d.wrong, d.large, d.limits = nil, nil, nil
	decoders.Put(d)
}

// comment decodes the body. The problem is Unreadable, TooLarge or Invalid.
func (d *decoder) comment(c *models.Comment) *problem.Problem {
	body := d.body.Bytes()
	d.texts.Grow(min(len(body), maxTexts)) // texts are never longer than in JSON
	d.json.Reset(&d.body)
	if err := d.document(c); err != nil {
		return unreadable(err)
	}
	// A NUL can only be written as an escape; few bodies have anything like it.
	if bytes.Contains(body, []byte(`\u0000`)) {
		if err := d.findNUL(body); err != nil {
			return unreadable(err)
		}
	}
	switch {
	case len(d.large) > 0:
		return withFaults(problem.TooLarge, d.large)
	case len(d.wrong) > 0:
		return withFaults(problem.Invalid, d.wrong)
	}
	return nil
}

var errNotObject = errors.New("not an object")

func (d *decoder) document(c *models.Comment) error {
	if k := d.json.PeekKind(); k != '{' && k != 0 {
		if err := d.json.SkipValue(); err != nil {
			return err
		}
		return errNotObject
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	if err := d.members(c, (*decoder).commentField); err != nil {
		return err
	}
	if _, err := d.json.ReadToken(); !errors.Is(err, io.EOF) {
		return errTrailing(err)
	}
	return nil
}

func errTrailing(err error) error {
	if err == nil {
		return errors.New("more than one value")
	}
	return err
}

// members reads the members of an object whose beginning was read, and its end.
func (d *decoder) members(c *models.Comment, read func(*decoder, *models.Comment, []byte) error) error {
	for {
		if d.json.PeekKind() == '}' {
			_, err := d.json.ReadToken()
			return err
		}
		name, err := d.json.ReadValue()
		if err != nil {
			return err
		}
		unquoted, err := d.unquote(name)
		if err != nil {
			return err
		}
		if err := read(d, c, unquoted); err != nil {
			return err
		}
	}
}

// unquote gives a JSON string's text, good until the next call.
func (d *decoder) unquote(v jsontext.Value) ([]byte, error) {
	if bytes.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1], nil
	}
	var err error
	d.scratch, err = jsontext.AppendUnquote(d.scratch[:0], v)
	return d.scratch, err
}

// keep gives a text that stays good.
func (d *decoder) keep(text []byte) string {
	before := d.texts.Len()
	d.texts.Write(text)
	return d.texts.String()[before:]
}

// object reads a member that is an object by its own members; null counts as absent. The
// pointer is to it.
func (d *decoder) object(pointer string, c *models.Comment, read func(*decoder, *models.Comment, []byte) error) error {
	d.field = pointer[1:]
	if d.json.PeekKind() != '{' {
		return d.skipBut("an object")
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	d.prefix = pointer
	err := d.members(c, read)
	d.prefix = ""
	return err
}

// findNUL reports strings and member names with U+0000 in them, the first maxNUL: a body
// could have so many, and so deep, that telling of each would take minutes.
func (d *decoder) findNUL(body []byte) error {
	walk := jsontext.NewDecoder(bytes.NewReader(body))
	for found := 0; found < maxNUL; {
		token, err := walk.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if token.Kind() == '"' && strings.IndexByte(token.String(), 0) >= 0 {
			d.reportNUL(shortened(string(walk.StackPointer())))
			found++
		}
	}
	return nil
}

// reportNUL reports the fault once where a string has another one already, or where
// it is both the name and the value of a member.
func (d *decoder) reportNUL(pointer string) {
	for _, known := range d.wrong {
		if known.Pointer == pointer {
			return
		}
	}
	d.wrong = append(d.wrong, problem.FieldError{Pointer: pointer, Detail: "must not contain the character U+0000"})
}

// unreadable makes the problem of a body that is not one JSON object.
func unreadable(err error) *problem.Problem {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, errNotObject):
		return problem.New(problem.Unreadable, "the body must be one JSON object")
	case errors.Is(err, io.EOF):
		return problem.New(problem.Unreadable, "the body must be one JSON object: it is empty")
	case !errors.As(err, &syntax):
		return problem.New(problem.Unreadable, "the body must be one JSON object: "+err.Error())
	}
	p := problem.New(problem.Unreadable, "the body is not valid JSON: "+plain(syntax.Err)+
		", at byte "+strconv.FormatInt(syntax.ByteOffset+1, 10))
	if syntax.JSONPointer != "" {
		p.Errors = []problem.FieldError{{Pointer: shortened(string(syntax.JSONPointer)), Detail: plain(syntax.Err)}}
	}
	return p
}

const (
	// maxPointer is the length of the longest pointer to a fault anywhere, in bytes.
	maxPointer = 200
	// maxNUL is how many strings with U+0000 in them are reported.
	maxNUL = 20
)

// shortened points to a value around the one that a pointer names, if that one lies deep.
func shortened(pointer string) string {
	for len(pointer) > maxPointer {
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
	return pointer
}

// plain says an error of the JSON package in words for clients.
func plain(err error) string {
	switch {
	case err == nil:
		return "syntax error"
	case errors.Is(err, jsontext.ErrDuplicateName):
		return "a member is there twice"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	}
	return err.Error()
}

func withFaults(kind problem.Kind, faults []problem.FieldError) *problem.Problem {
	detail := faults[0].Pointer + " " + faults[0].Detail
	if len(faults) > 1 {
		detail = strconv.Itoa(len(faults)) + " values are wrong, see errors"
	}
	p := problem.New(kind, detail)
	p.Errors = faults
	return p
}
