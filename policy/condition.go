package policy

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
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

// inspect parses an expression and refuses what the type check does not: what could
// take long, and names that nothing has.
func inspect(source string, entries []string) (*parser.Tree, error) {
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, err
	}
	i := &inspector{entries: entries, groups: groupNames()}
	ast.Walk(&tree.Node, i)
	for _, group := range i.bare {
		i.refuse(group, "%s is a group of values: name one of them, such as %s.%s", group.Value, group.Value, i.groups[group.Value])
	}
	if i.err != nil {
		return nil, i.err.Bind(tree.Source)
	}
	return tree, nil
}

type inspector struct {
	entries []string
	// groups are the names of groups of values, each with the first of its values.
	groups map[string]string
	// bare are the groups met so far that no value is named of: what is asked of such a
	// one nobody could tell to be unknown.
	bare []*ast.IdentifierNode
	// size is that of all regular expressions.
	size int
	err  *file.Error
}

func (i *inspector) refuse(n ast.Node, format string, args ...any) {
	if i.err == nil {
		i.err = &file.Error{Location: n.Location(), Message: fmt.Sprintf(format, args...)}
	}
}

// Visit implements ast.Visitor.
func (i *inspector) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if _, ok := i.groups[n.Value]; ok {
			i.bare = append(i.bare, n)
		} else if n.Value == "$env" {
			i.refuse(n, "$env is not supported: name the value, such as comment.links")
		}
	case *ast.MemberNode: // comes after its parts
		if group, ok := n.Node.(*ast.IdentifierNode); ok && pathOf(n) != "" {
			i.bare = slices.DeleteFunc(i.bare, func(b *ast.IdentifierNode) bool { return b == group })
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "..", "**", "^":
			i.refuse(n, "the operator %s is not supported", n.Operator)
		case "matches":
			constant, ok := n.Right.(*ast.StringNode)
			if !ok {
				i.refuse(n.Right, "the regular expression after matches must be written out")
			} else if i.size += patternSize(constant.Value); i.size > maxMatchesSize {
				i.refuse(n.Right, "here the regular expressions of this condition have become too large together, as repetitions such as {100} are: they would take too long")
			}
		}
	case *ast.PredicateNode:
		p := inPredicate{i}
		ast.Walk(&n.Node, p)
	case *ast.CallNode:
		i.call(n)
	case *ast.BuiltinNode:
		i.builtin(n)
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		i.refuse(n, "variables are not supported: write the value out")
	}
}

func (i *inspector) call(n *ast.CallNode) {
	switch name := nameOf(n.Callee); name {
	case "found":
		if len(n.Arguments) != 1 {
			return // the type check tells
		}
		of, constant := n.Arguments[0].(*ast.StringNode)
		switch {
		case !constant:
			i.refuse(n.Arguments[0], "found needs the name of a rule of this policy, in quotes")
		case !slices.Contains(i.entries, of.Value):
			i.refuse(n.Arguments[0], "no rule of this policy is named %s%s", quote(of.Value), meant(of.Value, i.entries))
		}
	case "known":
		if len(n.Arguments) != 1 || unknowable(pathOf(n.Arguments[0])) == 0 {
			i.refuse(n, "known needs one value that may be unknown, such as post.age")
		}
	}
}

// builtin refuses a length of time that is none. One that is not written out is unknown to
// a comment for which it is none.
func (i *inspector) builtin(n *ast.BuiltinNode) {
	if n.Name != durationFunction || len(n.Arguments) != 1 {
		return // the type check tells
	}
	if of, constant := n.Arguments[0].(*ast.StringNode); constant {
		switch _, err := parseDuration(of.Value); {
		case errors.Is(err, errTooLong):
			i.refuse(of, "the duration %s %v", quote(of.Value), err)
		case err != nil:
			i.refuse(of, "a duration %v, not %s", err, quote(of.Value))
		}
	}
}

func meant(name string, known []string) string {
	if len(known) == 0 {
		return ""
	}
	return ": " + didYouMean(name, known)
}

// inPredicate refuses, in what is asked of every item of a list, what would make the
// time grow with more than the list.
type inPredicate struct{ i *inspector }

// Visit implements ast.Visitor.
func (p inPredicate) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.PredicateNode:
		p.i.refuse(n, "conditions on lists cannot stand within each other")
	case *ast.MemberNode:
		if pathOf(n) == "comment.content" {
			p.i.refuse(n, "comment.content cannot be asked for every item of a list: put it before or after")
		}
	}
}

func nameOf(n ast.Node) string {
	if id, ok := n.(*ast.IdentifierNode); ok {
		return id.Value
	}
	return ""
}

// pathOf gives the name of a value, such as "post.age"; empty for anything else.
func pathOf(n ast.Node) string {
	switch x := n.(type) {
	case *ast.IdentifierNode:
		return x.Value
	case *ast.MemberNode:
		if name, ok := x.Property.(*ast.StringNode); ok {
			if group := nameOf(x.Node); group != "" {
				return group + "." + name.Value
			}
		}
	}
	return ""
}

// needsOf gives the values in an expression that may be unknown.
func needsOf(n ast.Node) unknowns {
	c := &needsCollector{}
	ast.Walk(&n, c)
	return c.needs
}

type needsCollector struct{ needs unknowns }

// Visit implements ast.Visitor.
func (c *needsCollector) Visit(node *ast.Node) { c.needs |= unknowable(pathOf(*node)) }

func hasKnown(n ast.Node) bool {
	f := &knownFinder{}
	ast.Walk(&n, f)
	return f.found
}

type knownFinder struct{ found bool }

// Visit implements ast.Visitor.
func (f *knownFinder) Visit(node *ast.Node) {
	if c, ok := (*node).(*ast.CallNode); ok && nameOf(c.Callee) == "known" {
		f.found = true
	}
}
