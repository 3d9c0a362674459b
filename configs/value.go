package configs

import (
	"encoding"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// assign reads text, as it stands in a file, a variable or a flag, into a field.
func assign(field any, text string) error {
	switch p := field.(type) {
	case *string:
		if i := strings.IndexFunc(text, unicode.IsControl); i >= 0 {
			return fmt.Errorf("%s must not contain control characters", quote(text))
		}
		*p = text
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil || strconv.Itoa(n) != text {
			return fmt.Errorf("%s is not a whole number in plain digits, such as 100", quote(text))
		}
		*p = n
	case *float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || strings.Trim(text, "0123456789.eE+-") != "" {
			return fmt.Errorf("%s is not a number, such as 0.5", quote(text))
		}
		*p = f
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	default:
		return fmt.Errorf("a setting cannot be a %T", field)
	}
	return nil
}

// text gives a field as assign reads it.
func text(field any) string {
	switch p := field.(type) {
	case *string:
		return *p
	case *int:
		return strconv.Itoa(*p)
	case *float64:
		return strconv.FormatFloat(*p, 'g', -1, 64)
	case *Duration:
		return p.String()
	case *Size:
		return p.String()
	case *LogLevel:
		return string(*p)
	case *LogFormat:
		return string(*p)
	case *Starter:
		return string(*p)
	default:
		return fmt.Sprint(field)
	}
}

// kind tells which YAML scalars a field takes, and what to call what it wants.
func kind(field any) (tags, wants string) {
	switch field.(type) {
	case *int:
		return "!!int", "a whole number"
	case *float64:
		return "!!int !!float", "a number"
	case *Duration:
		return "!!str", "a duration with a unit, such as 30s or 12h"
	case *Size:
		return "!!str !!int", "a size, such as 64KiB"
	default:
		return "!!str", "text"
	}
}

// scalar gives the text of a YAML value for a field, which must be written as what
// the field is.
func scalar(field any, n *yaml.Node) (string, error) {
	tags, wants := kind(field)
	if n.Kind == yaml.ScalarNode {
		switch tag := n.ShortTag(); {
		case tag == "!!null":
			return "", fmt.Errorf("has no value: must be %s; leave the key out to have the default", wants)
		case strings.Contains(tags, tag):
			return n.Value, nil
		case wants == "text":
			return "", fmt.Errorf("must be text, not %s: put it in quotes", found(n))
		}
	}
	return "", fmt.Errorf("must be %s, not %s", wants, found(n))
}

// found says in words what a YAML value is.
func found(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a group of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "nothing"
	case "!!bool":
		return "true or false"
	case "!!int":
		return "a whole number"
	case "!!float":
		return "a number"
	case "!!timestamp":
		return "a date"
	default:
		return "text (" + quote(n.Value) + ")"
	}
}
