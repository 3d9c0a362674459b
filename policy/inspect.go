package policy

import (
	"errors"
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

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
