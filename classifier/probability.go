package classifier

import "math"

// tuning is the numbers of scoring.
type tuning struct {
	// strength is Robinson's s: how many documents a guess about a token is worth.
	strength float64
	// minimum is the least |f - 0.5| of a token that counts.
	minimum float64
	// clues is the most tokens that count, the strongest.
	clues int
	// trust is how many documents of the smaller class give the evidence half its force.
	trust float64
	// slope and ceiling turn the log-odds of Fisher's indicator into those of spam:
	// proportional for weak evidence, and never beyond the ceiling.
	slope, ceiling float64
}

// tuned is the tuning that measured best; docs/classifier.md tells how.
var tuned = tuning{strength: 1, minimum: 0.1, clues: 150, trust: 2, slope: 1.25, ceiling: 8}

// The base rate is the share of spam among the labels, with a prior of ten labels of
// which two are spam. It is bounded because moderators label what was held, which is
// mostly spam: their share overstates what comes in. The upper bound lies below the
// default cut-off, so that nobody is held for being unknown.
const (
	priorLabels = 10
	priorSpam   = 2
	minBaseRate = 0.05
	maxBaseRate = 0.45
)

// baseRate is the probability of spam before anything is known of a comment.
func baseRate(hams, spams float64) float64 {
	return min(maxBaseRate, max(minBaseRate, (spams+priorSpam)/(hams+spams+priorLabels)))
}

// tokenProbability is Robinson's f(w) = (s*x + n*p(w)) / (s + n), x = 1/2: how much a
// token that stood in ham and spam documents speaks for spam, drawn towards one half
// the less it is known.
//
// p(w) compares its share of all tokens of either class, not its share of the
// documents: where spams are longer than hams, every common word stands in more of
// them, and would speak for spam. hams and spams are those totals, not 0.
func (t *tuning) tokenProbability(ham, spam, hams, spams float64) float64 {
	n := ham + spam
	if n == 0 {
		return 0.5
	}
	p := spam * hams / (spam*hams + ham*spams)
	return (t.strength*0.5 + n*p) / (t.strength + n)
}

// force is how much of the evidence counts, 0 to 1, with so many documents learnt: a
// model that has hardly seen one of the classes cannot tell it from the other.
func (t *tuning) force(hams, spams float64) float64 {
	least := min(hams, spams)
	return least / (least + t.trust)
}

// combine gives the probability of spam: the base rate, moved by the log-odds of
// Fisher's indicator over the clues.
func (t *tuning) combine(clues []clue, base, force float64) float64 {
	var lnF, lnG float64
	for _, c := range clues {
		lnF += math.Log(c.f)
		lnG += math.Log1p(-c.f)
	}
	evidence := t.slope * fisherLogOdds(lnF, lnG, len(clues))
	logOdds := math.Log(base/(1-base)) + force*t.ceiling*math.Tanh(evidence/t.ceiling)
	return 1 / (1 + math.Exp(-logOdds))
}
