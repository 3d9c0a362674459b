package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/winnowd/winnow/models"
)

// Parse reads a policy that names no other files; name is what error messages call
// it. An empty file is a policy without rules. Place.Load reads one that does name
// files.
//
// The error is an Errors with every fault that could be found, each with line and
// column.
func Parse(name string, src []byte) (*Set, error) { return parseAt(name, src, name, nil) }

// parseAt reads a policy's text. What it names is looked for beside the file at, and
// read by read.
func parseAt(name string, src []byte, at string, read func(string) ([]byte, error)) (*Set, error) {
	d := &decoder{file: name, dir: filepath.Dir(at), read: read}
	s := &Set{name: name, source: bytes.Clone(src)}
	if root := d.document(src); root != nil {
		d.entryNames = namesIn(root, nil)
		d.policy(root, s)
	}
	if len(d.errs) > 0 {
		return nil, d.errs.inOrder(name)
	}
	for _, x := range d.lexicons {
		if x != nil {
			x.finish()
		}
	}
	s.source = append(s.source, d.lists...)
	sum := sha256.Sum256(s.source)
	s.version = "sha256:" + hex.EncodeToString(sum[:])
	return s, nil
}

// namesIn collects the names by which built-in entries go, before they are read: an
// entry may ask for one that stands below it.
func namesIn(n *yaml.Node, names []string) []string {
	if n.Kind == yaml.MappingNode {
		rule, name := "", ""
		for i := 0; i+1 < len(n.Content); i += 2 {
			switch n.Content[i].Value {
			case "rule":
				rule = n.Content[i+1].Value
			case "name":
				name = n.Content[i+1].Value
			}
		}
		switch {
		case rule == "" || rule == customName:
		case name != "":
			names = append(names, name)
		default:
			names = append(names, rule)
		}
	}
	for _, child := range n.Content {
		names = namesIn(child, names)
	}
	return names
}

// policy reads the whole of a file.
func (d *decoder) policy(root *yaml.Node, s *Set) {
	o, ok := d.object(root, "a policy")
	if !ok {
		return
	}
	s.rules = d.entries(o.take("rules"))
	s.sites = map[string][]entry{}
	if n := o.take("sites"); n != nil && !(n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null") {
		for _, item := range d.list(n, "sites") {
			d.site(item, s)
		}
	}
	o.done()
}

// site reads what is different at one site.
func (d *decoder) site(n *yaml.Node, s *Set) {
	o, ok := d.object(n, "a site")
	if !ok {
		return
	}
	name := ""
	if at := o.need("site", "blog"); at != nil {
		if name, ok = d.str(at, "site"); ok {
			if err := models.CheckSiteName(name); err != nil {
				d.fault(at, "%v", err)
			} else if _, twice := s.sites[name]; twice {
				d.fault(at, "the site %q stands here twice: write all its rules in one place", name)
			}
		}
	}
	own := d.entries(o.take("rules"))
	o.done()
	s.sites[name] = merge(s.rules, own)
}

// merge puts a site's own entries in the place of those that they replace, and the
// others at the end.
func merge(general, own []entry) []entry {
	all := slices.Clone(general)
	for _, e := range own {
		if i := slices.IndexFunc(all, func(o entry) bool { return e.replaces(&o) }); i >= 0 {
			all[i] = e
		} else {
			all = append(all, e)
		}
	}
	return all
}
