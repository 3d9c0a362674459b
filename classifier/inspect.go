package classifier

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/winnowd/winnow/models"
)

const (
	// spare is how many times more features are looked up than are wanted: many of the
	// strongest are parts of words, which have no name to show, or share one.
	spare = 200
	// lookedThrough is in how many entries of the log names are looked for.
	lookedThrough = 50_000
	// typicalDocuments is of how many documents the size of a typical one is taken.
	typicalDocuments = 256
)

// strength is how strongly a feature speaks, positive for spam.
type strength struct {
	hash  uint64
	value float64
}

// Strongest gives the n features that speak most strongly for spam and the n for ham,
// as a site sees them; site 0 sees what all share. Weights are in natural-log odds, as
// each weighs in a comment of typical size, without what the counts add to it. Only
// features that stood in at least two documents take part. The model knows features by
// their hashes: their names are looked up in a label log that has what was learnt.
// Scoring never waits for it.
func (m *Model) Strongest(site int64, n int, log iter.Seq2[models.LogEntry, error]) (spam, ham []models.Evidence, err error) {
	forSpam, forHam := m.strengths(site)
	forSpam, forHam = forSpam[:min(len(forSpam), n*spare)], forHam[:min(len(forHam), n*spare)]
	wanted := make(map[uint64]string, len(forSpam)+len(forHam))
	for _, s := range slices.Concat(forSpam, forHam) {
		wanted[s.hash] = ""
	}
	if err := nameFeatures(wanted, log); err != nil {
		return nil, nil, fmt.Errorf("name features: %w", err)
	}
	return named(forSpam, wanted, n), named(forHam, wanted, n), nil
}

// strengths gives the features that speak for spam and those for ham, each the
// strongest first.
func (m *Model) strengths(site int64) (spam, ham []strength) {
	m.folding.Lock() // nothing changes while it is held, and scoring goes on
	b := m.state.shared
	if own := m.state.sites[site]; own != nil {
		b = own
	}
	scale := b.calibration.slope * b.force() / b.typicalNorm()
	flags := b.rememberedFlags()
	for i := range b.table.records {
		r := &b.table.records[i]
		if r.have[hamRow]+r.have[spamRow] < 2 {
			continue
		}
		switch value := scale * b.size(uint32(i)|flags[i]) * r.value; {
		case value >= minEvidence:
			spam = append(spam, strength{r.hash, value})
		case value <= -minEvidence:
			ham = append(ham, strength{r.hash, value})
		}
	}
	m.folding.Unlock()
	strongest := func(a, b strength) int {
		if c := cmp.Compare(math.Abs(b.value), math.Abs(a.value)); c != 0 {
			return c
		}
		return cmp.Compare(a.hash, b.hash)
	}
	slices.SortFunc(spam, strongest)
	slices.SortFunc(ham, strongest)
	return spam, ham
}

// rememberedFlags gives the flags of features by number; none of one that stands in no
// document in memory, of which training knows nothing.
func (b *brain) rememberedFlags() []uint32 {
	flags := make([]uint32, b.table.len())
	for _, row := range b.memory.rows {
		for _, l := range row {
			for _, code := range l.features {
				flags[code&numberMask] = code &^ numberMask
			}
		}
	}
	return flags
}

// size is how large a feature stands in a document, by its number and flags.
func (b *brain) size(code uint32) float64 {
	have := b.table.records[code&numberMask].have
	l := logHalf(have[spamRow]) - logHalf(have[hamRow]) - (b.logs[spamRow] - b.logs[hamRow])
	return b.tuning.groups[code>>groupBit] * (b.tuning.floor + b.tuning.slope*min(b.tuning.ceiling, math.Abs(l)))
}

// typicalNorm is the mean norm of some of the documents in memory, spread over it; 1
// if there are none.
func (b *brain) typicalNorm() float64 {
	sum, n := 0.0, 0
	for _, row := range b.memory.rows {
		for i := 0; i < len(row); i += 1 + 2*len(row)/typicalDocuments {
			square := 0.0
			for _, code := range row[i].features {
				v := b.size(code)
				square += v * v
			}
			sum += math.Sqrt(square)
			n++
		}
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

// nameFeatures fills in the names of hashes from the lessons of a log, as far as the
// features have names of their own: grams and forms have not.
func nameFeatures(names map[uint64]string, log iter.Seq2[models.LogEntry, error]) error {
	left := len(names)
	if left == 0 {
		return nil
	}
	seen := make(map[uint64]bool, len(names))
	d := newDocument()
	var name []byte
	read := 0
	for e, err := range log {
		if err != nil {
			return err
		}
		if read++; read > lookedThrough {
			return nil
		}
		d.read(&e.Lesson, nil)
		for i := range d.features {
			f := &d.features[i]
			if _, wanted := names[f.hash]; !wanted || seen[f.hash] {
				continue
			}
			seen[f.hash] = true
			left--
			if f.kind != kindGram && f.kind != kindForm {
				name = d.name(name[:0], f)
				names[f.hash] = string(name)
			}
		}
		if left == 0 {
			return nil
		}
	}
	return nil
}

// named gives the first n strengths that have a name, each name once.
func named(all []strength, names map[uint64]string, n int) []models.Evidence {
	shown := make([]models.Evidence, 0, n)
	for _, s := range all {
		name := names[s.hash]
		if name == "" || len(shown) == n || slices.ContainsFunc(shown, func(e models.Evidence) bool { return e.Token == name }) {
			continue
		}
		shown = append(shown, models.Evidence{Token: name, Weight: s.value})
	}
	return shown
}

// leads is how much others may count, beside a site's own evidence, for that to lead.
const leads = 0.5

// Warmth tells how far a site's own evidence has come to lead. A site that learns alone
// leads when the starter counts half as much as its labels; only as many of each
// label count as there are of the rarer one. One of several sites leads when its own
// labels make half of its scores.
func (m *Model) Warmth(site int64) models.Warmth {
	m.folding.Lock()
	defer m.folding.Unlock()
	s, t := m.state, m.state.tuning
	if own := s.sites[site]; own != nil {
		return models.Warmth{Labels: own.documents[hamRow] + own.documents[spamRow], Needed: t.halfShare()}
	}
	if s.home != 0 && s.home != site {
		return models.Warmth{Needed: t.halfShare()}
	}
	p := s.shared.progress
	w := models.Warmth{Labels: 2 * min(p.documents[hamRow], p.documents[spamRow])}
	for n := 1; ; n++ {
		p.documents = [2]int{n, n}
		if t.starterFade/(t.starterFade+2*float64(n)) <= leads*p.force() {
			w.Needed = 2 * n
			return w
		}
	}
}

// halfShare is how many labels give a site's own brain half of the score.
func (t *tuning) halfShare() int {
	return int(math.Ceil(0.5 * t.siteHalf / (t.siteShare - 0.5)))
}
