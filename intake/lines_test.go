package intake

import (
	"bytes"
	"testing"
)

func FuzzSplitLines(f *testing.F) {
	for _, seed := range []string{"", "\n", "{}", "{}\n", "{}\r\n\r\n {} \n\n", "a\nb\nc\nd\ne", " \t\r\n\x00\n\v", "\r{}\r"} {
		f.Add([]byte(seed), 3)
	}
	f.Fuzz(func(t *testing.T, body []byte, limit int) {
		limit = min(max(limit, 0), 1000)
		lines, ok := splitLines(bytes.Clone(body), limit)
		// The same by way of the standard library.
		var want []line
		for i, text := range bytes.Split(body, []byte("\n")) {
			if len(bytes.Trim(text, " \t\r")) > 0 {
				want = append(want, line{i + 1, text})
			}
		}
		if ok != (len(want) <= limit) {
			t.Fatalf("ok is %v for %d lines of at most %d", ok, len(want), limit)
		}
		if !ok {
			return
		}
		if len(lines) != len(want) {
			t.Fatalf("%d lines, want %d", len(lines), len(want))
		}
		for i, l := range lines {
			if l.number != want[i].number || !bytes.Equal(l.text, want[i].text) {
				t.Errorf("line %d: got %d %q, want %d %q", i, l.number, l.text, want[i].number, want[i].text)
			}
		}
	})
}

func FuzzReadLabel(f *testing.F) {
	for _, seed := range []string{`{"label":"ham"}`, `{"label":"spam","x":[1]}`, `{"label":null}`, `{"label":"\u0068am"}`, `{"label":"ham","label":"ham"}`,
		`null`, `[]`, ``, `{"label":5}`, `{"x":"\u0000","label":"ham"}`, `{"label":"ham"} `, `{"label":"ham"}x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		label, p := readLabel(body)
		switch {
		case p != nil && p.Status != 400 && p.Status != 422:
			t.Errorf("%q: status %d", body, p.Status)
		case p != nil && p.Status == 422 && len(p.Errors) == 0:
			t.Errorf("%q: no fault is named", body)
		case p == nil && label != "ham" && label != "spam":
			t.Errorf("%q: label %q", body, label)
		}
	})
}
