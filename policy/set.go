package policy

import (
	"bytes"
	"sync"

	"github.com/winnowd/winnow/models"
)

// Mode says whether an entry judges.
type Mode string

// The modes of an entry.
const (
	On Mode = "on"
	// Shadow is for trying a rule: it judges, and what it finds counts for nothing.
	Shadow Mode = "shadow"
	Off    Mode = "off"
)

// RuleInfo describes one entry of a policy.
type RuleInfo struct {
	// Name is what reasons call it: its own name, else that of its rule.
	Name string `json:"name"`
	// Rule is the built-in rule.
	Rule   string        `json:"rule"`
	Action models.Action `json:"action"`
	Mode   Mode          `json:"mode"`
}

// Set is a policy that was read. It never changes and may be used by any number of
// goroutines. Only Parse makes one.
type Set struct {
	name    string
	source  []byte
	version string
	rules   []entry
	// sites are the complete lists of the sites that the file names.
	sites map[string][]entry
	looks sync.Pool // of *look
}

// Name is what the policy was read from.
func (s *Set) Name() string { return s.name }

// Version names the policy by its text: "sha256:" and the hash of Source in
// hexadecimal.
func (s *Set) Version() string { return s.version }

// Source returns the text that was parsed and, after it, the texts of the files that it
// names, each after a line "-- NAME --". The caller owns the bytes.
func (s *Set) Source() []byte { return bytes.Clone(s.source) }

// Rules lists the entries that apply to a site, those that are off included, in
// the order in which Evaluate asks them.
func (s *Set) Rules(site string) []RuleInfo {
	entries := s.entries(site)
	infos := make([]RuleInfo, len(entries))
	for i := range entries {
		infos[i] = entries[i].RuleInfo
	}
	return infos
}

func (s *Set) entries(site string) []entry {
	if own, ok := s.sites[site]; ok {
		return own
	}
	return s.rules
}

// Evaluate asks the rules of the case's site and returns what they found, nil if
// nothing, in the order of the file; a site's additional entries come last, and custom
// ones after all built-in ones. It
// depends on the case and the policy alone; the time is that of the revision's
// ReceivedAt. The case must have a Revision; without a Site it is judged by the
// name in the Revision, and no link counts as the site's own.
func (s *Set) Evaluate(c *models.Case) []models.Finding {
	findings, _ := s.evaluate(c, false)
	return findings
}

// Unknown is Evaluate that tells, too, which rules could not tell, because they need
// facts that were not gathered, by their names.
func (s *Set) Unknown(c *models.Case) (findings []models.Finding, unknown []string) {
	return s.evaluate(c, true)
}

func (s *Set) evaluate(c *models.Case, tell bool) (findings []models.Finding, unknown []string) {
	site := c.Revision.Site
	if c.Site != nil {
		site = c.Site.Name
	}
	entries := s.entries(site)
	l := s.open(c)
	defer s.close(l)
	for _, customs := range [...]bool{false, true} {
		l.found = findings[:len(findings):len(findings)]
		for i := range entries {
			e := &entries[i]
			if e.Rule == customName != customs || !e.at(c.Revision.ReceivedAt) {
				continue
			}
			l.lacks = false
			if r, ok := e.rule.check(l); ok {
				findings = append(findings, e.finding(r))
			} else if l.lacks && tell {
				unknown = append(unknown, e.Name)
			}
		}
	}
	return findings, unknown
}

func (e *entry) finding(r reason) models.Finding {
	f := models.Finding{
		Reason: models.Reason{Rule: e.Name, Action: e.effect.action, Code: r.code, Params: r.params, Detail: r.detail},
		Final:  e.effect.final, Shift: e.effect.shift(), Shadow: e.Mode == Shadow,
	}
	switch {
	case r.shift != 0:
		f.Action, f.Final, f.Shift = models.Stricter, false, r.shift
		if r.shift < 0 {
			f.Action = models.Milder
		}
	case f.Shift != 0:
		f.Params["times"] = e.effect.times
		f.Detail += e.effect.changes()
	}
	return f
}
