package history

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
)

const (
	// maxPiece is the longest tag or text between tags that is read, in bytes. Exports
	// hold whole articles beside the comments.
	maxPiece = 16 << 20
	// maxRecord is the most text of one comment that is kept, in bytes.
	maxRecord = 4 << 20
	// maxDepth is how deep elements may be nested. Exports nest four or five deep.
	maxDepth = 64
)

// xmlReader reads the elements of an XML file one by one. Entities are not looked up
// anywhere: those of HTML are known, others stay as they are written. What is not
// well-formed is forgiven as far as can be, because exports are often made by
// templates.
type xmlReader struct {
	decoder *xml.Decoder
	piece   *meter
	depth   int
}

func newXMLReader(r io.Reader) *xmlReader {
	x := &xmlReader{piece: &meter{from: decoded(r), most: maxPiece}}
	x.decoder = xml.NewDecoder(x.piece)
	x.decoder.Strict = false
	x.decoder.Entity = xml.HTMLEntity
	x.decoder.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // decoded did it
	return x
}

// line is where reading has come to, from 1.
func (x *xmlReader) line() int {
	line, _ := x.decoder.InputPos()
	return line
}

// next gives the next tag or text. The error says where the file is at fault; it is
// io.EOF at the end.
func (x *xmlReader) next() (xml.Token, error) {
	x.piece.restart()
	token, err := x.decoder.Token()
	var syntax *xml.SyntaxError
	switch {
	case err == nil:
	case errors.Is(err, io.EOF) && x.depth == 0:
		return nil, io.EOF
	case errors.Is(err, io.EOF), errors.As(err, &syntax) && strings.HasPrefix(syntax.Msg, "unexpected EOF"):
		return nil, fmt.Errorf("line %d: the file ends too early, it seems to be cut off", x.line())
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("line %d: is not XML: %s", syntax.Line, syntax.Msg)
	default:
		return nil, fmt.Errorf("line %d: %w", x.line(), err)
	}
	switch token.(type) {
	case xml.StartElement:
		x.depth++
	case xml.EndElement:
		x.depth--
	}
	if x.depth > maxDepth {
		return nil, fmt.Errorf("line %d: elements are nested more than %d deep", x.line(), maxDepth)
	}
	return token, nil
}

// fields are the texts of an element by the path to them, such as "author/name", and
// its attributes, such as "thread@id".
type fields map[string]string

// text is a field without white space around it.
func (f fields) text(path string) string { return strings.TrimSpace(f[path]) }

// read reads the rest of an element. Names count without their namespaces.
func (x *xmlReader) read(start xml.StartElement) (fields, error) {
	found := fields{}
	size := found.attributes("", start)
	texts := map[string][]byte{}
	var path []string
	at := x.line()
	for {
		token, err := x.next()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
			size += found.attributes(strings.Join(path, "/"), token)
		case xml.EndElement:
			if len(path) == 0 {
				for name, text := range texts {
					found[name] = string(text)
				}
				return found, nil
			}
			path = path[:len(path)-1]
		case xml.CharData:
			name := strings.Join(path, "/")
			size += len(token) + len(name)
			texts[name] = append(texts[name], token...)
		}
		if size > maxRecord {
			return nil, fmt.Errorf("line %d: <%s> is larger than %d bytes", at, start.Name.Local, maxRecord)
		}
	}
}

// attributes keeps those of an element, and returns how many bytes that takes.
func (f fields) attributes(path string, e xml.StartElement) (size int) {
	for _, a := range e.Attr {
		f[path+"@"+a.Name.Local] = a.Value
		size += len(path) + len(a.Name.Local) + len(a.Value)
	}
	return size
}

// meter reads from a reader and fails when more than most bytes are read without a
// restart.
type meter struct {
	from      io.Reader
	most, got int
}

// pieceError is a piece that is longer than so many bytes.
type pieceError int

func (most pieceError) Error() string {
	return fmt.Sprintf("one piece is longer than %d bytes", int(most))
}

func (m *meter) restart() { m.got = 0 }

func (m *meter) Read(p []byte) (int, error) {
	if m.got > m.most {
		return 0, pieceError(m.most)
	}
	n, err := m.from.Read(p)
	m.got += n
	return n, err
}

// declared finds the encoding that an XML file says it is in.
var declared = regexp.MustCompile(`^\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// decoded reads an XML file as UTF-8, whatever encoding it names: by a byte order mark
// or by the declaration. What is not text in that
// encoding becomes U+FFFD, and characters that XML does not allow become spaces.
func decoded(r io.Reader) io.Reader {
	head := bufio.NewReaderSize(fromUTF16(r), HeadBytes)
	begin, _ := head.Peek(512) // fewer at the end of the file
	var from io.Reader = head
	if name := declared.FindSubmatch(begin); len(name) == 2 && !strings.HasPrefix(strings.ToLower(string(name[1])), "utf-16") {
		if encoding, _ := charset.Lookup(string(name[1])); encoding != nil {
			from = transform.NewReader(head, encoding.NewDecoder())
		}
	}
	return transform.NewReader(from, runes.Map(allowed))
}

// fromUTF16 reads text that begins with a byte order mark of UTF-16 as UTF-8, and takes
// off one of UTF-8.
func fromUTF16(r io.Reader) io.Reader {
	head := bufio.NewReaderSize(r, HeadBytes)
	switch begin, _ := head.Peek(len(byteOrderMark)); { // fewer at the end of the file
	case bytes.HasPrefix(begin, []byte("\xff\xfe")), bytes.HasPrefix(begin, []byte("\xfe\xff")):
		return transform.NewReader(head, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	case bytes.HasPrefix(begin, []byte(byteOrderMark)):
		_, _ = head.Discard(len(byteOrderMark)) // it was peeked at
	}
	return head
}

// allowed replaces what XML 1.0 does not allow as a character.
func allowed(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\r', r >= ' ' && r < 0xFFFE, r > 0xFFFF && r <= utf8.MaxRune:
		return r
	}
	return ' '
}

// dateOf reads a date and time of the kinds that databases and exports write, in UTC
// unless they say otherwise; zero if it is none.
func dateOf(text string) time.Time {
	text = strings.TrimSpace(text)
	for _, layout := range []string{
		time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04", "2006-01-02",
		time.RFC1123Z, time.RFC1123,
	} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 1 {
			return t.UTC()
		}
	}
	return time.Time{}
}
