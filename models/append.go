package models

import (
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The functions here write the two values of which most is written, as the JSON
// package would write them from their tags, at a fraction of its time. A test holds
// both to be equal for values in which every field is set.

// AppendComment appends a comment as JSON, all but its Meta. Text that is not UTF-8 is
// repaired.
func AppendComment(b []byte, c *Comment) []byte {
	o := object{b: append(b, '{')}
	o.text("id", c.ID)
	o.text("type", c.Type)
	o.text("content", c.Content)
	o.text("content_type", string(c.ContentType))
	o.time("submitted_at", c.SubmittedAt)
	o.time("edited_at", c.EditedAt)
	o.text("parent_id", c.ParentID)
	o.text("language", c.Language)
	o.text("referrer", c.Referrer)
	if p := &c.Post; *p != (Post{}) {
		o.open("post")
		o.text("id", p.ID)
		o.text("url", p.URL)
		o.text("title", p.Title)
		o.time("published_at", p.PublishedAt)
		o.close()
	}
	if a := &c.Author; *a != (Author{}) {
		o.open("author")
		o.text("id", a.ID)
		o.text("name", a.Name)
		o.text("email", a.Email)
		o.text("url", a.URL)
		o.text("ip", a.IP)
		o.text("user_agent", a.UserAgent)
		o.text("role", a.Role)
		o.flag("logged_in", a.LoggedIn)
		o.close()
	}
	if f := &c.Form; *f != (Form{}) {
		o.open("form")
		o.text("honeypot", f.Honeypot)
		if f.ElapsedMS != nil {
			o.b = strconv.AppendInt(o.name("elapsed_ms"), *f.ElapsedMS, 10)
		}
		o.close()
	}
	return append(o.b, '}')
}

// AppendReasons appends reasons as a JSON array. Text that is not UTF-8 is repaired.
// The error is of a parameter that has no JSON.
func AppendReasons(b []byte, reasons []Reason) ([]byte, error) {
	b = append(b, '[')
	for i := range reasons {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendReason(b, &reasons[i]); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func appendReason(b []byte, r *Reason) ([]byte, error) {
	b = appendQuote(append(b, `{"rule":`...), r.Rule)
	b = appendQuote(append(b, `,"action":`...), string(r.Action))
	b = appendQuote(append(b, `,"code":`...), r.Code)
	if len(r.Params) > 0 {
		var err error
		if b, err = appendParams(append(b, `,"params":`...), r.Params); err != nil {
			return b, err
		}
	}
	b = appendQuote(append(b, `,"detail":`...), r.Detail)
	if len(r.Evidence) > 0 {
		b = append(b, `,"evidence":[`...)
		for i, e := range r.Evidence {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendQuote(append(b, `{"token":`...), e.Token)
			b = appendNumber(append(b, `,"weight":`...), e.Weight)
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	return append(b, '}'), nil
}

// appendParams appends them in the order of their names.
func appendParams(b []byte, params map[string]any) ([]byte, error) {
	names := make([]string, 0, 8)
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendQuote(b, name), ':')
		switch v := params[name].(type) {
		case string:
			b = appendQuote(b, v)
		case int:
			b = strconv.AppendInt(b, int64(v), 10)
		case bool:
			b = strconv.AppendBool(b, v)
		case float64:
			b = appendNumber(b, v)
		default:
			value, err := json.Marshal(v, wireJSON)
			if err != nil {
				return b, err
			}
			b = append(b, value...)
		}
	}
	return append(b, '}'), nil
}

// object is a JSON object under way.
type object struct {
	b    []byte
	some bool // it has a member
}

func (o *object) name(name string) []byte {
	if o.some {
		o.b = append(o.b, ',')
	}
	o.some = true
	return append(append(append(o.b, '"'), name...), '"', ':')
}

func (o *object) text(name, value string) {
	if value != "" {
		o.b = appendQuote(o.name(name), value)
	}
}

func (o *object) time(name string, t time.Time) {
	if !t.IsZero() {
		o.b = append(t.AppendFormat(append(o.name(name), '"'), time.RFC3339Nano), '"')
	}
}

// open begins an object within the object.
func (o *object) open(name string) { o.b, o.some = append(o.name(name), '{'), false }

func (o *object) close() { o.b, o.some = append(o.b, '}'), true }

// appendQuote appends a string; what is not UTF-8 in it becomes U+FFFD, which is all
// that AppendQuote has errors for.
func appendQuote(b []byte, s string) []byte {
	if !verbatim(s) {
		b, _ = jsontext.AppendQuote(b, s)
		return b
	}
	return append(append(append(b, '"'), s...), '"')
}

// verbatim tells that a string stands in JSON as it is: ASCII without control characters,
// quotes and backslashes. It looks at eight bytes at a time ("Hacker's Delight", 6-1: what
// is less than n, or equal to it, has the top bit of its byte set after a subtraction).
func verbatim(s string) bool {
	const each, tops = 0x0101010101010101, 0x8080808080808080
	for ; len(s) >= 8; s = s[8:] {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		quote, backslash := x^'"'*each, x^'\\'*each
		if (x|(x-' '*each)|(quote-each)|(backslash-each))&tops != 0 {
			return false
		}
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendNumber appends a number as ECMAScript writes it; one that JSON cannot have is 0.
func appendNumber(b []byte, f float64) []byte {
	abs := math.Abs(f)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(b, '0')
	case abs != 0 && (abs < 1e-6 || abs >= 1e21):
		return append(b, jsontext.Float(f).String()...)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}
