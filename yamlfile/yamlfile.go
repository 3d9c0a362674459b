// Package yamlfile reads the YAML files that operators write, the configuration and the
// policy, and says where something is wrong with them.
//
// A file is one document of plain mappings, lists and scalars. Anchors, aliases and tags
// are faults: a value stands where it is read, and an alias may stand for any amount of
// text. What the YAML reader refuses without saying where is found before, and its own
// messages, which know a line at best and count it in two ways, get their place.
package yamlfile

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

// Fault is something wrong with a file.
type Fault struct {
	// Line and Col, in characters, count from 1.
	Line, Col int
	// Msg says what is wrong and what to do about it.
	Msg string
}

// Read gives the root of the file's only document: nil if there is nothing in it or if it
// cannot be read. It is not checked for being plain, see Plain. A second document is a
// fault, but the first one can be looked at.
func Read(src []byte) (*yaml.Node, []Fault) {
	if f := unreadable(src); f != nil {
		return nil, []Fault{*f}
	}
	d := yaml.NewDecoder(bytes.NewReader(src))
	var doc, second yaml.Node
	if err := d.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, []Fault{syntax(src, err)}
	}
	var faults []Fault
	switch err := d.Decode(&second); {
	case err == nil:
		faults = append(faults, Fault{second.Line, second.Column, "a second document begins here: the file must have a single one"})
	case !errors.Is(err, io.EOF):
		faults = append(faults, syntax(src, err))
	}
	root := doc.Content[0]
	if IsNull(root) && Plain(root) == "" {
		return nil, faults
	}
	return root, faults
}

// IsNull tells a value that is absent or written as null.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

const noAliases = "aliases are not supported: write the value out"

// Plain says what a node by itself, without those below it, uses of YAML beyond plain
// values, and what to write; empty if it is plain.
func Plain(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.AliasNode:
		return noAliases
	case n.Anchor != "":
		return "anchors are not supported: write each value where it is needed"
	case n.Style&yaml.TaggedStyle != 0:
		return "tags are not supported: write the value alone, in quotes if it is a text"
	}
	return ""
}

// unreadable finds the first character that no YAML file may contain.
func unreadable(src []byte) *Fault {
	line, col := 1, 1
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return &Fault{line, col, fmt.Sprintf("byte 0x%02x is not UTF-8: save the file in that encoding", src[i])}
		case r == '\n':
			line, col = line+1, 0
		case r == '\t' || r == '\r' || r == 0x85:
		case r < ' ', 0x7f <= r && r < 0xa0, r == 0xfffe, r == 0xffff:
			return &Fault{line, col, fmt.Sprintf("the control character %U cannot stand in the file: remove it", r)}
		}
		i += size
		col++
	}
	return nil
}

var (
	lineOfSyntax  = regexp.MustCompile(`^line (\d+): `)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)
	// countedFrom0 are the messages of the YAML parser, which counts lines from 0,
	// unlike the scanner below it.
	countedFrom0 = regexp.MustCompile(`^(did not find expected (<|node content|key$|'-' indicator|',' or )|found (undefined|duplicate|incompatible))`)
)

// syntax says why the file is not YAML, at the first character of the line that the YAML
// parser names: it knows no columns.
func syntax(src []byte, err error) Fault {
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
		return Fault{
			1 + bytes.Count(before, []byte("\n")),
			1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]), noAliases,
		}
	}
	line = max(1, min(line, len(lines))) // the end of a file stands one line below it
	text := lines[line-1]
	indent := len(text) - len(bytes.TrimLeft(text, " \t"))
	return Fault{line, indent + 1, "this is not YAML: " + msg}
}
