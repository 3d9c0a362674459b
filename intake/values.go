package intake

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/winnowd/winnow/models"
	"github.com/winnowd/winnow/problem"
)

func (d *decoder) fault(detail string) {
	d.wrong = append(d.wrong, problem.FieldError{Pointer: d.prefix + "/" + d.field, Detail: detail})
}

func (d *decoder) tooLarge(detail string) {
	d.large = append(d.large, problem.FieldError{Pointer: d.prefix + "/" + d.field, Detail: detail})
}

// skipBut skips a value of the wrong type and reports it, unless it is null, which
// counts as absent.
func (d *decoder) skipBut(want string) error {
	kind := d.json.PeekKind()
	if err := d.json.SkipValue(); err != nil || kind == 'n' {
		return err
	}
	d.fault("must be " + want + ", not " + kindWords(kind))
	return nil
}

func kindWords(k jsontext.Kind) string {
	switch k {
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 't', 'f':
		return "a boolean"
	case '{':
		return "an object"
	}
	return "an array"
}

// str reads a string; ok is false if there is none, which is reported already. The
// text is good until the next string is read.
func (d *decoder) str(name, want string) (text []byte, ok bool, err error) {
	d.field = name
	if d.json.PeekKind() != '"' {
		return nil, false, d.skipBut(want)
	}
	v, err := d.json.ReadValue()
	if err != nil {
		return nil, false, err
	}
	text, err = d.unquote(v)
	return text, err == nil, err
}

func (d *decoder) text(name string, to *string) error {
	text, ok, err := d.str(name, "a string")
	if ok {
		*to = d.keep(text)
	}
	return err
}

func (d *decoder) content(to *string) error {
	text, ok, err := d.str("content", "a string")
	switch {
	case !ok:
	case len(text) > d.limits.MaxContent:
		d.tooLarge("is " + strconv.Itoa(len(text)) + " bytes, at most " + strconv.Itoa(d.limits.MaxContent) + " are allowed")
	default:
		*to = d.keep(text)
	}
	return err
}

func (d *decoder) contentType(to *models.ContentType) error {
	const want = "text/plain, text/html or text/markdown"
	text, ok, err := d.str("content_type", want)
	if !ok {
		return err
	}
	for _, t := range models.ContentTypes {
		if string(text) == string(t) {
			*to = t
			return nil
		}
	}
	d.fault("must be " + want)
	return nil
}

// id reads the comment's id: a string, or an integer that is taken as its digits.
func (d *decoder) id(to *string) error {
	d.field = "id"
	if d.json.PeekKind() == '0' {
		return d.numericID(to)
	}
	text, ok, err := d.str("id", "a string or an integer")
	if !ok {
		return err
	}
	if fault := checkID(text); fault != "" {
		d.fault(fault)
		return nil
	}
	*to = d.keep(text)
	return nil
}

func (d *decoder) numericID(to *string) error {
	v, err := d.json.ReadValue()
	if err != nil {
		return err
	}
	for _, c := range v {
		if c < '0' || c > '9' {
			d.fault("must be a string or an integer of digits alone")
			return nil
		}
	}
	if fault := checkID(v); fault != "" {
		d.fault(fault)
		return nil
	}
	*to = d.keep(v)
	return nil
}

// checkID says what is wrong with a comment's id; "" if nothing is.
func checkID(id []byte) string {
	if len(id) == 0 {
		return "must not be empty; leave it out to have one made"
	}
	if len(id) > models.MaxIDBytes {
		return "is " + strconv.Itoa(len(id)) + " bytes, at most " + strconv.Itoa(models.MaxIDBytes) + " are allowed"
	}
	for i := 0; i < len(id); {
		r, size := rune(id[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(id[i:])
		}
		if r == utf8.RuneError && size == 1 {
			return "must be UTF-8"
		}
		if unicode.IsControl(r) {
			return "must not contain control characters"
		}
		i += size
	}
	return ""
}

func (d *decoder) boolean(name string, to *bool) error {
	d.field = name
	switch d.json.PeekKind() {
	case 't', 'f':
		v, err := d.json.ReadToken()
		if err == nil {
			*to = v.Bool()
		}
		return err
	}
	return d.skipBut("true or false")
}

func (d *decoder) integer(name string, to **int64) error {
	d.field = name
	if d.json.PeekKind() != '0' {
		return d.skipBut("an integer")
	}
	v, err := d.json.ReadValue()
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		d.fault("must be an integer of at most 64 bits")
		return nil
	}
	*to = &n
	return nil
}

func (d *decoder) time(name string, to *time.Time) error {
	const want = "a date and time as in RFC 3339, such as 2026-03-01T10:00:00Z"
	text, ok, err := d.str(name, want)
	if !ok {
		return err
	}
	t, ok := parseTime(text)
	if !ok {
		d.fault("must be " + want)
		return nil
	}
	*to = t
	return nil
}

// meta reads any JSON value and keeps it without insignificant white space.
func (d *decoder) meta(to *json.RawMessage) error {
	d.field = "meta"
	if d.json.PeekKind() == 'n' {
		return d.json.SkipValue()
	}
	v, err := d.json.ReadValue()
	if err != nil {
		return err
	}
	v = v.Clone()
	if err := v.Compact(); err != nil {
		return err
	}
	if len(v) > d.limits.MaxMeta {
		d.tooLarge("is " + strconv.Itoa(len(v)) + " bytes without white space, at most " + strconv.Itoa(d.limits.MaxMeta) + " are allowed")
		return nil
	}
	*to = json.RawMessage(v)
	return nil
}
