package configs

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/winnowd/winnow/yamlfile"
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
	root, faults := yamlfile.Read(data)
	for _, fault := range faults {
		f.fault(f.at(fault.Line, fault.Col), "", fault.Msg)
	}
	if root != nil {
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

// plain reports a node that uses more of YAML than a configuration needs.
func (f *file) plain(n *yaml.Node, key string) bool {
	msg := yamlfile.Plain(n)
	if msg != "" {
		f.wrong(n, key, msg)
	}
	return msg == ""
}

// top reads the groups and the keys outside groups.
func (f *file) top(root *yaml.Node) {
	if !f.plain(root, "") || yamlfile.IsNull(root) {
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
	if !f.plain(n, group) || yamlfile.IsNull(n) {
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
