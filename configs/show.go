package configs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// YAML gives the configuration as a file that Load would read to the same effect,
// with the origin of every value beside it as a comment.
func (c *Config) YAML(s *Sources) ([]byte, error) {
	root := &yaml.Node{Kind: yaml.MappingNode}
	groups := map[string]*yaml.Node{"": root}
	for i := range keys {
		k := &keys[i]
		in := groups[k.group()]
		if in == nil {
			in = &yaml.Node{Kind: yaml.MappingNode}
			groups[k.group()] = in
			root.Content = append(root.Content, named(k.group()), in)
		}
		value := &yaml.Node{}
		if err := value.Encode(k.field(c)); err != nil {
			return nil, fmt.Errorf("show configuration: %s: %w", k.path, err)
		}
		value.LineComment = strings.Map(oneLine, s.Keys[k.path].String())
		in.Content = append(in.Content, named(k.leaf()), value)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return nil, fmt.Errorf("show configuration: %w", err)
	}
	if err := e.Close(); err != nil {
		return nil, fmt.Errorf("show configuration: %w", err)
	}
	return b.Bytes(), nil
}

func named(name string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: name} }

// oneLine keeps the path of a file, which may be anything, from ending a comment.
func oneLine(r rune) rune {
	if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
		return '?'
	}
	return r
}

// JSON gives the configuration as one indented object:
// {"file": "winnow.yaml", "config": {...}, "sources": {"server.listen": {"layer":
// "flag", "name": "--listen"}, ...}}.
func (c *Config) JSON(s *Sources) ([]byte, error) {
	b, err := json.MarshalIndent(struct {
		File    string            `json:"file"`
		Config  *Config           `json:"config"`
		Sources map[string]Origin `json:"sources"`
	}{s.File, c, s.Keys}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("show configuration: %w", err)
	}
	return append(b, '\n'), nil
}
