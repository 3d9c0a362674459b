package classifier

import (
	"math"

	"github.com/winnowd/winnow/models"
)

// steps is in how many steps scores are told apart for cut-offs.
const steps = 20

// verdicts are the newest labels by what their comments score now, older ones counting
// less: by row of class and step of the score.
type verdicts [2][steps]float64

// spread counts the points of the calibration.
func (b *brain) spread() (v verdicts) {
	c, offset := &b.calibration, b.offset()
	keep, w := math.Exp(-1/b.tuning.memory), 1.0
	for i := c.n - 1; i >= max(0, c.n-points); i-- {
		step := min(steps-1, int(sigmoid(c.slope*float64(c.z[i%points])+offset)*steps))
		row := hamRow
		if c.spam[i%points] {
			row = spamRow
		}
		v[row][step] += w
		w *= keep
	}
	return v
}

const (
	// coldHold is the score from which a comment is held by the starter alone.
	coldHold = 0.6
	// highestHold is the highest cut-off that winnow raises HoldAbove to.
	highestHold = 0.9
	// minGain is how many verdicts a higher cut-off must have got right beyond those it
	// got wrong, to be taken.
	minGain = 2
	// siteVerdicts is from how many labels on a site's own verdicts move its cut-offs.
	siteVerdicts = 50
)

// Cutoffs gives the cut-offs by which the comments of a site are judged now, and those
// that are set for it.
func (m *Model) Cutoffs(site int64) (now, set models.Cutoffs) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.cutoffs(&m.options, m.starter, site), m.options.cutoffs(site)
}

// cutoffs gives the cut-offs for a site: those of the options, of which the lowest is
// raised where the newest verdicts say so, and as long as the starter speaks alone.
//
// Holding from h up says that missing a spam costs as much as holding h/(1-h) hams. By
// that price every higher step is tried on the newest verdicts, and the best is taken if
// it is better by minGain. Only the comments between the cut-offs matter for this, so
// that it is no matter which others moderators look at.
func (s *state) cutoffs(o *Options, starter *Starter, site int64) models.Cutoffs {
	c := o.cutoffs(site)
	b := s.shared
	if own := s.sites[site]; own != nil && own.learnt >= siteVerdicts {
		b = own
	}
	ceiling := max(c.HoldAbove, min(c.SpamAbove, highestHold))
	price := c.HoldAbove / max(1e-9, 1-c.HoldAbove)
	best, gain, top := c.HoldAbove, 0.0, minGain-1e-9
	for step := int(math.Ceil(c.HoldAbove*steps - 1e-9)); step < steps; step++ {
		gain += price*b.verdicts[hamRow][step] - b.verdicts[spamRow][step]
		if t := float64(step+1) / steps; gain > top && t <= ceiling {
			best, top = t, gain
		}
	}
	if starter != nil {
		least := float64(min(s.shared.documents[hamRow], s.shared.documents[spamRow]))
		alone := cautious / (cautious + 2*least)
		if cold := c.HoldAbove + (coldHold-c.HoldAbove)*alone; cold > best {
			best = math.Round(cold*100) / 100
		}
	}
	c.HoldAbove = max(c.HoldAbove, best)
	c.SpamAbove = max(c.SpamAbove, c.HoldAbove)
	if c.RejectAbove > 0 {
		c.RejectAbove = max(c.RejectAbove, c.HoldAbove)
	}
	return c
}
