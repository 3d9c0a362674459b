package policy

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/winnowd/winnow/yamlfile"
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
	root, faults := yamlfile.Read(src)
	for _, f := range faults {
		d.faultAt(f.Line, f.Col, "%s", f.Msg)
	}
	if root == nil {
		return nil
	}
	d.plain(root)
	if yamlfile.IsNull(root) {
		return nil
	}
	return root
}

// plain reports what is more than plain values, wherever it stands.
func (d *decoder) plain(n *yaml.Node) {
	if msg := yamlfile.Plain(n); msg != "" {
		d.fault(n, "%s", msg)
	}
	for _, child := range n.Content {
		d.plain(child)
	}
}
