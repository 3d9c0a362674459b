package models

import "math"

// Cutoffs are the scores from which the classifier acts, 0 to 1.
type Cutoffs struct {
	// HoldAbove is the score from which a comment is held.
	HoldAbove float64 `json:"hold_above"`
	// SpamAbove is the score from which it is called spam, and held.
	SpamAbove float64 `json:"spam_above,omitempty"`
	// RejectAbove is the score from which it is rejected; 0 if it never is.
	RejectAbove float64 `json:"reject_above,omitempty"`
}

// MaxShift is how far findings together can move cut-offs, in natural-log odds: a
// thousandfold.
const MaxShift = 6.907755278982137

// Moved gives the cut-offs for a comment whose odds of being spam count as exp(shift)
// times what the score says: a positive shift makes them stricter, a negative one
// milder. It is cut at MaxShift in both directions, and what comes out is rounded to
// four decimals. Cut-offs of 0 and 1 stay where they are.
func (c Cutoffs) Moved(shift float64) Cutoffs {
	shift = max(-MaxShift, min(shift, MaxShift))
	return Cutoffs{move(c.HoldAbove, shift), move(c.SpamAbove, shift), move(c.RejectAbove, shift)}
}

func move(p, shift float64) float64 {
	if shift == 0 || p <= 0 || p >= 1 {
		return p
	}
	p = 1 / (1 + math.Exp(shift-LogOdds(p)))
	if rounded := math.Round(p*1e4) / 1e4; 0 < rounded && rounded < 1 {
		return rounded
	}
	return p
}

// LogOdds gives ln(p / (1-p)), for p between 0 and 1.
func LogOdds(p float64) float64 { return math.Log(p) - math.Log1p(-p) }
