package configs

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// entry is a setting as one layer has it.
type entry struct {
	text   string
	origin Origin
}

// layer is the settings of one layer, by path, and what was wrong with the others.
type layer struct {
	entries map[string]entry
	faults  Faults
}

// add takes a setting that is right by itself, and a fault for one that is not.
func (l *layer) add(k *key, text string, from Origin) {
	if err := k.set(Default(), text); err != nil {
		l.fault(from, k.path, err.Error())
		return
	}
	l.entries[k.path] = entry{text, from}
}

func (l *layer) fault(at Origin, key, message string) {
	l.faults = append(l.faults, Fault{Origin: at, Key: key, Message: message})
}

// file decodes a configuration file strictly.
type file struct {
	layer
	name string
	// firsts is where each key and group was met first.
	firsts map[string]int
}

// decodeFile reads the settings of a configuration file; name is its path, for
// messages.
func decodeFile(name string, data []byte) layer {
	f := &file{layer: layer{entries: map[string]entry{}}, name: name, firsts: map[string]int{}}
	if root := f.parse(data); root != nil {
		f.top(root)
	}
	return f.layer
}

func (f *file) at(line, column int) Origin {
	return Origin{Layer: FromFile, Name: f.name, Line: line, Column: column}
}

func (f *file) wrong(n *yaml.Node, key, message string) {
	f.fault(f.at(n.Line, n.Column), key, message)
}

// parse gives the root of the file's only document; nil if there is none or it
// cannot be read.
func (f *file) parse(data []byte) *yaml.Node {
	if line, column, what := unreadable(data); what != "" {
		f.fault(f.at(line, column), "", what)
		return nil
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc, next yaml.Node
	if err := d.Decode(&doc); err != nil {
		if !errors.Is(err, io.EOF) {
			f.syntax(data, err)
		}
		return nil
	}
	switch err := d.Decode(&next); {
	case err == nil:
		f.wrong(&next, "", "a second document starts here: a configuration is a single one")
	case !errors.Is(err, io.EOF):
		f.syntax(data, err)
	}
	return doc.Content[0]
}

// unreadable finds the first thing that the YAML reader would refuse without
// saying where.
func unreadable(data []byte) (line, column int, what string) {
	line, column = 1, 1
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n == 1:
			return line, column, "not UTF-8: save the file in that encoding"
		case r == '\n':
			line, column = line+1, 0
		case r < ' ' && r != '\t' && r != '\r', r >= 0x7f && r < 0xa0 && r != 0x85, r == 0xfffe, r == 0xffff:
			return line, column, "control characters are not allowed"
		}
		data = data[n:]
		column++
	}
	return 0, 0, ""
}

var (
	yamlLine  = regexp.MustCompile(`^line (\d+): `)
	yamlAlias = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)
	// fromParser are the messages of the parser, which counts lines from 0; the
	// scanner counts from 1.
	fromParser = regexp.MustCompile(`^(did not find expected (<|node content|key$|'-' indicator|',' or )|found (undefined|duplicate|incompatible))`)
)

// syntax reports what the YAML parser says, with the line where it says it.
func (f *file) syntax(data []byte, err error) {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = message[len(m[0]):]
		if fromParser.MatchString(message) {
			line++
		}
	} else if m := yamlAlias.FindStringSubmatch(message); m != nil {
		message = noAliases
		before, _, _ := bytes.Cut(data, []byte("*"+m[1]))
		line += bytes.Count(before, []byte("\n"))
	}
	line = min(line, 1+bytes.Count(data, []byte("\n"))) // the end of a file stands one line below it
	f.fault(f.at(line, indent(data, line)+1), "", message)
}

// indent counts the blanks at the beginning of a line, counted from 1.
func indent(data []byte, line int) int {
	for range line - 1 {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	text, _, _ := bytes.Cut(data, []byte("\n"))
	return len(text) - len(bytes.TrimLeft(text, " \t"))
}

const (
	noAnchors = "anchors are not used here: write the value out"
	noAliases = "aliases are not used here: write the value out"
	noTags    = "tags are not used here: write the value alone"
)

// plain reports nodes that use more of YAML than a configuration needs.
func (f *file) plain(n *yaml.Node, key string) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		f.wrong(n, key, noAliases)
	case n.Anchor != "":
		f.wrong(n, key, noAnchors)
	case n.Style&yaml.TaggedStyle != 0:
		f.wrong(n, key, noTags)
	default:
		return true
	}
	return false
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// top reads the groups and the keys outside groups.
func (f *file) top(root *yaml.Node) {
	if !f.plain(root, "") || isNull(root) {
		return
	}
	if root.Kind != yaml.MappingNode {
		f.wrong(root, "", "a configuration is a group of keys, not "+found(root))
		return
	}
	f.pairs("", root, func(path string, name, value *yaml.Node) {
		switch {
		case isGroup(path):
			f.group(path, value)
		case keyByPath(path) != nil && keyByPath(path).group() == "":
			f.value(keyByPath(path), value)
		default:
			f.unknown(path, name)
		}
	})
}

// group reads the keys of one group; one whose keys are all commented out is empty.
func (f *file) group(group string, n *yaml.Node) {
	if !f.plain(n, group) || isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		f.wrong(n, group, "must be a group of keys, not "+found(n))
		return
	}
	f.pairs(group+".", n, func(path string, name, value *yaml.Node) {
		if k := keyByPath(path); k != nil {
			f.value(k, value)
			return
		}
		f.unknown(path, name)
	})
}

// pairs calls do for each key of a mapping that is a plain name and stands there
// for the first time.
func (f *file) pairs(prefix string, mapping *yaml.Node, do func(path string, name, value *yaml.Node)) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		name, value := mapping.Content[i], mapping.Content[i+1]
		if !f.plain(name, "") {
			continue
		}
		if name.Kind != yaml.ScalarNode {
			f.wrong(name, "", "a key must be a name, not "+found(name))
			continue
		}
		path := prefix + name.Value
		if line, ok := f.firsts[path]; ok {
			f.wrong(name, printable(path), "given twice, first in line "+strconv.Itoa(line))
			continue
		}
		f.firsts[path] = name.Line
		do(path, name, value)
	}
}

func (f *file) value(k *key, n *yaml.Node) {
	if !f.plain(n, k.path) {
		return
	}
	text, err := scalar(k.field(&Config{}), n)
	if err != nil {
		f.wrong(n, k.path, err.Error())
		return
	}
	f.add(k, text, f.at(n.Line, n.Column))
}

func (f *file) unknown(path string, name *yaml.Node) {
	if len(f.faults) > maxFaults {
		f.wrong(name, printable(path), "unknown key")
		return
	}
	message := "unknown key; the nearest known one is " + alike(path)
	if k := keyByPath(path); k != nil {
		message = "written with a dot: write " + k.leaf() + " below " + k.group()
	}
	f.wrong(name, printable(path), message)
}

// printable gives a name from outside as it can stand in a message: itself if it
// looks like a key, else quoted and shortened.
func printable(name string) string {
	const most = 60
	if len(name) <= most && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789_-.") == "" {
		return name
	}
	return quote(name)
}
