package policy

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// list reads the file that a key names: one item a line. Empty lines and lines that
// begin with # are passed over. Nil if the key is not there.
func (o *object) list(key string) []text {
	n := o.take(key)
	if n == nil {
		return nil
	}
	name, ok := o.d.str(n, key)
	if !ok {
		return nil
	}
	if o.d.read == nil {
		o.d.fault(n, "this policy cannot name other files")
		return nil
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(o.d.dir, path)
	}
	content, err := o.d.listFile(name, path)
	if err != nil {
		o.d.fault(n, "the list cannot be read: %v", err)
		return nil
	}
	items := linesOf(path, content)
	if len(items) == 0 {
		o.d.fault(n, "the list %s is empty", quote(name))
	}
	return items
}

// listFile reads a file once and keeps its text with the policy's.
func (d *decoder) listFile(name, path string) ([]byte, error) {
	if content, ok := d.listed[path]; ok {
		return content, nil
	}
	content, err := d.read(path)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(content) {
		line := 1 + bytes.Count(content[:invalidAt(content)], []byte("\n"))
		return nil, fmt.Errorf("%s: line %d is not UTF-8", name, line)
	}
	if d.listed == nil {
		d.listed = map[string][]byte{}
	}
	d.listed[path] = content
	d.lists = append(append(append(d.lists, "\n-- "...), name...), " --\n"...)
	d.lists = append(d.lists, content...)
	return content, nil
}

// invalidAt is where a text stops being UTF-8.
func invalidAt(b []byte) int {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(b)
}

func linesOf(path string, content []byte) []text {
	var items []text
	number := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(string(content), "\ufeff"), "\n") {
		number++
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' {
			items = append(items, text{value: line, file: path, line: number})
		}
	}
	return items
}
