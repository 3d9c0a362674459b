// Package openapi holds the description of winnow's HTTP interface, an OpenAPI 3.1
// document (https://spec.openapis.org/oas/v3.1.1.html): every path under /v1 and the
// health endpoints, with every status, and the messages that callbacks get.
//
// It is written as openapi.yaml and served as JSON. The document is a promise: package
// openapitest holds what tests send and are answered against it.
package openapi

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

//go:embed openapi.yaml
var source []byte

// Document returns the description as JSON, its members in the order of the source. The
// error tells of a fault in the source, which tests would have found.
func Document() ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(source, &root); err != nil {
		return nil, fmt.Errorf("read API description: %w", err)
	}
	b, err := appendJSON(nil, root.Content[0])
	if err != nil {
		return nil, fmt.Errorf("read API description: %w", err)
	}
	return b, nil
}

// appendJSON appends a YAML node as JSON.
func appendJSON(b []byte, n *yaml.Node) ([]byte, error) {
	switch n.Kind {
	case yaml.MappingNode:
		return appendMembers(b, n, '{', '}')
	case yaml.SequenceNode:
		return appendMembers(b, n, '[', ']')
	case yaml.ScalarNode:
		var value any
		if err := n.Decode(&value); err != nil {
			return nil, err
		}
		return appendValue(b, value)
	}
	return nil, fmt.Errorf("line %d: only plain YAML is expected", n.Line)
}

// appendMembers appends the names and values of a mapping or the items of a sequence.
func appendMembers(b []byte, n *yaml.Node, open, end byte) (_ []byte, err error) {
	b = append(b, open)
	for i, item := range n.Content {
		isValue := n.Kind == yaml.MappingNode && i%2 == 1
		switch {
		case isValue:
			b = append(b, ':')
		case i > 0:
			b = append(b, ',')
		}
		if n.Kind == yaml.MappingNode && !isValue {
			b, err = appendValue(b, item.Value) // a name is text, whatever it looks like
		} else {
			b, err = appendJSON(b, item)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(b, end), nil
}

func appendValue(b []byte, value any) ([]byte, error) {
	text, err := json.Marshal(value)
	return append(b, text...), err
}
