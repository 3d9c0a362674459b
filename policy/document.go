package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// decoder reads one policy file and collects its faults.
type decoder struct {
	file string
	errs Errors
	// dir is where files that the policy names are looked for, and read reads them;
	// nil if it may name none.
	dir  string
	read func(string) ([]byte, error)
	// lists are the texts of those files, each once, as they are kept with the policy's
	// own.
	lists  []byte
	listed map[string][]byte // by path
	// entryNames are the names of all built-in entries, for custom ones to ask for.
	entryNames []string
	// lexicons are those without and with diacritics left out.
	lexicons [2]*lexicon
}

func (d *decoder) faultAt(line, col int, format string, args ...any) {
	d.errs = append(d.errs, &Error{File: d.file, Line: line, Col: col, Msg: fmt.Sprintf(format, args...)})
}

func (d *decoder) fault(n *yaml.Node, format string, args ...any) {
	d.faultAt(n.Line, n.Column, format, args...)
}

// faultOf reports what is wrong with an item, where it stands.
func (d *decoder) faultOf(t text, format string, args ...any) {
	if t.node != nil {
		d.fault(t.node, format, args...)
		return
	}
	d.errs = append(d.errs, &Error{File: t.file, Line: t.line, Col: 1, Msg: fmt.Sprintf(format, args...)})
}

// lexicon gives the lexicon for lists, which share it.
func (d *decoder) lexicon(diacritics bool) *lexicon {
	i := 0
	if diacritics {
		i = 1
	}
	if d.lexicons[i] == nil {
		d.lexicons[i] = newLexicon(diacritics)
	}
	return d.lexicons[i]
}

// document gives the root of the file's only document: nil if there is nothing in
// it or if it cannot be read, which is a fault.
func (d *decoder) document(src []byte) *yaml.Node {
	if line, col, msg := unreadable(src); msg != "" {
		d.faultAt(line, col, "%s", msg)
		return nil
	}
	yd := yaml.NewDecoder(bytes.NewReader(src))
	var doc, second yaml.Node
	if err := yd.Decode(&doc); err != nil {
		if !errors.Is(err, io.EOF) {
			d.syntax(src, err)
		}
		return nil
	}
	switch err := yd.Decode(&second); {
	case err == nil:
		d.fault(&second, "a second document begins here: a policy is a single one")
	case !errors.Is(err, io.EOF):
		d.syntax(src, err)
	}
	root := doc.Content[0]
	d.plain(root)
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
		return nil
	}
	return root
}

// plain reports anchors, aliases and tags wherever they stand: a policy says
// everything where it is read, and an alias may stand for any amount of text.
func (d *decoder) plain(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		d.fault(n, "aliases are not supported: write the value out")
		return
	case n.Anchor != "":
		d.fault(n, "anchors are not supported: write each value where it is needed")
	case n.Style&yaml.TaggedStyle != 0:
		d.fault(n, "tags are not supported: write the value alone, in quotes if it is a text")
	}
	for _, child := range n.Content {
		d.plain(child)
	}
}

// unreadable finds the first character that no YAML file may contain. The YAML
// reader refuses them too, but does not say where they stand.
func unreadable(src []byte) (line, col int, msg string) {
	line, col = 1, 1
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return line, col, fmt.Sprintf("byte 0x%02x is not UTF-8: save the file in that encoding", src[i])
		case r == '\n':
			line, col = line+1, 0
		case r == '\t' || r == '\r' || r == 0x85:
		case r < ' ', 0x7f <= r && r < 0xa0, r == 0xfffe, r == 0xffff:
			return line, col, fmt.Sprintf("the control character %U cannot stand in a policy", r)
		}
		i += size
		col++
	}
	return 0, 0, ""
}

var (
	lineOfSyntax  = regexp.MustCompile(`^line (\d+): `)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)
	// countedFrom0 are the messages of the YAML parser, which counts lines from 0,
	// unlike the scanner below it.
	countedFrom0 = regexp.MustCompile(`^(did not find expected (<|node content|key$|'-' indicator|',' or )|found (undefined|duplicate|incompatible))`)
)

// syntax reports why the file is not YAML, at the first character of the line that
// the YAML parser names: it knows no columns.
func (d *decoder) syntax(src []byte, err error) {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	lines := bytes.Split(src, []byte("\n"))
	line := 1
	if m := lineOfSyntax.FindStringSubmatch(msg); m != nil {
		line, _ = strconv.Atoi(m[1]) // digits only; beyond an int it is clamped below
		msg = msg[len(m[0]):]
		if countedFrom0.MatchString(msg) {
			line++
		}
	} else if m := unknownAnchor.FindStringSubmatch(msg); m != nil {
		before, _, _ := bytes.Cut(src, []byte("*"+m[1]))
		d.faultAt(1+bytes.Count(before, []byte("\n")), 1+utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]),
			"aliases are not supported: write the value out")
		return
	}
	line = max(1, min(line, len(lines)))
	text := lines[line-1]
	indent := len(text) - len(bytes.TrimLeft(text, " \t"))
	d.faultAt(line, indent+1, "this is not YAML: %s", msg)
}
