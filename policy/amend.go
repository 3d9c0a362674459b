package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/winnowd/winnow/models"
)

// AdditionKind is what a moderator wants from now on.
type AdditionKind string

// The kinds of additions.
const (
	// BlockHost holds links to a host.
	BlockHost AdditionKind = "block-host"
	// BlockPhrase holds a word or phrase.
	BlockPhrase AdditionKind = "block-phrase"
	// ApproveEmail approves whoever gives an e-mail address, which anybody can.
	ApproveEmail AdditionKind = "approve-email"
	// ApproveAccount approves a logged-in author, by id.
	ApproveAccount AdditionKind = "approve-account"
)

// Addition is a rule to be added to a policy.
type Addition struct {
	Kind  AdditionKind
	Value string
	// Site is the one site that it is for; empty for all.
	Site string
}

// entry gives the addition as an entry in one line.
func (a Addition) entry() (string, error) {
	value := strconv.Quote(a.Value)
	sum := sha256.Sum256([]byte(a.Value))
	name := string(a.Kind) + "-" + hex.EncodeToString(sum[:4])
	if strings.TrimSpace(a.Value) == "" || strings.ContainsFunc(a.Value, func(r rune) bool { return r < ' ' || invisible(r) }) {
		return "", fmt.Errorf("%s is nothing that a rule can be made of: %w", quote(a.Value), models.ErrInvalid)
	}
	switch a.Kind {
	case BlockHost:
		return "{rule: " + blockedSourcesName + ", name: " + name + ", hosts: [" + value + "]}", nil
	case BlockPhrase:
		return "{rule: " + blockedWordsName + ", name: " + name + ", terms: [" + value + "]}", nil
	case ApproveEmail:
		return "{rule: " + allowedSourcesName + ", name: " + name + ", emails: [" + value + "]}", nil
	case ApproveAccount:
		when := strconv.Quote("author.logged_in && author.id == " + value)
		return "{rule: " + customName + ", name: " + name + ", when: " + when + ", action: approve, reason: \"an author whom a moderator trusts\"}", nil
	}
	return "", fmt.Errorf("unknown kind of addition %s: %w", quote(string(a.Kind)), models.ErrInvalid)
}

// Amend adds a rule to the text of a policy and leaves everything else as it stands,
// comments included. The error is an Errors if either text is no policy; it wraps
// models.ErrInvalid if no rule can be made of the addition.
func Amend(name string, src []byte, a Addition) ([]byte, error) {
	entry, err := a.entry()
	if err != nil {
		return nil, err
	}
	if a.Site != "" {
		if err := models.CheckSiteName(a.Site); err != nil {
			return nil, errors.Join(err, models.ErrInvalid)
		}
	}
	d := &decoder{file: name}
	root := d.document(src)
	if len(d.errs) > 0 {
		return nil, d.errs.inOrder(name)
	}
	e := &editor{lines: strings.SplitAfter(string(src), "\n")}
	switch {
	case root != nil && root.Kind != yaml.MappingNode:
		d.fault(root, "a policy must be a mapping of keys to values, not %s", describe(root))
		return nil, d.errs
	case a.Site == "":
		e.item(root, "rules", []string{"- " + entry}, entry)
	default:
		e.site(root, a.Site, entry)
	}
	return []byte(strings.Join(e.lines, "")), nil
}

// editor puts lines into a text.
type editor struct{ lines []string }

// site adds an entry to a site's rules.
func (e *editor) site(root *yaml.Node, name, entry string) {
	if _, sites := member(root, "sites"); sites != nil && sites.Kind == yaml.SequenceNode {
		for _, s := range sites.Content {
			if _, is := member(s, "site"); is != nil && is.Value == name {
				e.item(s, "rules", []string{"- " + entry}, entry)
				return
			}
		}
	}
	e.item(root, "sites", []string{"- site: " + name, "  rules:", "    - " + entry}, "{site: "+name+", rules: ["+entry+"]}")
}

// item puts a first item into the list that a mapping has under a key: lines in block
// style, or flow in flow style.
func (e *editor) item(parent *yaml.Node, key string, lines []string, flow string) {
	at, list := member(parent, key)
	switch {
	case list != nil && list.Style&yaml.FlowStyle != 0:
		if len(list.Content) > 0 {
			flow += ", "
		}
		e.within(list.Line, list.Column, flow)
	case list != nil && list.Kind == yaml.SequenceNode && len(list.Content) > 0:
		first := list.Content[0].Line
		e.before(first, indentOf(e.lines[first-1]), lines)
	case at != nil: // a key without a value
		e.before(at.Line+1, strings.Repeat(" ", at.Column+1), lines)
	case parent != nil && parent.Style&yaml.FlowStyle != 0:
		flow = key + ": [" + flow + "]"
		if len(parent.Content) > 0 {
			flow += ", "
		}
		e.within(parent.Line, parent.Column, flow)
	case parent != nil && parent.Column > 1: // a mapping within a list
		indent := strings.Repeat(" ", parent.Column-1)
		e.before(parent.Line+1, indent, append([]string{key + ":"}, indented(lines)...))
	default:
		e.before(len(e.lines)+1, "", append([]string{key + ":"}, indented(lines)...))
	}
}

func indented(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = "  " + l
	}
	return out
}

// member finds a key of a mapping and its value.
func member(n *yaml.Node, key string) (at, value *yaml.Node) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

func indentOf(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " "))] }

// before puts lines before the line of a number, from 1, or after the last one.
func (e *editor) before(number int, indent string, lines []string) {
	var text strings.Builder
	at := min(number-1, len(e.lines))
	if at > 0 && e.lines[at-1] != "" && !strings.HasSuffix(e.lines[at-1], "\n") {
		text.WriteByte('\n')
	}
	for _, l := range lines {
		text.WriteString(indent + l + "\n")
	}
	e.lines = append(e.lines[:at:at], append([]string{text.String()}, e.lines[at:]...)...)
}

// within puts text behind the bracket at a place.
func (e *editor) within(line, column int, text string) {
	runes := []rune(e.lines[line-1])
	e.lines[line-1] = string(runes[:column]) + text + string(runes[column:])
}

// Amended gives a place's policy with an addition, which is not in force.
func (p Place) Amended(a Addition) (*Set, error) {
	set, _, err := p.amended(a)
	return set, err
}

func (p Place) amended(a Addition) (*Set, []byte, error) {
	r := reading{name: p.File, files: map[string]stamp{}}
	src, err := r.file(p.File)
	if errors.Is(err, fs.ErrNotExist) && p.Default != nil {
		src, err = p.Default, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read policy: %w", err)
	}
	text, err := Amend(p.File, bytes.TrimPrefix(src, []byte("\ufeff")), a)
	if err != nil {
		return nil, nil, err
	}
	set, err := parseAt(p.File, text, p.File, r.file)
	return set, text, err
}

// Add writes an addition into a place's file, as a whole or not at all. Without a file it
// writes one, of the default and the addition.
func (p Place) Add(a Addition) error {
	_, text, err := p.amended(a)
	if err != nil {
		return err
	}
	target, err := filepath.EvalSymlinks(p.File)
	if err != nil {
		target = p.File
	}
	mode := os.FileMode(0o600)
	if info, err := os.Stat(target); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(target), ".policy-*")
	if err != nil {
		return fmt.Errorf("write policy: %w", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		return fmt.Errorf("write policy: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
