package yamlfile

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFaultsHaveTheirPlace(t *testing.T) {
	for name, test := range map[string]struct{ src, want string }{
		"not UTF-8":           {"a: b\nc: \xff\n", "2:4: byte 0xff is not UTF-8: save the file in that encoding"},
		"a control character": {"a: ü\x01\n", "1:5: the control character U+0001 cannot stand in the file: remove it"},
		"two documents":       {"a: b\n---\nc: d\n", "2:1: a second document begins here: the file must have a single one"},
		"an unknown alias":    {"a: 1\nb: ü *c\nd: *e\n", "3:4: aliases are not supported: write the value out"},
		"counted from 0":      {"a:\n  b: 1\n c: 2\n", "3:2: this is not YAML: did not find expected key"},
		"counted from 1":      {"a: b: c\n", "1:1: this is not YAML: mapping values are not allowed in this context"},
		"an open quote":       {"a: b\nc: 'd\n", "2:1: this is not YAML: found unexpected end of stream"},
		"a tab":               {"a:\n\tb: c\n", "2:2: this is not YAML: found character that cannot start any token"},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := Read([]byte(test.src))
			if got := show(faults); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestPlainValuesAloneAreRead(t *testing.T) {
	for src, want := range map[string]string{
		"a: b": "", "*a": noAliases, "&a b": "anchors", "!!str b": "tags", "!x {}": "tags", "&a ~": "anchors",
	} {
		t.Run(src, func(t *testing.T) {
			root, faults := Read([]byte(src))
			got := show(faults)
			if root != nil {
				got = Plain(root)
			}
			if (got == "") != (want == "") || !strings.Contains(got, want) {
				t.Errorf("got %q, want one with %q", got, want)
			}
		})
	}
}

func TestNothingIsNoDocument(t *testing.T) {
	for _, src := range []string{"", "# nothing\n", "~\n", "---\n...\n", "\ufeff"} {
		if root, faults := Read([]byte(src)); root != nil || len(faults) > 0 {
			t.Errorf("%q gives %v and %s", src, root, show(faults))
		}
	}
}

// FuzzRead holds that a file without a fault has a document or nothing, and that every
// fault lies within the file.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"", "a: b\n", "a: [b, {c: d}]\n", "a: &b c\nd: *b\n", "a: b\n---\nc", "\t: {", "a: 'b", "- \xff", "%YAML 1.1\n---\na"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		_, faults := Read(src)
		lines := bytes.Split(src, []byte("\n"))
		for _, fault := range faults {
			if fault.Msg == "" || !utf8.ValidString(fault.Msg) {
				t.Errorf("a fault says %q", fault.Msg)
			}
			if fault.Line < 1 || fault.Line > len(lines) || fault.Col < 1 {
				t.Errorf("%s lies outside a file of %d lines", show(faults), len(lines))
			}
		}
	})
}

func show(faults []Fault) string {
	var s []string
	for _, f := range faults {
		s = append(s, fmt.Sprintf("%d:%d: %s", f.Line, f.Col, f.Msg))
	}
	return strings.Join(s, "\n")
}
