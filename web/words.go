package web

import (
	_ "embed" // for the catalogue
	"fmt"
	"strings"
	"time"
)

//go:embed strings/en.txt
var english string

// words is the catalogue of what is said to people, by key.
type words map[string]string

// readWords reads the catalogue: lines "key = text", in which fmt's verbs stand for what
// is said about; empty lines and those that begin with # say nothing.
func readWords() (words, error) {
	w := words{}
	for i, line := range strings.Split(english, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		key, text, ok := strings.Cut(line, " = ")
		if _, doubled := w[key]; !ok || doubled {
			return nil, fmt.Errorf("strings/en.txt:%d: must be a new key, \" = \" and a text", i+1)
		}
		w[key] = text
	}
	return w, nil
}

// text gives the text of a key, with values filled in. A key that is not there is its own
// text; a test looks for those.
func (w words) text(key string, values ...any) string {
	text, ok := w[key]
	if !ok {
		return key
	}
	if len(values) == 0 {
		return text
	}
	return fmt.Sprintf(text, values...)
}

// count gives the text of a number of things: key.one or key.many.
func (w words) count(key string, n int) string {
	if n == 1 {
		return w.text(key + ".one")
	}
	return w.text(key+".many", grouped(n))
}

// grouped writes a number with spaces between the thousands that do not break.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, c := range digits {
		if left := len(digits) - i; i > 0 && left%3 == 0 && digits[i-1] != '-' {
			b.WriteRune('\u202f')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// span says how long something lasts.
func (w words) span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return w.text("span.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return w.text("span.hours", int(d/time.Hour))
	}
	return w.text("span.days", int(d/(24*time.Hour)))
}

// fault says what is wrong with a parameter, which is called as the page's field is. Where
// there is no such field the fault speaks for itself, if it has words.
func (w words) fault(p *badParam) string {
	for _, key := range []string{"filter." + p.name, "sites." + strings.ReplaceAll(p.name, "_", "-"), "users." + p.name} {
		if label, ok := w[key]; ok {
			return label + ": " + w.text(p.fault)
		}
	}
	if text, ok := w[p.fault]; ok {
		return text
	}
	return p.Error()
}

// kind says what an entry of the audit log is; one that has no words is its own name.
func (w words) kind(kind string) string {
	if text, ok := w["kind."+kind]; ok {
		return text
	}
	return kind
}

// until says how soon something will be.
func (w words) until(d time.Duration) string {
	switch {
	case d < time.Minute:
		return w.text("until.now")
	case d < 2*time.Hour:
		return w.text("until.minutes", int(d/time.Minute))
	}
	return w.text("until.hours", int(d/time.Hour))
}

// ago says how long ago something was.
func (w words) ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return w.text("ago.now")
	case d < time.Hour:
		return w.text("ago.minutes", int(d/time.Minute))
	case d < 48*time.Hour:
		return w.text("ago.hours", int(d/time.Hour))
	}
	return w.text("ago.days", int(d/(24*time.Hour)))
}
