package policy

import (
	"fmt"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// truth is what a condition says of a comment (Kleene, "Introduction to
// metamathematics", 1952, section 64): what needs a value that is unknown is unknown,
// unless the other side of an && or || decides alone.
type truth int8

const (
	no truth = iota
	unknown
	yes
)

// condition is a compiled expression: a tree of not, and, or over parts that are true,
// false or, when they need a value that is unknown, neither.
type condition struct {
	op          byte // '&', '|', '!', 'k' (known), or 0 for a program
	left, right *condition
	program     *vm.Program
	// needs are the values that may be unknown of the whole condition.
	needs unknowns
}

func (c *condition) eval(e *customEnv) truth {
	switch c.op {
	case '&':
		l := c.left.eval(e)
		if l == no {
			return no
		}
		return min(l, c.right.eval(e))
	case '|':
		l := c.left.eval(e)
		if l == yes {
			return yes
		}
		return max(l, c.right.eval(e))
	case '!':
		return yes - c.left.eval(e)
	case 'k':
		if e.unknown&c.needs != 0 {
			return no
		}
		return yes
	}
	if e.unknown&c.needs != 0 {
		return unknown
	}
	// What fails at run time, such as a division by zero, is unknown too.
	result, err := vm.Run(c.program, e)
	if is, ok := result.(bool); err == nil && ok {
		if is {
			return yes
		}
		return no
	}
	return unknown
}

// maxNodes is the most parts of an expression; it bounds the time that one takes.
const maxNodes = 200

// builtins are the functions that expressions may call: those whose result depends on
// their arguments alone and that cannot make much of little.
func builtins() []string {
	return []string{
		"len", "lower", "upper", "trim", "trimPrefix", "trimSuffix", "hasPrefix", "hasSuffix", "indexOf",
		"any", "all", "none", "one", "count", "abs", "min", "max", "int", "float", "first", "last",
	}
}

// durationFunction takes the place of the language's own, which knows no days.
const durationFunction = "duration"

func callDuration(args ...any) (any, error) {
	text, _ := args[0].(string)
	return parseDuration(text)
}

func options(more ...expr.Option) []expr.Option {
	// known is there for the type check alone: split takes it out of what is run.
	isKnown := func(...any) (any, error) { return true, nil }
	o := []expr.Option{
		expr.Env(&customEnv{}), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins(), expr.Function("known", isKnown, new(func(any) bool)),
	}
	for _, name := range builtins() {
		o = append(o, expr.EnableBuiltin(name))
	}
	o = append(o, expr.Function(durationFunction, callDuration, new(func(string) time.Duration)))
	return append(o, more...)
}

// compile reads a condition; entries are the names that found may ask for.
func compile(source string, entries []string) (*condition, error) {
	tree, err := inspect(source, entries)
	if err != nil {
		return nil, err
	}
	// The whole is checked before its parts, so that errors say where they stand.
	if _, err := expr.Compile(source, options(expr.AsBool())...); err != nil {
		return nil, err
	}
	return split(tree.Node)
}

// compileValue reads an expression of any type.
func compileValue(source string, entries []string) (value, error) {
	tree, err := inspect(source, entries)
	if err != nil {
		return value{}, err
	}
	if hasKnown(tree.Node) {
		return value{}, fmt.Errorf("known(...) is for conditions: a value that is not known reads \"unknown\" here")
	}
	program, err := expr.Compile(source, options()...)
	if err != nil {
		return value{}, err
	}
	return value{program, needsOf(tree.Node)}, nil
}

// split takes a checked expression apart at not, and, or.
func split(n ast.Node) (*condition, error) {
	switch x := n.(type) {
	case *ast.BinaryNode:
		op := byte(0)
		switch x.Operator {
		case "&&", "and":
			op = '&'
		case "||", "or":
			op = '|'
		}
		if op == 0 {
			break
		}
		left, err := split(x.Left)
		if err != nil {
			return nil, err
		}
		right, err := split(x.Right)
		if err != nil {
			return nil, err
		}
		return &condition{op: op, left: left, right: right, needs: left.needs | right.needs}, nil
	case *ast.UnaryNode:
		if x.Operator != "!" && x.Operator != "not" {
			break
		}
		below, err := split(x.Node)
		if err != nil {
			return nil, err
		}
		return &condition{op: '!', left: below, needs: below.needs}, nil
	case *ast.CallNode:
		if nameOf(x.Callee) == "known" {
			return &condition{op: 'k', needs: needsOf(x)}, nil
		}
	}
	if hasKnown(n) {
		return nil, fmt.Errorf("known(...) can only stand by itself or beside !, && and ||, not within something else")
	}
	program, err := expr.Compile(n.String(), options(expr.AsBool())...)
	if err != nil {
		return nil, err
	}
	return &condition{program: program, needs: needsOf(n)}, nil
}
