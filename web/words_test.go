package web

import (
	"regexp"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"github.com/winnowd/winnow/models"
)

// TestEveryWordIsInTheCatalogue walks the templates: each key that is called there is one
// of the catalogue, and each of the catalogue is called somewhere.
func TestEveryWordIsInTheCatalogue(t *testing.T) {
	w, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	a, err := readAssets()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := parseTemplates(w, a, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	var prefixes []string
	call := func(n *parse.CommandNode) {
		name, ok := n.Args[0].(*parse.IdentifierNode)
		if !ok || name.Ident != "t" && name.Ident != "n" {
			return
		}
		if len(n.Args) < 2 {
			return // the key is piped or a variable
		}
		switch arg := n.Args[1].(type) {
		case *parse.StringNode:
			if name.Ident == "n" {
				used[arg.Text+".one"], used[arg.Text+".many"] = true, true
			} else {
				used[arg.Text] = true
			}
		case *parse.PipeNode: // (print "prefix." value)
			if s, ok := arg.Cmds[0].Args[1].(*parse.StringNode); ok {
				prefixes = append(prefixes, s.Text)
			}
		}
	}
	for _, page := range pages.pages {
		for _, part := range page.Templates() {
			if part.Tree != nil {
				walk(part.Tree.Root, call)
			}
		}
	}
	for key := range used {
		if _, ok := w[key]; !ok {
			t.Errorf("the templates call for %q, which is not in the catalogue", key)
		}
	}
	prefixes = append(prefixes, "ago.", "until.", "clue.", "kind.", "span.", "did.", "error.", "login.", "job.", "action.", "actor.", "objection.", "detail.", "label.")
	titles := regexp.MustCompile(`\.title$|^card\.overtaken$`) // these are called for by handlers
	for key := range w {
		if used[key] || titles.MatchString(key) {
			continue
		}
		known := false
		for _, p := range prefixes {
			known = known || strings.HasPrefix(key, p)
		}
		if !known {
			t.Errorf("nobody calls for %q", key)
		}
	}
}

// walk visits the calls of a template.
func walk(n parse.Node, call func(*parse.CommandNode)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				walk(c, call)
			}
		}
	case *parse.ActionNode:
		walk(n.Pipe, call)
	case *parse.TemplateNode:
		walk(n.Pipe, call)
	case *parse.PipeNode:
		if n != nil {
			for _, c := range n.Cmds {
				call(c)
				for _, arg := range c.Args {
					walk(arg, call)
				}
			}
		}
	case *parse.IfNode:
		walkBranch(&n.BranchNode, call)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, call)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, call)
	}
}

func walkBranch(n *parse.BranchNode, call func(*parse.CommandNode)) {
	walk(n.Pipe, call)
	walk(n.List, call)
	walk(n.ElseList, call)
}

// TestWordsForAllThatThereIs has words for every action, origin and kind that a page may
// have to name.
func TestWordsForAllThatThereIs(t *testing.T) {
	w, err := readWords()
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, a := range models.Actions {
		keys = append(keys, "action."+string(a), "would."+string(a))
	}
	keys = append(keys, "would."+string(models.Stricter), "would."+string(models.Milder))
	for _, o := range models.Origins {
		keys = append(keys, "origin."+string(o))
	}
	for _, o := range models.Orders {
		keys = append(keys, "order."+string(o))
	}
	for _, l := range models.Labels {
		keys = append(keys, "learnt."+string(l))
	}
	for _, r := range models.Roles {
		keys = append(keys, "role."+string(r))
	}
	for _, p := range []string{"author", "author-name", "author-host", "agent", "host", "domain", "tld", "path", "form", "shape", "number", "email-domain", "nonsense"} {
		keys = append(keys, clueKind(p))
	}
	for _, s := range []string{"undo", "none", "next", "delivered", "waiting", "dead"} {
		keys = append(keys, "delivery."+s)
	}
	for _, name := range append(filterNames[1:], "lane", "search") {
		keys = append(keys, "filter."+name)
	}
	for _, key := range keys {
		if _, ok := w[key]; !ok {
			t.Errorf("%q is not in the catalogue", key)
		}
	}
}
