package classifier

import (
	"math"
	"time"

	"github.com/winnowd/winnow/models"
)

// Score says how probable it is that a case is spam, what follows by the cut-offs,
// and which features moved it most. It is a pure function of the case and of the label
// log folded so far, and looks at nothing but what LessonOf makes of the case, and at
// the author's name for showing words of it. The site is that of the case, or of its
// revision if it has none.
func (m *Model) Score(c *models.Case) models.Verdict {
	start := time.Now()
	comment, site := &models.Comment{}, int64(0)
	if c.Revision != nil {
		comment, site = &c.Revision.Comment, c.Revision.SiteID
	}
	if c.Site != nil {
		site = c.Site.ID
	}
	d := m.pool.Get().(*document)
	defer m.pool.Put(d)
	lesson := lessonOf(c.Text, comment, &d.author)
	v := m.verdict(d, site, &lesson, &d.author)
	m.metrics.score.Observe(v.Score)
	m.metrics.seconds.Observe(time.Since(start).Seconds())
	return v
}

// verdict is Score of a lesson, with d for scratch.
func (m *Model) verdict(d *document, site int64, l *models.Lesson, author *nameWords) models.Verdict {
	d.read(l, author)

	m.mu.RLock()
	odds, _ := m.state.odds(m.starter, site, d)
	cutoffs := m.state.cutoffs(&m.options, m.starter, site)
	version := m.version
	m.mu.RUnlock()

	score := probability(odds)
	f := Finding(score, d.evidence(), cutoffs)
	if set := m.options.cutoffs(site).HoldAbove; cutoffs.HoldAbove != set {
		f.Params["configured_hold_above"] = set
	}
	return models.Verdict{
		Score:        score,
		Cutoffs:      cutoffs,
		Finding:      f,
		ModelVersion: version,
	}
}

// probability is the logistic function, short of certainty.
func probability(odds float64) float64 {
	return min(1-1e-9, max(1e-9, sigmoid(odds)))
}

// odds gives the log-odds of spam as a site sees a document, and the part of them that
// no feature has; the others are in d.shares.
func (s *state) odds(starter *Starter, site int64, d *document) (odds, rest float64) {
	n := len(d.features)
	d.shares = append(d.shares[:0], make([]float64, n)...) // zeroes, without allocating
	own := s.sites[site]
	share, unknown := 0.0, 0.0
	if own != nil {
		share = own.share()
	}
	if share < 1 {
		z, r := s.shared.odds(starter, d, 1-share)
		odds, rest, unknown = odds+z, rest+r, unknown+(1-share)*logit(s.shared.base())
	}
	if share > 0 {
		z, r := own.odds(nil, d, share)
		odds, rest, unknown = odds+z, rest+r, unknown+share*logit(own.base())
	}
	if c := d.coverage(); c < 1 && odds < unknown {
		for i := range d.shares {
			d.shares[i] *= c
		}
		odds, rest = unknown+c*(odds-unknown), c*rest+(1-c)*unknown
	}
	return odds, rest
}

// perFeature is how many characters of a text a feature can speak for.
const perFeature = 32

// coverage is how much of a text its features speak for. A flood of one letter has a
// handful of them, which must not vouch for all of it: what speaks against spam counts
// only so far.
func (d *document) coverage() float64 {
	visible := d.traits.letters + d.traits.digits + d.traits.symbols
	return min(1, float64(len(d.features)*perFeature)/float64(max(1, visible)))
}

// share is how much of the score a site's own brain makes: the more, the more labels
// it has learnt.
func (b *brain) share() float64 {
	n := float64(b.documents[hamRow] + b.documents[spamRow])
	return b.tuning.siteShare * n / (n + b.tuning.siteHalf)
}

// odds adds to d.shares how strongly each feature speaks for spam, and gives the
// log-odds of the whole and what of them is no feature's. All of it counts share.
func (b *brain) odds(starter *Starter, d *document, share float64) (odds, rest float64) {
	t := b.tuning
	o := b.weigh(d)
	fade := t.fade(&b.progress)
	var first starterOpinion
	if starter != nil && fade >= minFade {
		first = starter.judge(d, t)
	} else {
		fade = 0
		d.entries = resized(d.entries, len(d.features))
		clear(d.entries)
	}
	unknown := logit(b.base())
	trust := 0.0
	if fade > 0 || b.force() > 0 {
		trust = b.trust(d, fade)
	}
	slope := share * trust * b.calibration.slope * t.caution(&b.progress)
	force := slope * b.force()
	bayes := t.counted(o)
	scale := 0.0
	if o.sum != 0 {
		scale = force * bayes / o.sum
	}
	shares := d.shares[:len(d.sights)]
	for i := range d.sights {
		s := &d.sights[i]
		shares[i] += float64(force * (s.weight / o.norm))
		shares[i] += float64(scale * s.spoken)
	}
	if fade > 0 {
		shares = shares[:len(d.firsts)]
		for i, z := range d.firsts {
			shares[i] += slope * fade * z
		}
	}
	rest = force*b.bias.value + slope*fade*first.rest +
		share*(trust*b.offset()+(1-trust)*unknown)
	odds = rest + force*(o.linear-b.bias.value+bayes) + slope*fade*(first.odds-first.rest)
	return odds, rest
}

// trust is how much of the evidence counts: little where little of what the document says
// was ever seen. What is little is told half way between all of it and what is usually known
// of the comments here: how far the evidence can be relied on there, calibration knows. As
// far as the starter counts, it is told by all. Without anything known trust is 0, and the
// score the base rate.
func (b *brain) trust(d *document, fade float64) float64 {
	var known, all uint32
	features, entries := d.features[:len(d.sights)], d.entries[:len(d.sights)]
	for i := range d.sights {
		of, have := counting[features[i].kind&15], &d.sights[i].have
		all += of
		if have[hamRow]|have[spamRow]|uint32(entries[i]) == 0 {
			of = 0
		}
		known += of
	}
	// Symbols are alike in every language.
	of, among := float64(known&countingMask), float64(all&countingMask)
	if among == 0 {
		of, among = float64(known>>countingBits), float64(all>>countingBits)
	}
	if of == 0 {
		return 0
	}
	t, expected := b.tuning, 1-(1-b.familiar())*(1-fade)/2
	share := min(1, of/among/expected)
	share *= share
	half := t.knownHalf * t.knownHalf
	return math.Sqrt((1 + half) * share / (share + half) * (1 - math.Exp(-of/t.knownFew)))
}

// countingBits count what says something, and above them symbols are counted.
const (
	countingBits = 16
	countingMask = 1<<countingBits - 1
)

// counting is how a feature counts, by its kind.
var counting = func() (as [16]uint32) {
	for k := range as {
		switch {
		case kind(k) == kindSymbol:
			as[k] = 1 << countingBits
		case kind(k).content():
			as[k] = 1
		}
	}
	return as
}()
