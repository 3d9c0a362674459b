package policy

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
	"go.yaml.in/yaml/v3"
)

const customName = "custom"

// custom is a rule in the operator's own words: a condition, and a sentence that says
// what it found. Custom rules are asked after all built-in ones and see what these
// found, but not what other custom ones did.
type custom struct {
	when *condition
	// text and values take turns in the reason; nil if it has none.
	text   []string
	values []value
}

// value is an expression in a reason.
type value struct {
	program *vm.Program
	needs   unknowns
}

func decodeCustom(o *object) rule {
	r := &custom{}
	if n := o.need("when", "comment.links > 2 && !author.trusted"); n != nil {
		if s, ok := o.d.str(n, "when"); ok {
			c, err := compile(s, o.d.entryNames)
			if err != nil {
				o.d.faultIn(n, s, 0, err)
			}
			r.when = c
		}
	}
	if n := o.take("reason"); n != nil {
		if s, ok := o.d.str(n, "reason"); ok {
			r.template(o.d, n, s)
		}
	}
	return r
}

// maxReason is the length of the longest reason, in characters.
const maxReason = 300

// template reads a reason with expressions in braces.
func (r *custom) template(d *decoder, n *yaml.Node, s string) {
	if strings.TrimSpace(s) == "" || len([]rune(s)) > maxReason {
		d.fault(n, "a reason has 1 to %d characters", maxReason)
		return
	}
	rest, at := s, 0
	for {
		before, after, found := strings.Cut(rest, "{")
		r.text = append(r.text, before)
		if !found {
			return
		}
		at += len(before) + 1
		inside, beyond, closed := strings.Cut(after, "}")
		if !closed {
			d.fault(n, "the { in the reason is never closed")
			return
		}
		v, err := compileValue(inside, d.entryNames)
		if err != nil {
			d.faultIn(n, s, at, err)
		}
		r.values = append(r.values, v)
		rest, at = beyond, at+len(inside)+1
	}
}

// faultIn reports what is wrong with an expression, where it stands in a text at n, from
// its at-th byte on. In a text that is folded over lines the place is that of the text.
func (d *decoder) faultIn(n *yaml.Node, text string, at int, err error) {
	var wrong *file.Error
	msg := err.Error()
	if errors.As(err, &wrong) {
		msg = nearMember(wrong.Message)
	}
	col := n.Column
	if wrong != nil && !strings.Contains(text, "\n") && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			col++
		}
		col += len([]rune(text[:at])) + wrong.Column
	}
	d.faultAt(n.Line, col, "%s", msg)
}

var (
	noMember = regexp.MustCompile(`^type \*?policy\.custom(\w+) has no field (\w+)`)
	noName   = regexp.MustCompile(`^unknown name (\w+)`)
)

// nearMember adds to a message about a name that nothing has the one that was probably
// meant.
func nearMember(msg string) string {
	if m := noMember.FindStringSubmatch(msg); m != nil {
		group := strings.ToLower(m[1])
		if t, ok := reflect.TypeFor[customEnv]().FieldByName(m[1]); ok {
			return fmt.Sprintf("%s has no value %s: %s", group, quote(m[2]), didYouMean(m[2], membersOf(t.Type)))
		}
	}
	if m := noName.FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("unknown name %s: %s", quote(m[1]), didYouMean(m[1], append(membersOf(reflect.TypeFor[customEnv]()), append(builtins(), durationFunction)...)))
	}
	return msg
}

// groupNames gives the groups of values that expressions know, each with its first value.
func groupNames() map[string]string {
	groups := map[string]string{}
	env := reflect.TypeFor[customEnv]()
	for f := range env.NumField() {
		if field := env.Field(f); field.Type.Kind() == reflect.Struct {
			groups[field.Tag.Get("expr")] = membersOf(field.Type)[0]
		}
	}
	return groups
}

// membersOf lists the names that expressions know of a type.
func membersOf(t reflect.Type) []string {
	var names []string
	for f := range t.NumField() {
		field := t.Field(f)
		if field.Anonymous {
			names = append(names, membersOf(field.Type)...)
		} else if name := field.Tag.Get("expr"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func (r *custom) check(l *look) (reason, bool) {
	if r.when == nil {
		return reason{}, false
	}
	e := l.env()
	switch r.when.eval(e) {
	case unknown:
		if r.when.needs&e.unknown&ungathered(&l.Facts) != 0 {
			return l.lack()
		}
		return reason{}, false
	case no:
		return reason{}, false
	}
	detail := "a custom rule of this site"
	if r.text != nil {
		detail = r.write(e)
	}
	return reason{code: customName + ".matched", params: map[string]any{}, detail: detail}, true
}

// write fills in the reason.
func (r *custom) write(e *customEnv) string {
	var b strings.Builder
	for i, text := range r.text {
		b.WriteString(text)
		if i >= len(r.values) {
			continue
		}
		v, result := r.values[i], any(nil)
		if e.unknown&v.needs == 0 {
			result, _ = vm.Run(v.program, e)
		}
		switch x := result.(type) {
		case nil:
			b.WriteString("unknown")
		case time.Duration:
			b.WriteString(rough(x))
		case float64:
			fmt.Fprintf(&b, "%.2f", x)
		default:
			b.WriteString(clip(fmt.Sprint(x), maxQuoted))
		}
	}
	return strings.TrimSuffix(clip(b.String(), maxReason), ".")
}
