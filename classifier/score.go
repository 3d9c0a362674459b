package classifier

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/winnowd/winnow/models"
)

// clue is a token that speaks for one of the classes: f is over one half for spam.
type clue struct {
	token int
	f     float64
}

func (c clue) strength() float64 { return math.Abs(c.f - 0.5) }

// Score says how probable it is that a case is spam, what follows by the cut-offs,
// and which tokens moved it most. It is a pure function of the case and of the label
// log folded so far, and looks at nothing but what LessonOf makes of the case. The
// site is that of the case, or of its revision if it has none.
func (m *Model) Score(c *models.Case) models.Verdict {
	start := time.Now()
	comment, site := &models.Comment{}, int64(0)
	if c.Revision != nil {
		comment, site = &c.Revision.Comment, c.Revision.SiteID
	}
	if c.Site != nil {
		site = c.Site.ID
	}
	lesson := LessonOf(c.Text, comment)
	v := m.score(site, &lesson)
	m.metrics.score.Observe(v.Score)
	m.metrics.seconds.Observe(time.Since(start).Seconds())
	return v
}

func (m *Model) score(site int64, l *models.Lesson) models.Verdict {
	d := m.pool.Get().(*document)
	defer m.pool.Put(d)
	d.read(l)
	words := d.words()

	m.mu.RLock()
	known, version := m.state.read(site, words), m.version
	m.mu.RUnlock()

	hams, spams := known.documents()
	score := baseRate(hams, spams)
	clues := m.tuning.weigh(d, &known)
	force := m.tuning.force(hams, spams)
	if len(clues) > 0 {
		score = m.tuning.combine(clues, score, force)
	}
	cutoffs := m.options.cutoffs()
	return models.Verdict{
		Score:        score,
		Cutoffs:      cutoffs,
		Finding:      Finding(score, evidence(clues, words[reserved:], force), cutoffs),
		ModelVersion: version,
	}
}

// weigh gives the tokens that count, the strongest first. They are d's own until it
// is read into again.
func (t *tuning) weigh(d *document, known *lookup) []clue {
	d.clues = d.clues[:0]
	hams, spams := known.total[hamRow], known.total[spamRow]
	if hams == 0 || spams == 0 {
		return nil
	}
	traits := 0
	ham, spam := known.rows[hamRow][reserved:], known.rows[spamRow][reserved:]
	for i, kind := range d.kinds {
		c := clue{i, t.tokenProbability(ham[i], spam[i], hams, spams)}
		if c.strength() < t.minimum {
			continue
		}
		d.clues = append(d.clues, c)
		if kind == kindTrait {
			traits++
		}
	}
	slices.SortFunc(d.clues, func(a, b clue) int {
		if c := cmp.Compare(b.strength(), a.strength()); c != 0 {
			return c
		}
		return cmp.Compare(a.token, b.token)
	})
	if others := len(d.clues) - traits; traits > others {
		d.dropTraits(others)
	}
	return d.clues[:min(len(d.clues), t.clues)]
}

// dropTraits leaves so many of the clues that are traits, the strongest. Traits are
// there in every text: they may support what the words say, not outvote it, and of
// a text without a single known word they say nothing.
func (d *document) dropTraits(keep int) {
	d.clues = slices.DeleteFunc(d.clues, func(c clue) bool {
		if d.kinds[c.token] != kindTrait {
			return false
		}
		keep--
		return keep < 0
	})
}

// evidence shows the strongest clues, with the log-odds of their f, ln(f / (1-f)),
// as far as the model trusts itself.
func evidence(clues []clue, tokens []string, force float64) []models.Evidence {
	shown := make([]models.Evidence, min(len(clues), maxEvidence))
	for i := range shown {
		c := clues[i]
		shown[i] = models.Evidence{
			Token:  tokens[c.token],
			Weight: force * math.Log(c.f/(1-c.f)),
		}
	}
	return shown
}
