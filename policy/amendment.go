package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/winnowd/winnow/models"
)

// Amendment is a place's policy with one rule more, which is not in force.
type Amendment struct {
	models.Draft
	// Set is the policy with the rule.
	Set *Set

	text []byte
	// read are the files as they were when the amendment was made.
	read map[string]stamp
}

// Amend makes an amendment of what a place's files say now. The error wraps
// models.ErrInvalid if no rule can be made of the addition, and models.ErrConflict if the
// policy has it already, has an error, or cannot be added to.
func (p Place) Amend(a models.Addition) (*Amendment, error) {
	entry, err := entryOf(a)
	if err != nil {
		return nil, err
	}
	r := reading{name: p.File, files: map[string]stamp{}, texts: map[string][]byte{}}
	src, err := r.file(p.File)
	if errors.Is(err, fs.ErrNotExist) && p.Default != nil {
		src, err = p.Default, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the policy cannot be read: %w: %w", err, models.ErrConflict)
	}
	base, err := parseAt(p.File, src, p.File, r.file)
	if err != nil {
		return nil, fmt.Errorf("the policy's file has an error, which must be mended first: %w: %w", err, models.ErrConflict)
	}
	m := &Amendment{Draft: models.Draft{Addition: a, Name: entryName(a), Entry: entry, File: p.File, Base: base.Version()}, read: r.files}
	if slices.ContainsFunc(base.Rules(a.Site), func(i RuleInfo) bool { return i.Name == m.Name }) {
		return nil, fmt.Errorf("the policy has this rule already, as %s: %w", m.Name, models.ErrConflict)
	}
	if m.text, err = Amend(p.File, src, a); err == nil {
		m.Set, err = parseAt(p.File, m.text, p.File, r.file)
	}
	if err != nil || !onlyAdded(base, m.Set, a.Site, m.Name) {
		return nil, fmt.Errorf("%s is written in a way that winnow cannot add to, write this into it by hand: %s: %w", p.File, entry, models.ErrConflict)
	}
	m.Version = m.Set.Version()
	return m, nil
}

// onlyAdded tells whether a policy is another one with one entry more: at one site, or at
// all if site is empty.
func onlyAdded(before, after *Set, site, name string) bool {
	without := func(rules []RuleInfo) []RuleInfo {
		return slices.DeleteFunc(rules, func(i RuleInfo) bool { return i.Name == name })
	}
	if len(after.Rules(site)) != len(before.Rules(site))+1 || !slices.Equal(without(after.Rules(site)), before.Rules(site)) {
		return false
	}
	for other := range after.sites {
		if other == site {
			continue
		}
		own := after.Rules(other)
		if site == "" {
			own = without(own)
		}
		if !slices.Equal(own, slices.DeleteFunc(before.Rules(other), func(i RuleInfo) bool { return site == "" && i.Name == name })) {
			return false
		}
	}
	return site == "" || slices.Equal(after.Rules(""), before.Rules(""))
}

// Write writes the rule of an amendment into the place's file, as a whole or not at all, if
// the policy is still the one that was amended. Without a file it makes one, of the default and the
// rule. The error wraps models.ErrConflict if the policy is another one by now, or the file
// cannot be written. Of several that write the same file at the same time, one may undo
// what another did, if it is quick enough: callers take turns.
func (p Place) Write(draft models.Draft) error {
	now, err := p.Amend(draft.Addition)
	if err != nil {
		return err
	}
	if now.Base != draft.Base || now.Version != draft.Version {
		return fmt.Errorf("the policy has changed since the rule was tried, try it again: %w", models.ErrConflict)
	}
	if err := p.replace(now); err != nil {
		return fmt.Errorf("the policy's file cannot be written: %w: %w", err, models.ErrConflict)
	}
	return nil
}

// staleAfter is how old what a broken-off attempt left must be to be removed.
const staleAfter = time.Hour

// newSuffix ends the name of a file that is about to take the place of the policy's.
const newSuffix = ".new"

// replace puts a new file in the place of the old one. After a crash at any moment there is
// the one or the other.
func (p Place) replace(m *Amendment) error {
	target, err := filepath.EvalSymlinks(p.File)
	if err != nil {
		target = p.File
	}
	dir, prefix := filepath.Dir(target), "."+filepath.Base(target)+"."
	sweep(dir, prefix)
	f, err := os.CreateTemp(dir, prefix+"*"+newSuffix)
	if err != nil {
		return err
	}
	_, err = f.Write(m.text)
	if err == nil {
		err = likeBefore(f, target)
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil && !stampAt(p.File).same(m.read[p.File]) {
		err = errors.New("it was changed at this very moment, try again")
	}
	if err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(dir)
}

// likeBefore gives a new file the mode and, if it may, the owner of the one that it
// replaces.
func likeBefore(f *os.File, target string) error {
	info, err := os.Stat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return f.Chmod(0o600)
	}
	if err != nil {
		return err
	}
	keepOwner(f, info)
	return f.Chmod(info.Mode().Perm())
}

// keepOwner gives a file the owner of another one. Who may not do that has a file of their
// own, which is what a daemon without privileges wants.
func keepOwner(f *os.File, like os.FileInfo) {
	if of, ok := like.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(of.Uid), int(of.Gid))
	}
}

// sweep removes what attempts left that a crash broke off.
func sweep(dir, prefix string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // what follows fails with a better reason
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), prefix) && strings.HasSuffix(e.Name(), newSuffix) && time.Since(info.ModTime()) > staleAfter {
			_ = os.Remove(filepath.Join(dir, e.Name())) // the next attempt tries again
		}
	}
}

// syncDir makes what happened in a directory outlive a crash.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
