package policy

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/winnowd/winnow/models"
)

// bom may stand at the beginning of a file.
const bom = "\ufeff"

// Amend adds a rule to the text of a policy and leaves everything else as it stands,
// comments included. The error is an Errors if the text is no policy; it wraps
// models.ErrInvalid if no rule can be made of the addition. Whether the result is a policy
// with one rule more is for the caller to see: YAML can be written in ways that Amend does
// not know.
func Amend(name string, src []byte, a models.Addition) ([]byte, error) {
	entry, err := entryOf(a)
	if err != nil {
		return nil, err
	}
	src, marked := bytes.CutPrefix(src, []byte(bom))
	d := &decoder{file: name}
	root := d.document(src)
	if len(d.errs) > 0 {
		return nil, d.errs.inOrder(name)
	}
	e := &editor{lines: strings.SplitAfter(string(src), "\n"), end: "\n"}
	if strings.HasSuffix(e.lines[0], "\r\n") {
		e.end = "\r\n"
	}
	switch {
	case root != nil && root.Kind != yaml.MappingNode:
		d.fault(root, "a policy must be a mapping of keys to values, not %s", describe(root))
		return nil, d.errs
	case a.Site == "":
		e.item(root, "rules", []string{"- " + entry}, entry)
	default:
		e.site(root, a.Site, entry)
	}
	text := strings.Join(e.lines, "")
	if marked {
		text = bom + text
	}
	return []byte(text), nil
}

// editor puts lines into a text.
type editor struct {
	lines []string
	// end is how the text's lines end.
	end string
}

// site adds an entry to a site's rules.
func (e *editor) site(root *yaml.Node, name, entry string) {
	if _, sites := member(root, "sites"); sites != nil && sites.Kind == yaml.SequenceNode {
		for _, s := range sites.Content {
			if _, is := member(s, "site"); is != nil && is.Value == name {
				e.item(s, "rules", []string{"- " + entry}, entry)
				return
			}
		}
	}
	e.item(root, "sites", []string{"- site: " + name, "  rules:", "    - " + entry}, "{site: "+name+", rules: ["+entry+"]}")
}

// item puts a first item into the list that a mapping has under a key: lines in block
// style, or flow in flow style.
func (e *editor) item(parent *yaml.Node, key string, lines []string, flow string) {
	at, list := member(parent, key)
	switch {
	case list != nil && list.Style&yaml.FlowStyle != 0:
		if len(list.Content) > 0 {
			flow += ", "
		}
		e.within(list.Line, list.Column, flow)
	case list != nil && list.Kind == yaml.SequenceNode && len(list.Content) > 0:
		// Right below the key: a comment further down belongs to the first item.
		e.before(at.Line+1, strings.Repeat(" ", list.Column-1), lines)
	case at != nil: // a key without a value
		e.before(at.Line+1, strings.Repeat(" ", at.Column+1), lines)
	case parent != nil && parent.Style&yaml.FlowStyle != 0:
		flow = key + ": [" + flow + "]"
		if len(parent.Content) > 0 {
			flow += ", "
		}
		e.within(parent.Line, parent.Column, flow)
	case parent != nil && parent.Column > 1: // a mapping within a list
		indent := strings.Repeat(" ", parent.Column-1)
		e.before(parent.Line+1, indent, append([]string{key + ":"}, indented(lines)...))
	default:
		e.before(len(e.lines)+1, "", append([]string{key + ":"}, indented(lines)...))
	}
}

func indented(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = "  " + l
	}
	return out
}

// member finds a key of a mapping and its value.
func member(n *yaml.Node, key string) (at, value *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// before puts lines before the line of a number, from 1, or after the last one.
func (e *editor) before(number int, indent string, lines []string) {
	var text strings.Builder
	at := min(number-1, len(e.lines))
	if at > 0 && e.lines[at-1] != "" && !strings.HasSuffix(e.lines[at-1], "\n") {
		text.WriteString(e.end)
	}
	for _, l := range lines {
		text.WriteString(indent + l + e.end)
	}
	e.lines = append(e.lines[:at:at], append([]string{text.String()}, e.lines[at:]...)...)
}

// within puts text behind the bracket at a place.
func (e *editor) within(line, column int, text string) {
	runes := []rune(e.lines[line-1])
	e.lines[line-1] = string(runes[:column]) + text + string(runes[column:])
}
